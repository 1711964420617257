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

#[test]
fn in_the_picture_requests_for_the_same_response_wait_together() {
    let program = Program::start(PROGRAM, &["--ttl", "1h"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let two = "(ask) => Promise.all([ask('/cached?n=2000000'), ask('/cached?n=2000000')])";
    let mut walks = page.walk(two);
    walks.sort_by_key(|walk| walk.kind.clone());
    let kinds: Vec<_> = walks.iter().map(|walk| &*walk.kind).collect();
    assert_eq!(kinds, ["collapsed", "miss"]);
    assert_eq!(walks[0].places, ["out", "loop", "cache", "wait", "back"]);
    assert_eq!(walks[1].places, ["out", "loop", "cache", "queue", "compute", "back"]);

    let walks = page.walk(
        "async (ask) => {
           const { etag } = await ask('/cached?n=2000000');
           await ask('/cached?n=2000000', { headers: { 'if-none-match': etag } });
           await ask('/cached?n=2000000', { cache: 'default' });
           await ask('/cached?n=2000000', { cache: 'default' });
         }",
    );
    assert_eq!(walks[1].kind, "not_modified");
    assert_eq!(walks[1].places, ["out", "loop", "cache", "back"]);
    assert_eq!(walks[3].kind, "browser");
    assert_eq!(walks[3].places, ["browser"]);
}

#[test]
fn in_the_picture_a_slot_empties_and_what_is_stale_is_refreshed() {
    let args = ["--ttl", "1s", "--stale-while-revalidate", "1h"];
    let program = Program::start(PROGRAM, &args);
    let Some(mut page) = Page::open(program.address) else { return };
    page.wait_for("document.getElementById('stats')?.innerText.includes('ttl_seconds')");
    let walks = page.walk(
        "async (ask) => {
           await ask('/cached?n=100000');
           await new Promise((done) => setTimeout(done, 1200));
           await ask('/cached?n=100000');
         }",
    );
    let [miss, stale] = &walks[..] else { panic!("two requests") };
    assert_eq!((&*miss.kind, &*stale.kind), ("miss", "stale"));
    assert_eq!(stale.places, ["out", "loop", "cache", "back"]);
    // The slot's fill half a life after it was stored, and later; the refresh, hollow, at its begin.
    let seen = page.value(
        "(async () => {
           const { clock } = await import('/lab/clock.js');
           const { requests: [miss, , refresh] } = await import('/lab/scene.js');
           const seen = [];
           for (const at of [miss.journey.at(-1).from + 500, miss.journey.at(-1).from + 1001, refresh.start]) {
             clock.seek(at);
             await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
             const width = (element) => element.getBBox().width;
             seen.push(Math.round(100 * width(document.querySelector('.filled')) / width(document.querySelector('.slot'))));
           }
           const { place, from, to } = document.querySelector('.hollow').dataset;
           return [...seen, place, Math.abs(to - from - miss.timing.compute) < 0.004].join();
         })()",
    );
    assert_eq!(seen, "50,0,0,compute,true");
}
