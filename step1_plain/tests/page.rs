//! The lab page in a real browser.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::process::Command;

use serde_json::json;
use step1_plain::support::testing::{Program, browser::Page};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step1_plain");

#[test]
fn every_lab_runs_to_its_verdict_and_the_browser_has_nothing_to_complain_of() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    assert_eq!(page.assert_whole(program.address), ["where_time_goes"]);
    assert!(page.text("h1").contains("step1_plain Every request computes"));
    assert!(page.text("#routes").contains("GET /slow?n=1000000"));
}

#[test]
fn what_measurements_say() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let mut says = |expression: &str| {
        page.value(&format!(
            "import('/lab/measure.js').then(({{ median, spread, score }}) => {expression})"
        ))
    };
    assert_eq!(says("[median([3, 1, 2]), median([4, 1, 2, 3])]"), json!([2, 2.5]));
    assert_eq!(says("spread([5, 3, 4])"), json!({ "median": 4, "low": 3, "high": 5 }));
    let of = |predicted: f64| format!("score({predicted}, {{ median: 100, low: 60, high: 101 }})");
    for (predicted, factor, grade) in [
        (100.0, 1.0, "right"),
        (60.0, 100.0 / 60.0, "right"),
        (125.0, 1.25, "right"),
        (126.0, 1.26, "close"),
        (50.0, 2.0, "close"),
        (49.0, 100.0 / 49.0, "off"),
        (1000.0, 10.0, "off"),
    ] {
        let score = says(&of(predicted));
        assert_eq!((score["factor"].as_f64(), &score["grade"]), (Some(factor), &json!(grade)));
    }
    assert_eq!(says("score(0, spread([5])).grade"), "off");
    assert_eq!(says("score(0, spread([0])).grade"), "right");
}

#[test]
fn a_wrong_prediction_is_scored_as_wrong_and_what_was_measured_as_right() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let (grade, why) = page.run_lab("where_time_goes", "", &[]);
    assert_eq!((&*grade, &*why), ("none", "Your prediction: Please fill out this field."));
    let (grade, why) = page.run_lab("where_time_goes", "6", &[("n", "99999999")]);
    assert!(grade == "none" && why.starts_with("n: "), "{why}");

    let quick = [("n", "1000000"), ("rounds", "5")];
    let (grade, verdict) = page.run_lab("where_time_goes", "1000", &quick);
    assert!(grade == "off" && verdict.contains("off by a factor of "), "{verdict}");
    page.write("where_time_goes-note", "five wait | one computes");
    page.write("name", "Kim");
    let worksheet = page.worksheet();
    for expected in [
        "# Worksheet",
        "Your name: Kim",
        "step1_plain 0.1.0",
        "## Where the time goes",
        "n = 1000000, rounds = 5",
        "predicted: 1,000 ×",
        &verdict,
        "| 1,000,000 | last of six |",
        "note: five wait | one computes",
    ] {
        assert!(worksheet.contains(expected), "no {expected:?} in {worksheet}");
    }
    // Kept, also where the page is opened again; until one starts over.
    let right = page.predict_what_was_measured("where_time_goes");
    assert!(right.ends_with(". Right."), "{right}");
    page.value("window.confirm = () => true");
    page.click("#start-over");
    assert!(!page.worksheet().contains("1000"));
    assert_eq!(page.value("document.querySelector('.verdict')"), json!(null));
}

#[test]
fn stop_stops() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    page.start_lab("where_time_goes", "6", &[("n", "10000000"), ("rounds", "50")]);
    page.wait_for("document.querySelector('#where_time_goes progress')");
    page.click("#where_time_goes .stop");
    assert_eq!(page.end_of_lab("where_time_goes"), ("none".into(), "Stopped.".into()));
    assert_eq!(page.value("document.querySelector('#where_time_goes table')"), json!(null));
}

#[test]
fn a_restart_is_said_waited_for_and_survived() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    page.start_lab("where_time_goes", "6", &[("n", "200000"), ("rounds", "20")]);
    page.wait_for("document.querySelector('#where_time_goes progress')?.value > 0.1");
    let _program = page.restart(program, &mut Command::new(PROGRAM));
    let (grade, verdict) = page.end_of_lab("where_time_goes");
    assert!(grade != "none" && verdict.contains("rounds: 20"), "{verdict}");
}

#[test]
fn a_browser_that_keeps_nothing_or_nonsense_has_the_labs_all_the_same() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    for kept in ["{\"runs\":", "5", "{\"runs\":5}", "{\"runs\":[null]}", "{\"fields\":null}"] {
        page.value(&format!(
            "['lab notebook', 'lab language'].map((key) => (localStorage[key] = {kept:?}))"
        ));
        page.visit(program.address);
        let (grade, verdict) = page.run_lab("where_time_goes", "6", &[("n", "1000")]);
        assert!(grade != "none", "{kept}: {verdict}");
    }
    let nothing = "Object.defineProperty(window, 'localStorage', { get() { throw new Error(); } })";
    page.command("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": nothing }));
    page.visit(program.address);
    let (grade, verdict) = page.run_lab("where_time_goes", "6", &[("n", "1000")]);
    assert!(grade != "none", "{verdict}");
    assert!(page.worksheet().contains("n = 1000, rounds = 5"));
}

#[test]
fn two_tabs_write_into_one_notebook() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    // As another tab would do it, behind this one's back.
    page.write("where_time_goes-note", "first");
    let other = "{ const book = JSON.parse(localStorage['lab notebook']); book.fields.other = 'kept'; \
                 localStorage['lab notebook'] = JSON.stringify(book); }";
    page.value(other);
    page.write("where_time_goes-note", "second");
    let fields = page.value("JSON.parse(localStorage['lab notebook']).fields");
    assert_eq!(fields, json!({ "where_time_goes-note": "second", "other": "kept" }));
}

#[test]
fn the_live_view_shows_each_request_and_its_headers() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    page.write("live-n", "1000");
    page.click("#live button");
    page.wait_for("document.querySelectorAll('.entry.computed').length === 1");
    page.value("document.querySelectorAll('#live button')[1].click()");
    page.wait_for("document.querySelectorAll('.entry.computed').length === 7");
    let label = page.value("document.querySelector('.entry').getAttribute('aria-label')");
    let label = label.as_str().unwrap();
    assert!(label.starts_with("GET /slow?n=1000: no cache, "), "{label}");
    assert!(label.contains(" ms, network ") && label.contains(", computing "), "{label}");

    page.value("import('/lab/clock.js').then(({ clock }) => { clock.seek = (ms) => (window.sought = ms); })");
    page.value("document.querySelector('.entry[tabindex=\"0\"]').focus()");
    assert!(page.text(".details").contains("x-process-time: 0.0"));
    let number = "[...document.querySelectorAll('.entry')].indexOf(document.activeElement)";
    let chosen = "[...document.querySelectorAll('.entry')].map((row) => row.tabIndex).indexOf(0)";
    for (key, expected) in
        [("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", 0), ("End", 6), ("Home", 0)]
    {
        page.command("Input.dispatchKeyEvent", &json!({ "type": "keyDown", "key": key }));
        assert_eq!(
            (page.value(number), page.value(chosen)),
            (json!(expected), json!(expected)),
            "{key}"
        );
    }
    assert_eq!(page.value("document.querySelectorAll('.entry[tabindex=\"0\"]').length"), 1);
    // To look is not to choose: only that has the picture show the request.
    assert_eq!(page.value("window.sought"), json!(null));
    page.command(
        "Input.dispatchKeyEvent",
        &json!({ "type": "keyDown", "key": "Enter", "text": "\r" }),
    );
    assert!(page.value("Date.now() - window.sought").as_f64().unwrap() > 0.0);

    page.write("live-n", "-1");
    page.click("#live button");
    page.wait_for("document.querySelector('.entry.error')");
    page.click(".entry.error");
    assert!(page.text(".details").contains("is not a whole number from 0"));
}

#[test]
fn the_live_view_keeps_the_newest_requests_and_the_chosen_one() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    page.write("live-n", "1");
    page.click("#live button");
    page.wait_for("document.querySelector('.entry.computed')");
    page.click(".entry");
    page.value(
        "import('/lab/server.js').then(async ({ ask }) => { \
         for (let n = 100; n < 160; n += 1) await ask(`/slow?n=${n}`); })",
    );
    page.wait_for("document.querySelector('.entry').textContent.includes('n=159')");
    let rows = "[...document.querySelectorAll('.entry .path')].map((path) => path.textContent)";
    let mut expected: Vec<_> = (121..160).rev().map(|n| format!("/slow?n={n}")).collect();
    expected.push("/slow?n=1".into());
    assert_eq!(page.value(rows), json!(expected));
    // What takes long is there before it ends.
    page.write("live-n", "10000000");
    page.value("document.querySelectorAll('#live button')[1].click()");
    page.wait_for("document.querySelectorAll('.entry.pending').length >= 5");
}

#[test]
fn segments_are_as_long_as_the_headers_say_on_one_scale_for_all_rows() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let mut says = |expression: &str| {
        page.value(&format!(
            "import('/lab/waterfall.js').then(({{ marks, position }}) => {expression})"
        ))
    };
    assert_eq!(
        says("[0, 30, 60, 120].map((ms) => position(ms, 'linear', 60))"),
        json!([0, 0.5, 1, 1])
    );
    let log =
        says("[0, 0.01, 0.1, 1, 10, 100, 1000].map((ms) => +position(ms, 'log', 100).toFixed(9))");
    assert_eq!(log, json!([0, 0, 0, 0.333_333_333, 0.666_666_667, 1, 1]));
    assert_eq!(says("marks('linear', 1000)"), json!([0, 500, 1000]));
    assert_eq!(says("marks('linear', 1300)"), json!([0, 500, 1000, 1500]));
    assert_eq!(
        says("marks('log', 130).map((ms) => +ms.toFixed(9))"),
        json!([0.1, 1, 10, 100, 1000])
    );

    page.value(
        "import('/lab/server.js').then(({ watch }) => { \
         window.responses = []; watch({ ended: (it) => responses.push(it) }); })",
    );
    // A short one, long ones that queue, and one that is turned away.
    for (n, button, rows) in [("1000", 0, 1), ("300000", 1, 7), ("-1", 0, 8)] {
        page.write("live-n", n);
        page.value(&format!("document.querySelectorAll('#live button')[{button}].click()"));
        page.wait_for(&format!(
            "document.querySelectorAll('.entry:not(.pending)').length === {rows}"
        ));
    }
    for (index, scale) in ["linear", "log"].into_iter().enumerate() {
        page.click(&format!("#live .title label:nth-of-type({}) input", index + 1));
        let wrong = page.value(&format!(
            "import('/lab/waterfall.js').then(({{ marks }}) => ({WRONG})({scale:?}, marks))"
        ));
        assert_eq!(wrong, json!([]), "{scale}");
    }
    // The choice is kept.
    page.visit(program.address);
    assert_eq!(page.value("document.querySelectorAll('#live [type=radio]')[1].checked"), true);
}

/// Of each row, the parts of `Server-Timing` that are not as long as the header says, in milliseconds, and the
/// segments that are not as wide as they should be, in pixels. At least six requests have been in the queue.
const WRONG: &str = "(scale, marks) => {
  const most = marks(scale, Math.max(...responses.map(({ wire }) => wire))).at(-1);
  const wrong = [];
  // The clock's, and on the logarithmic scale what comes before its begin.
  const tolerance = scale === 'log' ? 0.102 : 0.002;
  let queued = 0;
  const rows = [...document.querySelectorAll('.entry')].reverse();
  responses.sort((a, b) => a.id - b.id).forEach((response, index) => {
    const track = rows[index].querySelector('.spent');
    const part = (segment, name) => parseFloat(segment.style.getPropertyValue(name)) / 100;
    const ms = (part) => (scale === 'log' ? 0.1 * (most / 0.1) ** part : part * most);
    const all = [...track.children].map((segment) => {
      const [from, size] = [part(segment, '--from'), part(segment, '--size')];
      const width = (element) => element.getBoundingClientRect().width;
      const pixels = width(segment) - Math.max(1, size * width(track));
      if (Math.abs(pixels) > 0.1) wrong.push([index, segment.className, pixels]);
      return [segment.className, ms(from), ms(from + size)];
    });
    const header = response.headers.find(([name]) => name === 'server-timing')?.[1] ?? '';
    for (let [, name, duration] of header.matchAll(/(queue|compute|total);dur=([0-9.]+)/g)) {
      if (name === 'queue') queued += 1;
      if (name === 'total') [name, duration] = ['network', Math.max(0, response.wire - duration)];
      const drawn = all.reduce((sum, [other, from, to]) => sum + (other === name ? to - from : 0), 0);
      if (Math.abs(drawn - duration) > tolerance) wrong.push([index, name, drawn, duration]);
    }
    const end = Math.max(...all.map(([, , to]) => to));
    if (Math.abs(end - response.wire) > tolerance) wrong.push([index, 'end', end, response.wire]);
  });
  if (queued < 6 || rows.length !== 8) wrong.push([queued, rows.length]);
  return wrong;
}";

#[test]
fn the_browsers_language_is_the_first_choice_and_the_users_the_last() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let korean = json!({ "userAgent": "test", "acceptLanguage": "ko-KR,en" });
    page.command("Network.setUserAgentOverride", &korean);
    page.visit(program.address);
    assert_eq!(page.text("#where_time_goes h2"), "시간은 어디로 가는가");
    page.click("input[value=en]");
    assert_eq!(page.text("#where_time_goes h2"), "Where the time goes");
    page.visit(program.address);
    assert_eq!(page.text("#where_time_goes h2"), "Where the time goes");
}
