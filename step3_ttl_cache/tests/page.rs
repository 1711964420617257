//! What this step adds to the lab page, in a real browser.

#![cfg(unix)]

use step1_plain::support::testing::{Program, browser::Page};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step3_ttl_cache");

#[test]
fn every_lab_runs_to_its_verdict_and_the_browser_has_nothing_to_complain_of() {
    let program = Program::start(PROGRAM, &["--ttl", "1s"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let labs = ["where_time_goes", "cache_effect", "expiry", "stampede", "browser_cache"];
    assert_eq!(page.assert_whole(program.address), labs);
}

#[test]
fn misses_are_predicted_from_the_ttl() {
    let program = Program::start(PROGRAM, &["--ttl", "1h"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let quick = [("n", "1000"), ("seconds", "2")];
    let (grade, verdict) = page.run_lab("expiry", "20", &quick);
    assert!(grade == "off" && verdict.contains("One round measured 1. "), "{verdict}");
    let (grade, verdict) = page.run_lab("expiry", "1", &quick);
    assert_eq!(grade, "right", "{verdict}");
    assert_eq!(program.get("/stats").json()["misses"], 2);
}

#[test]
fn in_a_stampede_one_computes() {
    let program = Program::start(PROGRAM, &["--ttl", "1s"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let quick = [("n", "1000000"), ("rounds", "1")];
    let (grade, verdict) = page.run_lab("stampede", "6", &quick);
    assert!(grade == "off" && verdict.contains("One round measured 1. "), "{verdict}");
    let (grade, verdict) = page.run_lab("stampede", "1", &quick);
    assert_eq!(grade, "right", "{verdict}");
    // The first of all, and one of each six.
    assert_eq!(program.get("/stats").json()["misses"], 3);
    let worksheet = page.worksheet();
    assert!(worksheet.contains("| 1 | 1 | 5 | 0 |"), "{worksheet}");
    assert!(worksheet.contains("cores, cache ttl, ttl_seconds 1, settings: "), "{worksheet}");
}

#[test]
fn nobody_has_to_wait_for_a_long_ttl() {
    let program = Program::start(PROGRAM, &["--ttl", "1h"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let (grade, why) = page.run_lab("stampede", "1", &[]);
    assert!(grade == "none" && why.contains("--ttl 10s"), "{why}");
}

#[test]
fn the_browsers_own_cache_keeps_requests_from_the_server() {
    let program = Program::start(PROGRAM, &["--ttl", "1h"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let quick = [("n", "1000"), ("pause", "0"), ("rounds", "1")];
    let (grade, verdict) = page.run_lab("browser_cache", "20", &quick);
    assert!(grade == "off" && verdict.contains("One round measured 1. "), "{verdict}");
    let (grade, verdict) = page.run_lab("browser_cache", "1", &quick);
    assert_eq!(grade, "right", "{verdict}");
    assert_eq!(program.get("/stats").json()["misses"], 2);
    // The live view tells apart who has answered.
    page.wait_for("document.querySelectorAll('.bar.browser').length > 30");
    page.value(
        "[...document.querySelectorAll('button')]\
         .find((button) => button.innerText.includes('If-None-Match')).click()",
    );
    page.wait_for("document.querySelector('.bar.not_modified')");
}
