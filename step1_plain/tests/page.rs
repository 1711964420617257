//! The lab page in a real browser.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::process::Command;

use serde_json::{Value, json};
use step1_plain::{
    compute::WAITING,
    support::testing::{Client, Program, browser::Page},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step1_plain");

#[test]
fn every_lab_runs_to_its_verdict_and_the_browser_has_nothing_to_complain_of() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    assert_eq!(page.assert_whole(program.address), ["where_time_goes", "queue"]);
    assert!(page.text("h1").contains("step1_plain Every request computes"));
    assert!(page.text("#routes").contains("GET /slow?n=1000000"));
}

#[test]
fn the_interval_is_the_sign_tests() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let mut says = |expression: &str| {
        page.value(&format!(
            "import('/lab/measure.js').then(({{ median, spread }}) => {expression})"
        ))
    };
    assert_eq!(says("[median([3, 1, 2]), median([4, 1, 2, 3])]"), json!([2, 2.5]));
    // 1 to n, in another order.
    let of = |rounds: u32| {
        format!("spread(Array.from({{ length: {rounds} }}, (_, index) => {rounds} - index))")
    };
    for (rounds, cut, confidence) in [
        (1, 0, 0.0),
        (2, 0, 0.5),
        (3, 0, 0.75),
        (5, 0, 0.9375),
        (8, 0, 1.0 - 2.0 / 256.0),
        (9, 1, 1.0 - 2.0 * 10.0 / 512.0),
        (11, 2, 1.0 - 2.0 * 67.0 / 2048.0),
    ] {
        let found = says(&of(rounds));
        assert_eq!(found["median"].as_f64(), Some(f64::from(rounds + 1) / 2.0));
        assert_eq!(
            [&found["low"], &found["high"], &found["cut"], &found["rounds"]],
            [&json!(cut + 1), &json!(rounds - cut), &json!(cut), &json!(rounds)]
        );
        let error = found["confidence"].as_f64().unwrap() - confidence;
        assert!(error.abs() < 1e-9, "{rounds} rounds: {found}");
    }
}

#[test]
fn a_prediction_is_right_within_a_factor_whatever_the_noise() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let mut says = |expression: &str| {
        page.value(&format!("import('/lab/measure.js').then(({{ score }}) => {expression})"))
    };
    let (quiet, noisy) = ([100.0, 90.0, 140.0], [100.0, 60.0, 101.0]);
    for (predicted, [median, low, high], least, factor, grade) in [
        (100.0, quiet, 0.0, 1.0, "right"),
        (125.0, quiet, 0.0, 1.25, "right"),
        (80.0, quiet, 0.0, 1.25, "right"),
        // Inside the interval, but too large.
        (126.0, quiet, 0.0, 1.26, "close"),
        (150.0, quiet, 0.0, 1.5, "close"),
        (151.0, quiet, 0.0, 1.51, "off"),
        (50.0, quiet, 0.0, 2.0, "off"),
        // With rounds that differ so much, only a prediction far from all of them is wrong.
        (100.0, noisy, 0.0, 1.0, "unclear"),
        (126.0, noisy, 0.0, 1.26, "unclear"),
        (48.0, noisy, 0.0, 100.0 / 48.0, "unclear"),
        (47.0, noisy, 0.0, 100.0 / 47.0, "off"),
        (1000.0, noisy, 0.0, 10.0, "off"),
        (0.0, [0.0; 3], 0.0, 1.0, "right"),
        // Both count as the least.
        (0.0, [0.02, 0.001, 0.04], 0.05, 1.0, "right"),
        (0.0, [0.1; 3], 0.05, 2.0, "off"),
    ] {
        let measured = json!({ "median": median, "low": low, "high": high });
        let score = says(&format!("score({predicted}, {measured}, {least})"));
        assert_eq!((score["factor"].as_f64(), &score["grade"]), (Some(factor), &json!(grade)));
    }
    assert_eq!(says("score(0, { median: 5, low: 5, high: 5 }).grade"), "off");
    // What a student could see.
    for (predicted, [median, low, high], sights) in [
        (100, quiet, json!(["same", "same"])),
        (90, quiet, json!(["same", "more"])),
        (10, quiet, json!(["more"])),
        (1000, quiet, json!(["less"])),
        (100, noisy, json!(["same", "more", "less"])),
    ] {
        let measured = json!({ "median": median, "low": low, "high": high });
        assert_eq!(says(&format!("score({predicted}, {measured}).sights")), sights, "{predicted}");
    }
}

#[test]
fn a_prediction_is_scored_and_the_worksheet_has_it_all() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let (grade, why) = page.run_lab("where_time_goes", "", &[]);
    assert_eq!((&*grade, &*why), ("none", "Your prediction: Please fill out this field."));
    let (grade, why) = page.run_lab("where_time_goes", "6", &[("reason", " ")]);
    assert!(grade == "none" && why.starts_with("Because: "), "{why}");
    let (grade, why) = page.run_lab("where_time_goes", "6", &[("n", "99999999")]);
    assert!(grade == "none" && why.starts_with("n: "), "{why}");
    assert_eq!(page.value("document.activeElement.id"), "where_time_goes-n");

    let quick = [("n", "1000000"), ("rounds", "5")];
    page.start_lab("where_time_goes", "1000", &quick);
    let (grade, verdict) = page.see("where_time_goes", "same");
    assert!(grade == "off" && verdict.contains("It is off by a factor of "), "{verdict}");
    assert!(verdict.contains("With a confidence of 93.8%,"), "{verdict}");
    assert!(verdict.contains("What you saw is not what was measured."), "{verdict}");
    page.write("where_time_goes-note", "five wait | one computes");
    page.write("name", "Kim \"`\\");
    let worksheet = page.worksheet();
    for expected in [
        "# Worksheet",
        "Your name: Kim",
        "step1_plain 0.1.0",
        "## Where the time goes",
        "n = 1000000, rounds = 5",
        "* Prediction: 1,000\u{a0}×",
        "* Reason: a test | says so",
        "* Seen: as predicted",
        &verdict,
        "| 1,000,000 | last of six |",
        "Note: five wait | one computes",
    ] {
        assert!(worksheet.contains(expected), "no {expected:?} in {worksheet}");
    }
    let sheet = machine_part(&page.worksheet_file());
    assert_eq!((&sheet["format"], &sheet["name"]), (&json!(1), &json!("Kim \"`\\")));
    let [run] = &sheet["runs"].as_array().unwrap()[..] else { panic!("{sheet}") };
    let expected = json!({
        "lab": "where_time_goes", "title": "Where the time goes", "step": "step1_plain",
        "program": run["program"], "time": run["time"], "settings": "n = 1000000, rounds = 5", "unit": "\u{a0}×",
        "predicted": 1000, "measured": run["measured"], "grade": "off", "reason": "a test | says so", "seen": "same",
    });
    assert_eq!(run, &expected);
    let measured = run["measured"].as_object().unwrap();
    assert_eq!(measured.keys().collect::<Vec<_>>(), ["high", "low", "median"]);

    // Stored, even after a reload, until the student starts over.
    let right = page.predict_what_was_measured("where_time_goes");
    assert!(right.starts_with("Right. You predicted "), "{right}");
    assert!(page.text("#course .done").contains("Where the time goes"));
    page.value("window.confirm = () => true");
    page.click("#start-over");
    assert!(!page.worksheet().contains("1000"));
    assert_eq!(page.value("document.querySelector('.verdict, #course .done')"), json!(null));
}

/// The worksheet's last block.
fn machine_part(worksheet: &str) -> Value {
    let (_, block) = worksheet.split_once("\n```json worksheet\n").unwrap();
    serde_json::from_str(block.strip_suffix("\n```\n").unwrap()).unwrap()
}

#[test]
fn the_verdict_waits_for_what_was_seen_and_so_does_a_reload() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    page.start_lab("where_time_goes", "6", &[("n", "1000"), ("rounds", "1")]);
    page.wait_for("document.querySelector('#where_time_goes table')");
    let is_asked = "!document.querySelector('.look').hidden && !document.querySelector('.verdict') \
                    && document.querySelector('.bars') && !document.querySelector('.next-lab')";
    let phase = "document.querySelector('.phases [aria-current=step]').innerText";
    for _ in 0..2 {
        assert_eq!(
            (page.value(&format!("Boolean({is_asked})")), page.value(phase)),
            (true.into(), "Observe".into())
        );
        assert!(machine_part(&page.worksheet_file())["runs"][0].get("seen").is_none());
        page.reload();
    }
    let (grade, verdict) = page.see("where_time_goes", "less");
    assert!(grade != "none" && verdict.contains("This is one round."), "{verdict}");
    page.reload();
    assert_eq!((page.text(".verdict"), page.value(phase)), (verdict, "Why".into()));
    assert_eq!(page.value("document.querySelector('.look').hidden"), true);
    assert_eq!(machine_part(&page.worksheet_file())["runs"][0]["seen"], "less");
}

#[test]
fn the_keyboard_alone_leads_through_a_lab() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    for (id, value) in [("n", "1000"), ("rounds", "1")] {
        page.write(&format!("where_time_goes-{id}"), value);
    }
    let has_focus = |page: &mut Page, selector: &str| {
        page.value(&format!("document.activeElement.matches({selector:?})")) == true
    };
    let tab_to = |page: &mut Page, selector: &str| {
        for _ in 0..60 {
            if has_focus(page, selector) {
                return;
            }
            page.press(&["Tab"]);
        }
        panic!("Tab does not come to {selector}");
    };
    tab_to(&mut page, "#where_time_goes-prediction");
    page.press(&["6", "Enter"]);
    assert!(has_focus(&mut page, "#where_time_goes-reason"), "it is still to be written");
    page.press(&["f", "i", "v", "e"]);
    tab_to(&mut page, ".run");
    page.press(&["Enter"]);
    page.wait_for("document.activeElement.matches('.look')");
    tab_to(&mut page, "[data-seen=less]");
    page.press(&["Space"]);
    assert!(has_focus(&mut page, ".verdict"));
    assert_eq!(machine_part(&page.worksheet_file())["runs"][0]["reason"], "five");
    tab_to(&mut page, ".next-lab");
}

#[test]
fn a_notebook_of_an_earlier_format_stays_and_shows_nothing_wrong() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let old = json!({ "fields": { "where_time_goes-prediction": "7" }, "runs": [{
        "lab": "where_time_goes", "title": "Where the time goes: how long?", "predicted": 7, "rounds": 5,
        "measured": { "median": 6, "low": 5, "high": 7 }, "settings": "n = 1000", "verdict": "predicted: 7 ×",
        "table": [["n"], ["1,000"]], "time": "2025-01-01T00:00:00.000Z", "program": "step1_plain 0.0.1",
    }] });
    page.value(&format!("localStorage['lab notebook'] = {:?}", old.to_string()));
    page.reload();
    assert_eq!(page.value("document.querySelector('.verdict, .lab table')"), json!(null));
    let text = page.text("body");
    assert!(!text.contains("NaN") && !text.contains("undefined"), "{text}");
    let worksheet = page.worksheet();
    for expected in ["step1_plain 0.0.1", "* Prediction: 7", "**predicted: 7 ×**", "| 1,000 |"] {
        assert!(worksheet.contains(expected), "no {expected:?} in {worksheet}");
    }
    assert!(!worksheet.contains("NaN") && !worksheet.contains("undefined"), "{worksheet}");
    assert_eq!(machine_part(&page.worksheet_file())["runs"], json!([]));
    assert_eq!(page.complaints(program.address), [""; 0]);
}

#[test]
fn stop_stops() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let state = "import('/lab/clock.js').then(({ clock }) => clock.state())";
    page.value("import('/lab/clock.js').then(({ clock }) => clock.seek(0))");
    assert_eq!(page.value(state), "paused");
    page.start_lab("where_time_goes", "6", &[("n", "10000000"), ("rounds", "50")]);
    page.wait_for("document.querySelector('#where_time_goes progress:not([hidden])')");
    assert_eq!(page.value(state), "live", "there is something to watch");
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
    assert!(grade != "none" && verdict.contains("of 20 rounds"), "{verdict}");
}

#[test]
fn the_labs_work_in_a_browser_that_stores_nothing_or_nonsense() {
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
    // As another tab would do it, without this one's knowledge.
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
    assert!(label.starts_with("GET /slow?n=1000: computed, "), "{label}");
    assert!(label.contains(" ms, network ") && label.contains(", computing "), "{label}");

    page.value("import('/lab/clock.js').then(({ clock }) => { clock.seek = (ms) => (window.sought = ms); })");
    page.value("document.querySelector('.entry[tabindex=\"0\"]').focus()");
    assert!(page.text(".details").contains("x-process-time: "));
    let number = "[...document.querySelectorAll('.entry')].indexOf(document.activeElement)";
    let chosen = "[...document.querySelectorAll('.entry')].map((row) => row.tabIndex).indexOf(0)";
    for (key, expected) in
        [("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", 0), ("End", 6), ("Home", 0)]
    {
        page.press(&[key]);
        assert_eq!(
            (page.value(number), page.value(chosen)),
            (json!(expected), json!(expected)),
            "{key}"
        );
    }
    assert_eq!(page.value("document.querySelectorAll('.entry[tabindex=\"0\"]').length"), 1);
    // Focus is not a choice. Only a chosen request is shown in the picture.
    assert_eq!(page.value("window.sought"), json!(null));
    page.press(&["Enter"]);
    assert!(page.value("Date.now() - window.sought").as_f64().unwrap() > 0.0);

    page.write("live-n", "-1");
    page.click("#live button");
    page.wait_for("document.querySelector('.entry.error')");
    page.click(".entry.error");
    assert!(page.text(".details").contains("is not a whole number from 0"));
}

#[test]
fn the_live_view_shows_the_newest_requests_and_the_chosen_one() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    page.write("live-n", "1");
    page.click("#live button");
    page.wait_for("document.querySelector('.entry.computed')");
    page.click(".entry");
    page.wait_for("document.querySelector('.request.chosen')");
    page.value(
        "import('/lab/server.js').then(async ({ ask }) => { \
         for (let n = 100; n < 160; n += 1) await ask(`/slow?n=${n}`); })",
    );
    page.wait_for("document.querySelector('.entry').textContent.includes('n=159')");
    let rows = "[...document.querySelectorAll('.entry .path')].map((path) => path.textContent)";
    let mut expected: Vec<_> = (121..160).rev().map(|n| format!("/slow?n={n}")).collect();
    expected.push("/slow?n=1".into());
    assert_eq!(page.value(rows), json!(expected));
    // A long request is there before it ends.
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
    // A short one, long ones that queue, and one that is rejected.
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
    // The choice is stored.
    page.visit(program.address);
    assert_eq!(page.value("document.querySelectorAll('#live [type=radio]')[1].checked"), true);
}

/// Of each row, the parts of `Server-Timing` that are not as long as the header says, in milliseconds, and the
/// segments that are not as wide as they should be, in pixels. At least six requests have been in the queue.
const WRONG: &str = "(scale, marks) => {
  const most = marks(scale, Math.max(...responses.map(({ wire }) => wire))).at(-1);
  const wrong = [];
  // The tolerance is the clock's, and on the logarithmic scale the part before its start.
  const tolerance = scale === 'log' ? 0.102 : 0.002;
  let queued = 0;
  const rows = [...document.querySelectorAll('.entry')].reverse();
  responses.sort((a, b) => a.id - b.id).forEach((response, index) => {
    const track = rows[index].querySelector('.spent');
    const part = (segment, name) => Number(segment.style.getPropertyValue(name));
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

#[test]
fn the_picture_has_each_request_where_its_headers_say() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let six = "(ask) => Promise.all([...'123456'].map(() => ask('/slow?n=300000')))";
    let walks = page.walk(six);
    assert_eq!(walks.len(), 6);
    for walk in walks {
        assert_eq!(walk.kind, "computed");
        assert_eq!(walk.places, ["out", "loop", "queue", "compute", "back"]);
    }
    page.value("import('/lab/clock.js').then(({ clock }) => clock.seek(Date.now()))");
    // One sentence for all, unless they take longer than a second.
    let said = "[...document.querySelectorAll('.log p')].map((line) => line.textContent)";
    page.wait_for(&format!(
        "{said}.reduce((sum, text) => sum + (Number(/^(\\d+) responses: computed /.exec(text)?.[1]) || 1), 0) === 6"
    ));
    assert!(page.text(".said").contains("/slow?n=300000 took "), "{}", page.text(".said"));

    // Fill the queue with computations of some seconds.
    let fill = |number| {
        let mut client = Client::connect(program.address);
        client.send("GET /slow?n=10000000 HTTP/1.1\r\nHost: test\r\n\r\n");
        (number == WAITING + 2).then(|| assert_eq!(client.read(true).status, 503));
        client
    };
    let clients: Vec<_> = (0..WAITING + 3).map(fill).collect();
    let walks = page.walk("(ask) => ask('/slow')");
    assert_eq!(walks[0].kind, "error");
    assert_eq!(walks[0].places, ["out", "loop", "queue", "back"]);
    assert!(page.text(".said").contains("The queue was full"));
    drop(clients);
}

#[test]
fn the_keys_move_the_clock_of_the_picture() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let press = |page: &mut Page, key: &str| {
        page.press(&[key]);
        page.value("import('/lab/clock.js').then(({ clock }) => [clock.state(), clock.time()])")
    };
    page.value("import('/lab/server.js').then(({ ask }) => ask('/slow?n=1000')).then(() => 1)");
    page.value("document.querySelector('.stage').focus()");
    let state = |value: &Value| value[0].as_str().unwrap().to_owned();
    assert_eq!(state(&press(&mut page, "Space")), "paused");
    assert_eq!(press(&mut page, "x"), press(&mut page, "x"), "time does not pass");
    // The last event is the end of the request, and its start is five events earlier.
    let request = "import('/lab/scene.js').then(({ requests: [{ start, end }] }) => [start, end])";
    let request = page.value(request);
    assert_eq!(press(&mut page, "ArrowLeft")[1], request[1]);
    for _ in 0..4 {
        press(&mut page, "ArrowLeft");
    }
    assert_eq!(press(&mut page, "ArrowLeft")[1], request[0]);
    assert_eq!(press(&mut page, "ArrowLeft")[1], request[0], "there is nothing before it");
    assert!(press(&mut page, "ArrowRight")[1].as_f64() > request[0].as_f64());
    press(&mut page, "ArrowLeft");
    for _ in 0..3 {
        press(&mut page, "ArrowDown");
    }
    assert_eq!(page.value("document.querySelector('.clock select').value"), "0.0025");
    assert_eq!(state(&press(&mut page, "Space")), "playing");
    page.wait_for("document.querySelector('.request[data-place]')");
    page.click(".clock button[aria-pressed]");
    assert_eq!(state(&press(&mut page, "x")), "live");
    assert_eq!(state(&press(&mut page, "ArrowUp")), "live", "nothing is faster than 1\u{d7}");
    press(&mut page, "ArrowLeft");
    assert_eq!(state(&press(&mut page, "End")), "live");
}

#[test]
fn reduced_motion_is_a_row_of_still_pictures() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let places = "(async () => {
      const { ask } = await import('/lab/server.js');
      const { clock } = await import('/lab/clock.js');
      const { requests } = await import('/lab/scene.js');
      // On a busy machine, a glow may be over before the test can look at it.
      let glows = 0;
      const count = ({ addedNodes }) => (glows += [...addedNodes].filter((node) => node.matches?.('.glow')).length);
      const observer = new MutationObserver((records) => records.forEach(count));
      observer.observe(document.querySelector('.stage'), { childList: true, subtree: true });
      const { id } = await ask('/slow?n=1000');
      for (let tries = 0; tries < 60 && !glows; tries++) await painted();
      observer.disconnect();
      const { from, to } = requests.find((request) => request.id === id).journey[0];
      const places = [];
      for (const share of [0, 0.3, 0.6]) {
        clock.seek(from + share * (to - from));
        await painted();
        places.push(document.querySelector(`[data-id=\"${id}\"]`).getAttribute('transform'));
      }
      return [glows, new Set(places).size];
    })()";
    assert_eq!(page.value(places), json!([1, 3]));
    page.value("import('/lab/clock.js').then(({ clock }) => clock.seek(0))");
    page.click(".clock button[aria-pressed]");
    page.wait_for("!document.querySelector('.glow')");
    let reduce = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
    page.command("Emulation.setEmulatedMedia", &reduce);
    assert_eq!(page.value(places), json!([1, 1]));
}

/// The value of an expression of JavaScript that may use `openLoop`, `percentile` and `ask`.
fn open_loop(page: &mut Page, expression: &str) -> Value {
    page.value(&format!(
        "Promise.all(['open_loop', 'server'].map((name) => import(`/lab/${{name}}.js`)))\
         .then(([{{ openLoop, percentile }}, {{ ask, watch, sleep }}]) => {{ \
         const run = {{ signal: new AbortController().signal }}; return {expression}; }})"
    ))
}

#[test]
fn an_open_loop_sends_no_request_before_it_is_due() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let times = "Array.from({ length: 40 }, (_, index) => 3.3 * index)";
    let found = open_loop(&mut page, &format!("openLoop(run, '/slow?n=1', {times})"));
    let of = |name: &str| -> Vec<f64> {
        found.as_array().unwrap().iter().map(|response| response[name].as_f64().unwrap()).collect()
    };
    let (due, start, wire, latency) = (of("due"), of("start"), of("wire"), of("latency"));
    assert_eq!(due.len(), 40);
    for index in 0..due.len() {
        assert!((due[index] - due[0] - 3.3 * index as f64).abs() < 0.01, "{due:?}");
        assert!(start[index] >= due[index], "{index}: {} before {}", start[index], due[index]);
        assert!((latency[index] - (start[index] + wire[index] - due[index])).abs() < 0.01);
    }
}

#[test]
fn latency_counts_from_the_moment_when_a_request_was_due() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    // Due a second ago, so sent at once.
    let late = open_loop(&mut page, "openLoop(run, '/slow?n=1', [-1100])");
    let part = |name: &str| late[0][name].as_f64().unwrap();
    assert!(part("latency") >= 1000.0 + part("wire"), "{late}");

    // Each waits for those before it, and two of them in the browser, which has six connections.
    let all = open_loop(&mut page, "openLoop(run, '/slow?n=1000000', [0, 1, 2, 3, 4, 5, 6, 7])");
    let all = all.as_array().unwrap();
    let of = |pick: &dyn Fn(&Value) -> &Value| -> Vec<f64> {
        all.iter().map(|response| pick(response).as_f64().unwrap()).collect()
    };
    let computing = of(&|response| &response["timing"]["compute"]);
    let latencies = of(&|response| &response["latency"]);
    let most = latencies.iter().copied().fold(0.0, f64::max);
    // A computation's time ends when the loop learns of its end. On a busy machine, the next has begun by then.
    let apart = 0.9;
    assert!(most >= apart * computing.iter().sum::<f64>() - 7.0, "{latencies:?}, {computing:?}");
    let unknown_to_the_server =
        all.iter().map(|r| r["latency"].as_f64().unwrap() - r["server"].as_f64().unwrap());
    let least = apart * 2.0 * computing.iter().copied().fold(f64::MAX, f64::min) - 7.0;
    assert!(unknown_to_the_server.fold(0.0, f64::max) >= least, "{all:#?}");
}

#[test]
fn an_open_loop_counts_errors_and_stops_when_it_is_told_to() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let errors = open_loop(
        &mut page,
        "openLoop(run, '/slow?n=-1', [0, 1]).then((all) => all.map(({ status }) => status))",
    );
    assert_eq!(errors, json!([400, 400]));
    let stopped = "(async () => { \
        const controller = new AbortController(); \
        let sent = 0; \
        watch({ sent: () => (sent += 1) }); \
        const loop = openLoop(controller, '/slow?n=1', [0, 2000], () => controller.abort()); \
        const why = await loop.catch((error) => error.name); \
        await sleep(500); \
        return [why, sent]; })()";
    assert_eq!(open_loop(&mut page, stopped), json!(["AbortError", 1]));
    let percentiles =
        "[percentile([4, 1, 3, 2], 50), percentile([4, 1, 3, 2], 51), percentile([5], 99)]";
    assert_eq!(open_loop(&mut page, percentiles), json!([2, 3, 5]));
}

#[test]
fn the_arrivals_of_the_queue_have_the_mean_of_theory() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let mut queue = |expression: &str| {
        page.value(&format!("import('/lab/queue.js').then((queue) => {expression})"))
    };
    // The second arrives while the first is computed and waits, the third does not.
    assert_eq!(queue("queue.timesInSystem([0, 1, 5, 5], [2, 3, 1, 4])"), json!([2, 4, 1, 5]));
    for utilization in [0.5, 0.8, 0.9] {
        let arrivals = queue(&format!("queue.arrivals({utilization})"));
        let arrivals: Vec<f64> = serde_json::from_value(arrivals).unwrap();
        assert!(arrivals.len() == 100 && arrivals.is_sorted());
        assert!((arrivals[99] / 100.0 * utilization - 1.0).abs() < 0.02, "{arrivals:?}");
        let expected = queue(&format!("queue.expected({utilization})")).as_f64().unwrap();
        let theory = 1.0 + utilization / (2.0 * (1.0 - utilization));
        assert!((expected / theory - 1.0).abs() < 0.04, "{utilization}: {expected}, not {theory}");
        let mut free = 0.0_f64;
        let by_hand = arrivals.iter().map(|at| {
            free = free.max(*at) + 1.0;
            free - at
        });
        assert!((by_hand.sum::<f64>() / 100.0 - expected).abs() < 1e-6);
    }
}

#[test]
fn the_queue_is_measured_at_three_utilizations() {
    let program = Program::start(PROGRAM, &[]);
    let Some(mut page) = Page::open(program.address) else { return };
    let (grade, verdict) = page.run_lab("queue", "1000", &[("seconds", "1"), ("rounds", "1")]);
    assert!(["off", "unclear"].contains(&&*grade), "{verdict}");
    let rows = page.value(
        "[...document.querySelectorAll('#queue tbody tr')].map((row) => \
         [row.cells[0].innerText, row.cells.length])",
    );
    // Errors would be one more.
    assert_eq!(rows, json!([["50%", 5], ["80%", 5], ["90%", 5]]));
    assert_eq!(page.value("document.querySelectorAll('#queue circle').length"), 3);
    assert!(page.worksheet().contains("| 80% |"));

    // A disturbed run is not the same as a wrong prediction.
    let mut verdict = |actual, measured| {
        page.value(&format!(
            "{{ const book = JSON.parse(localStorage['lab notebook']); \
             const {{ levels: [, level], measured }} = book.runs.at(-1); level.actual = {actual}; \
             for (const of of [level.times, measured]) Object.assign(of, {{ median: {measured}, low: {measured}, high: {measured} }}); \
             localStorage['lab notebook'] = JSON.stringify(book); }}"
        ));
        page.reload();
        page.text("#queue .verdict")
    };
    let off = verdict(0.8, 3);
    assert!(off.starts_with("Not right. "), "{off}");
    for (actual, measured, why) in
        [(0.69, 2, "was not busy for 80%"), (0.8, 6, "something else was busy")]
    {
        let unclear = verdict(actual, measured);
        assert!(unclear.starts_with("Inconclusive. ") && unclear.contains(why), "{unclear}");
    }
}
