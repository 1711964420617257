//! What this step adds to the lab page, in a real browser.

#![cfg(unix)]

use std::process::Command;

use step1_plain::support::testing::{Program, browser::Page};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step3_ttl_cache");

#[test]
fn every_lab_runs_to_its_verdict_and_the_browser_has_nothing_to_complain_of() {
    let program = Program::start(PROGRAM, &["--ttl", "1s"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let labs =
        ["where_time_goes", "queue", "cache_effect", "stampede", "expiry", "browser_cache", "tail"];
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
fn in_a_stampede_one_computes_where_step_2_had_six() {
    let program = Program::start(PROGRAM, &["--ttl", "1h"]);
    let Some(mut page) = Page::open(program.address) else { return };
    // As step 2's server has left it in this browser.
    page.value(
        "localStorage['lab notebook'] = JSON.stringify({ fields: {}, runs: [{ version: 1, lab: 'stampede', \
         step: 'step2_dict_cache', predicted: 1, table: [['']], \
         measured: { median: 6, low: 6, high: 6 }, \
         samples: [{ misses: 6, collapsed: 0, hits: 0, workers: 1, last: 960 }] }] })",
    );
    page.visit(program.address);
    let quick = [("n", "1000000"), ("rounds", "1")];
    let (grade, verdict) = page.run_lab("stampede", "6", &quick);
    assert!(grade == "off" && verdict.contains("One round measured 1. "), "{verdict}");
    let (grade, verdict) = page.run_lab("stampede", "1", &quick);
    assert_eq!(grade, "right", "{verdict}");
    assert_eq!(program.get("/stats").json()["misses"], 2);
    let rows = page.value(
        "[...document.querySelectorAll('#stampede tbody tr')].map((row) => \
         [...row.cells].slice(0, 4).map((cell) => cell.innerText).join(' ')).join(', ')",
    );
    assert_eq!(rows, "step2_dict_cache 6 0 1, step3_ttl_cache 1 5 1");
    let worksheet = page.worksheet();
    assert!(worksheet.contains("| step3_ttl_cache | 1 | 5 | 1 | "), "{worksheet}");
    assert!(worksheet.contains("cores, cache ttl, ttl_seconds 3600, settings: "), "{worksheet}");
}

#[test]
fn serving_stale_removes_the_tail_that_the_open_loop_shows() {
    let waits = ["--ttl", "1s"];
    let mut program = Program::start(PROGRAM, &waits);
    let Some(mut page) = Page::open(program.address) else { return };
    let quick = [("seconds", "3"), ("rounds", "1")];
    page.value(
        "import('/lab/server.js').then(({ watch }) => watch({ ended: ({ path, kind }) => \
         path?.startsWith('/cached') && seen.push(kind) }))",
    );
    for (is_stale, rows) in
        [(false, "closed | open"), (true, "closed | open | closed, stale | open, stale")]
    {
        if is_stale {
            let mut command = Command::new(PROGRAM);
            let command = command.args(waits).args(["--stale-while-revalidate", "10s"]);
            program = page.restart(program, command);
        }
        page.value("globalThis.seen = []");
        let (grade, verdict) = page.run_lab("tail", "1000", &quick);
        assert_eq!(grade, "off", "{verdict}");
        // The first six find nothing. Then 90 come one by one, and 90 when they are due.
        let seen = page.value("[seen.length, ...new Set(seen.slice(6).sort())].join(' ')");
        assert_eq!(seen, if is_stale { "186 hit stale" } else { "186 collapsed hit miss" });
        let loops = "[...document.querySelectorAll('#tail tbody th')].map((cell) => cell.innerText).join(' | ')";
        assert_eq!(page.value(loops), rows);
    }
    let is_right = "JSON.parse(localStorage['lab notebook']).runs.every(({ open, closed }) => \
                    [open, closed].every(({ percentiles: [p50, p90, p95, p99] }) => \
                    0 <= p50 && p50 <= p90 && p90 <= p95 && p95 <= p99))";
    assert_eq!(page.value(is_right), true);
    // Where no client waits, zero is right, though a hit takes some time.
    page.value(
        "{ const book = JSON.parse(localStorage['lab notebook']); \
         Object.assign(book.runs[1], { predicted: 0 }); \
         Object.assign(book.runs[1].measured, { median: 0.03, low: 0.03, high: 0.03 }); \
         localStorage['lab notebook'] = JSON.stringify(book); document.body.replaceChildren(); }",
    );
    page.visit(program.address);
    assert!(page.text("#tail .verdict").contains("Right."), "{}", page.text("#tail .verdict"));
    drop(program);
}

#[test]
fn the_tail_needs_a_short_ttl_and_says_how_to_get_it() {
    let program = Program::start(PROGRAM, &["--ttl", "1h"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let (grade, why) = page.run_lab("tail", "1", &[]);
    let command = "cargo run -p step3_ttl_cache -- --ttl 1s";
    assert!(grade == "none" && why.contains("3,600 s") && why.contains(command), "{why}");
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
    // The live view shows which cache each response came from.
    page.wait_for("document.querySelectorAll('.entry.browser').length > 30");
    page.value(
        "[...document.querySelectorAll('button')]\
         .find((button) => button.innerText.includes('If-None-Match')).click()",
    );
    page.wait_for("document.querySelector('.entry.not_modified')");
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
             await painted();
             const width = (element) => element.getBBox().width;
             seen.push(Math.round(100 * width(document.querySelector('.filled')) / width(document.querySelector('.slot'))));
           }
           const { place, from, to } = document.querySelector('.hollow').dataset;
           return [...seen, place, Math.abs(to - from - miss.timing.compute) < 0.004].join();
         })()",
    );
    assert_eq!(seen, "50,0,0,compute,true");
}
