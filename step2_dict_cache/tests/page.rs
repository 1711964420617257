//! What this step adds to the lab page, in a real browser.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::process::Command;

use serde_json::json;
use step1_plain::support::testing::{Program, browser::Page};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step2_dict_cache");

#[test]
fn every_lab_runs_to_its_verdict_and_the_browser_has_nothing_to_complain_of() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    assert_eq!(
        page.assert_whole(program.address),
        ["where_time_goes", "queue", "cache_effect", "stampede"]
    );
}

#[test]
fn one_lab_is_shown_and_the_address_says_which() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let shown = "[...document.querySelectorAll('.lab:not([hidden])')].map((lab) => lab.id).join()";
    let states = "[...document.querySelectorAll('#course a')].slice(0, 3).map((link) => \
                  [link.className, link.getAttribute('aria-current'), link.querySelector('small')?.innerText])";
    // This step's own lab is the first.
    assert_eq!(page.value(shown), "cache_effect");
    page.open_lab("where_time_goes");
    assert_eq!(
        (page.value(shown), page.value("location.hash")),
        ("where_time_goes".into(), "#where_time_goes".into())
    );
    assert_eq!(page.value("document.activeElement.innerText"), "Where the time goes");
    assert_eq!(
        page.value(states),
        json!([["now", "step", "now"], ["next", null, "next"], ["", null, null]])
    );
    page.run_lab("where_time_goes", "6", &[("n", "1000"), ("rounds", "1")]);
    assert_eq!(
        page.value(states),
        json!([["done now", "step", "done, now"], ["next", null, "next"], ["", null, null]])
    );
    page.click(".next-lab");
    page.wait_for(&format!("{shown} === 'queue'"));
    assert_eq!(
        page.value(states),
        json!([["done", null, "done"], ["now", "step", "now"], ["next", null, "next"]])
    );
    page.value("history.back()");
    page.wait_for(&format!("{shown} === 'where_time_goes'"));
    page.reload();
    assert_eq!(page.value(shown), "where_time_goes");
    assert_eq!(page.value("document.querySelector('#where_time_goes .next-lab').hash"), "#queue");
}

#[test]
fn the_effect_of_the_cache_is_measured_and_a_prediction_scored() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let quick = [("n", "100000"), ("rounds", "5"), ("count", "4")];
    let (grade, verdict) = page.run_lab("cache_effect", "1000000", &quick);
    assert!(grade == "off", "{verdict}");
    assert!(page.worksheet().contains(&verdict));
    let right = page.predict_what_was_measured("cache_effect");
    assert!(right.starts_with("Right. You predicted "), "{right}");
    page.run_lab("cache_effect", "1", &quick);
    // Each run has counted its own requests.
    let table = page.text("#cache_effect table");
    assert!(table.contains("hit ratio 15 ÷ 20 = 0.75"), "{table}");
}

#[test]
fn after_a_restart_nothing_of_the_server_before_is_counted() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    page.start_lab("cache_effect", "6", &[("n", "20000"), ("rounds", "30")]);
    page.wait_for("document.querySelector('#cache_effect progress').value > 0.2");
    let program = page.restart(program, &mut Command::new(PROGRAM));
    let (grade, verdict) = page.end_of_lab("cache_effect");
    assert!(grade != "none" && verdict.contains("of 30 rounds"), "{verdict}");
    let table = page.text("#cache_effect table");
    assert!(table.contains("270 ÷ 300 = 0.9"), "{table}");
    assert_eq!(program.get("/stats").json()["hits"], 270);
}

#[test]
fn the_figures_on_the_page_are_those_of_stats() {
    let program = Program::start(PROGRAM, &["--capacity", "2"]);
    let Some(mut page) = Page::open(program.address) else { return };
    for n in [10, 20, 30, 30, 30] {
        assert_eq!(program.get(&format!("/cached?n={n}")).status, 200);
    }
    page.wait_for("document.getElementById('stats')?.innerText.includes('evictions\\n1')");
    let shown = page.value("document.getElementById('stats').innerText");
    let shown = shown.as_str().unwrap();
    let stats = program.get("/stats").json();
    assert_eq!(
        shown.split_whitespace().collect::<Vec<_>>().join(" "),
        format!(
            "cache {} hits {} misses {} hit_ratio {} entries {} capacity {} evictions {}",
            stats["cache"].as_str().unwrap(),
            stats["hits"],
            stats["misses"],
            stats["hit_ratio"],
            stats["entries"],
            stats["capacity"],
            stats["evictions"],
        )
    );
    assert_eq!((&stats["hits"], &stats["misses"]), (&2.into(), &3.into()));
}

#[test]
fn in_the_picture_a_hit_goes_no_further_than_the_cache_and_a_slot_is_there_until_a_delete() {
    let program = Program::start(PROGRAM, &["--capacity", "2"]);
    let Some(mut page) = Page::open(program.address) else { return };
    page.wait_for("document.getElementById('stats')?.innerText.includes('capacity')");
    let walks = page.walk(
        "async (ask) => { for (const n of [10, 10, 20, 30]) await ask(`/cached?n=${n}`); \
         await ask('/cache', { method: 'DELETE' }); }",
    );
    let [miss, hit, .., delete] = &walks[..] else { panic!("five requests") };
    assert_eq!(miss.kind, "miss");
    assert_eq!(miss.places, ["out", "loop", "cache", "queue", "compute", "back"]);
    assert_eq!((&*hit.kind, &hit.headers["cache-status"]), ("hit", &"dict; hit".into()));
    assert_eq!(hit.places, ["out", "loop", "cache", "back"]);
    assert_eq!(delete.places, ["out", "loop", "cache", "back"]);
    // After each request, the slots that are drawn; the third evicts the first.
    let slots = page.value(
        "(async () => {
           const { clock } = await import('/lab/clock.js');
           const { requests } = await import('/lab/scene.js');
           const shown = [];
           for (const { end } of requests) {
             clock.seek(end);
             await painted();
             shown.push([...document.querySelectorAll('.slot + text')].map((slot) => slot.textContent).join());
           }
           return shown;
         })()",
    );
    assert_eq!(slots, json!(["10", "10", "10,20", "20,30", ""]));
}

#[test]
fn in_a_stampede_all_six_compute() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let quick = [("n", "1000000"), ("rounds", "2")];
    let (grade, verdict) = page.run_lab("stampede", "1", &quick);
    assert!(grade == "off", "{verdict}");
    let (grade, verdict) = page.run_lab("stampede", "6", &quick);
    assert_eq!(grade, "right", "{verdict}");
    assert_eq!(program.get("/stats").json()["misses"], 4 * 6);
    let worksheet = page.worksheet();
    assert!(worksheet.contains("| step2_dict_cache | 6 | 0 | 1 | "), "{worksheet}");
}
