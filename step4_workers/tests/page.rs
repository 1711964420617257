//! This step's part of the lab page, in a real browser.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::process::Command;

use step1_plain::support::testing::{
    Program,
    browser::Page,
    redis::{Redis, free_address},
    signal, wait_until,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step4_workers");

#[test]
fn every_lab_runs_to_its_verdict_and_the_browser_has_nothing_to_complain_of() {
    let program = Program::start(PROGRAM, &["--ttl", "1s", "--workers", "2"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let labs = page.assert_whole(program.address);
    assert_eq!(labs[7..], ["workers", "private_memory"]);
}

#[test]
fn the_curves_grow_with_each_restart() {
    let mut program = Program::start(PROGRAM, &["--ttl", "1h", "--workers", "1"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let throughput = [("n", "100000"), ("seconds", "1"), ("rounds", "1")];
    let hits = [("n", "1"), ("rounds", "1")];
    for (workers, misses) in [("1", 7), ("2", 14)] {
        if workers == "2" {
            let mut more = Command::new(PROGRAM);
            program = page.restart(program, more.args(["--ttl", "1h", "--workers", workers]));
        }
        let (grade, verdict) = page.run_lab("workers", "1000000", &throughput);
        assert_eq!(grade, "off", "{verdict}");
        // Each worker has computed each of the seven responses once.
        let (grade, verdict) = page.run_lab("private_memory", "1", &hits);
        assert_eq!(grade, "off", "{verdict}");
        assert_eq!(program.get("/stats").json()["misses"], misses);
    }
    let (grade, verdict) = page.run_lab("private_memory", "14", &hits);
    assert_eq!(grade, "right", "{verdict}");
    let verdict = page.predict_what_was_measured("workers");
    assert!(verdict.starts_with("Right. You predicted "), "{verdict}");
    for lab in ["workers", "private_memory"] {
        let rows = page.value(&format!(
            "[...document.querySelectorAll('#{lab} tbody th')].map((cell) => cell.innerText)"
        ));
        assert_eq!(rows, serde_json::json!(["1", "2"]), "{lab}");
    }
    // Predicted and measured, for each number of workers.
    assert_eq!(page.value("document.querySelectorAll('#workers circle').length"), 4);
    page.wait_for("document.querySelectorAll('#live tbody tr').length === 2");
    let worksheet = page.worksheet();
    assert!(
        worksheet.contains("## Workers and misses") && worksheet.contains("| 14 | 14 | 0.833 |"),
        "{worksheet}"
    );
}

#[test]
fn the_picture_has_a_lane_for_each_worker_until_it_is_gone() {
    let program = Program::start(PROGRAM, &["--workers", "2"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let pids = || -> Vec<_> {
        let stats = program.get("/stats").json();
        stats["workers"].as_array().unwrap().iter().map(|it| it["pid"].to_string()).collect()
    };
    let lanes = |pids: &[String]| {
        format!(
            "[...document.querySelectorAll('.stage svg :first-child text')].map((text) => text.textContent)\
             .filter((text) => /^\\d+$/.test(text)).sort().join() === '{}'",
            pids.join(",")
        )
    };
    let sorted = |mut pids: Vec<String>| {
        pids.sort();
        pids
    };
    let before = pids();
    page.wait_for(&lanes(&sorted(before.clone())));
    for walk in page.walk("(ask) => Promise.all([...'123456'].map(() => ask('/cached?n=100000')))")
    {
        assert_eq!(walk.places[..3], ["out", "loop", "cache"]);
        assert!(before.iter().any(|pid| walk.headers["x-worker"] == **pid));
    }
    page.value("document.querySelector('.clock button[aria-pressed]').click()");
    signal(before[0].parse().unwrap(), "KILL");
    wait_until(|| pids().len() == 2 && pids() != before);
    page.wait_for("document.querySelector('.place.leaving')");
    page.wait_for("!document.querySelector('.place.leaving')");
    page.wait_for(&lanes(&sorted(pids())));
}

#[test]
fn the_picture_has_one_redis_for_all_workers() {
    let Some(redis) = Redis::start_at(free_address()) else { return };
    let program = Program::start(PROGRAM, &["--workers", "2", "--cache", &redis.url()]);
    let Some(mut page) = Page::open(program.address) else { return };
    page.wait_for("document.querySelector('.stage').textContent.includes('Redis')");
    // A Redis that takes too long is a miss, so a hit may come later than second.
    let walks = page.walk(
        "async (ask) => { for (let kind; kind !== 'hit';) ({ kind } = await ask('/cached?n=1')); }",
    );
    let [miss, .., hit] = &walks[..] else { panic!("a miss and a hit") };
    assert_eq!(miss.places, ["out", "loop", "cache", "redis", "queue", "compute", "back"]);
    assert_eq!(hit.places, ["out", "loop", "cache", "redis", "back"]);
    // Two for the browser and the socket, one for Redis, and three for each worker.
    assert_eq!(page.value("document.querySelectorAll('.place').length"), 9);
}

#[test]
fn in_a_stampede_each_worker_computes_once() {
    let program = Program::start(PROGRAM, &["--ttl", "1h", "--workers", "2"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let quick = [("n", "1000000"), ("rounds", "3")];
    let (grade, verdict) = page.run_lab("stampede", "1", &quick);
    assert_eq!(grade, "right", "{verdict}");
    assert!(page.text("#stampede table").contains("step4_workers"));
}
