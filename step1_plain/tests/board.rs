//! The board for the class in a real browser, with made-up worksheets.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use step1_plain::support::testing::{Program, browser::Page};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step1_plain");
const STUDENTS: u32 = 30;

/// The students' first and second predictions, as multiples of what they measure.
fn expiry(student: u32) -> (f64, Option<f64>) {
    match student {
        0..10 => (0.25, Some(0.5)),
        10..18 => (0.125, None),
        18..24 => (5.0, Some(1.0)),
        _ => (1.0, None),
    }
}

fn word(student: u32) -> &'static str {
    ["count_primes", "is_prime", "malloc"][student as usize % 3]
}

/// The second prediction comes a minute later.
fn run(lab: &str, (student, again): (u32, bool), more: &Value) -> Value {
    let time = format!("2026-03-02T{:02}:{student:02}:{:02}.000Z", 9 + u32::from(again), lab.len());
    let title = ["Expiry", "Stampede", "Profile"].into_iter().find(|it| it.to_lowercase() == lab);
    let mut run = json!({
        "lab": lab, "title": title, "step": "step3_ttl_cache", "program": "", "time": time,
        "settings": "n = 1", "unit": "", "reason": format!("{lab}: reason {}", student % 4),
    });
    run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    run
}

fn number(lab: &str, who: (u32, bool), measured: f64, ratio: f64) -> Value {
    let factor = ratio.max(1.0 / ratio);
    let grade = ["right", "close", "off"][usize::from(factor > 1.25) + usize::from(factor > 1.5)];
    let seen = ["same", "less", "more"][who.0 as usize % 3];
    let measured_is = json!({ "median": measured, "low": measured, "high": measured });
    let more = json!({
        "predicted": measured * ratio, "measured": measured_is, "grade": grade, "seen": seen,
    });
    run(lab, who, &more)
}

/// A student's worksheet, as the page would write it.
fn worksheet(student: u32) -> String {
    let mut runs = Vec::new();
    let (first, second) = expiry(student);
    // Each machine measures another value.
    let measured = f64::from(8 * (1 + student));
    runs.extend(second.map(|ratio| number("expiry", (student, true), measured, ratio)));
    runs.push(number("expiry", (student, false), measured, first));
    runs.push(number("stampede", (student, false), 6.0, if student < 20 { 1.0 } else { 2.0 }));
    let said = word(student);
    let grade = if said == "is_prime" { "right" } else { "off" };
    let said = json!({ "predicted": said, "found": "is_prime", "grade": grade, "seen": "same" });
    runs.push(run("profile", (student, false), &said));
    sheet(&json!({ "format": 1, "name": format!("Student {student}"), "runs": runs }))
}

fn sheet(data: &Value) -> String {
    format!("# Worksheet\r\n\r\n* Your name\r\n\r\n```json worksheet\r\n{data:#}\r\n```\r\n")
}

struct Board {
    page: Page,
    program: Program,
    folder: PathBuf,
}

impl Board {
    fn open(test: &str) -> Option<Self> {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
        fs::create_dir_all(&folder).unwrap();
        let program = Program::start(PROGRAM, &[]);
        let mut page = Page::open(program.address)?;
        let url = format!("http://{}/board", program.address);
        page.command("Page.navigate", &json!({ "url": url }));
        page.wait_for("document.readyState === 'complete' && document.getElementById('files')");
        Some(Self { page, program, folder })
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn class(&self) -> Vec<PathBuf> {
        (0..STUDENTS).map(|it| self.file(&format!("sheet-{it}.md"), worksheet(it))).collect()
    }

    /// Chooses these files in the field, and waits until they are read.
    #[track_caller]
    fn choose(&mut self, files: &[PathBuf]) {
        let field = json!({ "expression": "document.getElementById('files')" });
        let field = self.page.command("Runtime.evaluate", &field)["result"]["objectId"].clone();
        // It disappears when the status is drawn again.
        self.page.value("document.querySelector('[role=status]').prepend('reading')");
        let files = json!({ "files": files, "objectId": field });
        self.page.command("DOM.setFileInputFiles", &files);
        self.page
            .wait_for("!document.querySelector('[role=status]').textContent.startsWith('reading')");
    }

    fn texts(&mut self, selector: &str) -> Vec<String> {
        let texts =
            format!("[...document.querySelectorAll({selector:?})].map((it) => it.innerText)");
        serde_json::from_value(self.page.value(&texts)).unwrap()
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

#[test]
fn the_board_says_what_a_class_predicted_measured_and_saw() {
    let Some(mut board) = Board::open("sums") else { return };
    let files = board.class();
    board.choose(&files);
    assert_eq!(board.texts("[role=status] p"), ["Students: 30"]);

    let factor = |ratio: f64| ratio.max(1.0 / ratio);
    let all: Vec<_> = (0..STUDENTS).map(expiry).collect();
    let again: Vec<_> = all.iter().filter_map(|&(first, second)| Some((first, second?))).collect();
    let wrong = all.iter().filter(|(first, _)| *first != 1.0).count();
    let low = all.iter().filter(|(first, _)| *first < 1.0).count();
    let saw = (0..STUDENTS).zip(&all).filter(|(student, (first, _))| {
        (student % 3) as usize == usize::from(*first > 1.0) + 2 * usize::from(*first < 1.0)
    });
    let expected = [
        "Expiry".to_owned(),
        format!("×{}", median(all.iter().map(|it| factor(it.0)).collect())),
        format!("too low: {low} / {wrong}"),
        format!("{} / 30", 30 - wrong),
        format!(
            "×{} → ×{} ({})",
            median(again.iter().map(|it| factor(it.0)).collect()),
            median(again.iter().map(|it| factor(it.1)).collect()),
            again.len()
        ),
        format!("{} / 30", saw.count()),
    ];
    assert_eq!(board.texts("tbody tr:nth-child(1) > *")[..6], expected);
    assert_eq!(
        board.texts("section:nth-of-type(1) tbody th"),
        ["Expiry", "Stampede", "Profile"],
        "the most misjudged lab comes first"
    );
    assert_eq!(
        board.texts("section:nth-of-type(1) tbody tr:nth-child(2) td"),
        ["×1", "too high: 10 / 10", "20 / 30", "", "10 / 30"]
    );

    // Each dot is where its ratio belongs, and has the colour of its grade.
    for (which, ratios) in [
        ("first", all.iter().map(|it| it.0).collect::<Vec<_>>()),
        ("second", again.iter().map(|it| it.1).collect()),
    ] {
        let dots = board.page.value(&format!(
            "[...document.querySelectorAll('#lab-0 .{which} i')].map((dot) => \
             [Number(dot.style.getPropertyValue('--x')), dot.className])"
        ));
        let mut expected: Vec<_> = ratios
            .iter()
            .map(|ratio| {
                (0.5 + ratio.log(100.0) / 2.0, if *ratio == 1.0 { "right" } else { "off" })
            })
            .collect();
        expected.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!(dots.as_array().unwrap().len(), expected.len());
        for (dot, (x, grade)) in dots.as_array().unwrap().iter().zip(expected) {
            assert!((dot[0].as_f64().unwrap() - x).abs() < 1e-9 && dot[1] == grade, "{dot} {x}");
        }
    }
    // No dot hides another.
    let places = "[...document.querySelectorAll('#lab-0 .first i')].map((dot) => \
                  `${dot.style.getPropertyValue('--x')} ${dot.style.getPropertyValue('--y')}`)";
    assert_eq!(board.page.value(&format!("new Set({places}).size")), 30);

    // The table says it, too.
    board.page.value("document.querySelectorAll('details').forEach((it) => (it.open = true))");
    let rows = board.texts("#lab-0 tbody tr");
    assert_eq!(rows.len(), 30 + again.len());
    assert_eq!(rows[0], "1\tFirst try\t2\t8\t÷4\tnot right");
    assert_eq!(rows[1], "1\tSecond try\t4\t8\t÷2\tnot right");
    assert_eq!(board.texts("#lab-0 li").len(), 30 + again.len());

    // Words are counted.
    let rows = board.texts("#lab-2 table:first-of-type tbody tr");
    assert!(rows.contains(&"is_prime\t10\t0\t✓ 30".to_owned()), "{rows:?}");
    assert!(rows.contains(&"malloc\t10\t0\t".to_owned()), "{rows:?}");
}

#[test]
fn names_are_shown_only_on_demand_and_nothing_is_sent_or_stored() {
    let Some(mut board) = Board::open("names") else { return };
    // The icon may come later than the page.
    let loaded = "performance.getEntriesByType('resource').filter(({ name }) => !name.endsWith('icon.svg')).length";
    let before = board.page.value(loaded);
    let mut files = board.class();
    files.push(board.file("Kim.md", "none"));
    board.choose(&files);
    board.page.value("document.querySelectorAll('details').forEach((it) => (it.open = true))");
    let shown = board.texts("body").concat();
    assert!(!shown.contains("Student 7") && !shown.contains("Kim"), "{shown}");
    assert!(shown.contains("File: It is not a worksheet"), "{shown}");
    board.page.click("#names");
    let shown = board.texts("body").concat();
    assert!(shown.contains("Student 7") && shown.contains("File Kim.md: "), "{shown}");
    assert!(!board.texts("li").concat().contains("Student"), "reasons have no names");
    assert_eq!(board.page.value(loaded), before);
    assert_eq!(board.page.value("localStorage.length + sessionStorage.length"), 0);
    let address = board.program.address;
    assert_eq!(board.page.complaints(address), [""; 0]);
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_are_read() {
    let Some(mut board) = Board::open("bad") else { return };
    let first = worksheet(0);
    let huge = board.file("huge.md", "");
    fs::File::options().write(true).open(&huge).unwrap().set_len(50_000_000).unwrap();
    let evil = json!({
        "lab": "__proto__", "title": "<b>Expiry</b>", "time": "2026-03-02T09:00:00Z", "predicted": 0,
        "measured": { "median": 3, "low": 3, "high": 3 }, "grade": "off", "reason": "<img src=/x onerror=alert(1)>", "seen": 5,
    });
    let evil =
        json!({ "format": 1, "name": "<script>alert(1)</script>", "runs": [evil, null, 5, {}] });
    let both = json!({ "format": 1, "runs": [
        number("expiry", (0, false), 8.0, 0.25), number("stampede", (0, true), 6.0, 1.0),
    ] });
    let files = [
        ("a.md", first.clone()),
        ("same.md", first.clone()),
        ("both.md", sheet(&both)),
        ("notes.md", "# Notes\n".into()),
        ("cut.md", first[..first.len() - 200].into()),
        ("broken.md", first.replacen('{', "", 1)),
        ("null.md", sheet(&json!(null))),
        ("two.md", sheet(&json!({ "format": 2, "runs": [] }))),
        ("list.md", sheet(&json!({ "format": 1, "runs": 5 }))),
        ("empty.md", sheet(&json!({ "format": 1, "runs": [] }))),
        ("evil.md", sheet(&evil)),
    ];
    let mut files: Vec<_> = files.map(|(name, text)| board.file(name, text)).into();
    files.push(huge);
    files.push(board.file("bytes.md", [0xff, 0xfe, 0, 0x80]));
    files.push(board.file("last.md", worksheet(1)));
    board.choose(&files);
    board.page.click("#names");
    let common = "It has results in common with an earlier file, so both count as one student.";
    let foreign = "It is not a worksheet of the lab page.";
    let broken = "It is damaged. Ask for the file as it was downloaded.";
    let expected = [
        ("same", common),
        ("both", common),
        ("notes", foreign),
        ("cut", foreign),
        ("broken", broken),
        ("null", "It has format ?, but this board reads format 1."),
        ("two", "It has format 2, but this board reads format 1."),
        ("list", broken),
        ("empty", "It has no results."),
        ("evil", "Damaged results, which do not count: 3."),
        ("huge", "It is too large for a worksheet."),
        ("bytes", foreign),
    ];
    let mut remarks = vec!["Students: 3".to_owned()];
    remarks.extend(expected.map(|(name, text)| format!("File {name}.md: {text}")));
    assert_eq!(board.texts("[role=status] p"), remarks);
    assert_eq!(
        board.page.value("document.querySelector('#board :is(img, script, td b)')"),
        json!(null)
    );
    assert!(board.texts("h2").contains(&"<b>Expiry</b>".to_owned()));
    // A result that only the second file of a student has counts, too.
    assert!(board.texts("tbody tr").concat().contains("×1 → ×1 (1)"));
    let address = board.program.address;
    assert_eq!(board.page.complaints(address), [""; 0]);
}

#[test]
fn files_can_be_dropped_anywhere_a_folder_too() {
    let Some(mut board) = Board::open("drop") else { return };
    let mut files = board.class();
    files.push(board.folder.clone());
    // Otherwise the browser would replace the page with the file.
    let is_ours = "addEventListener('drop', (drop) => (window.isOurs = drop.defaultPrevented))";
    board.page.value(is_ours);
    for (x, y) in [(5, 5), (400, 300)] {
        for kind in ["dragEnter", "dragOver", "drop"] {
            let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
            let event = json!({ "type": kind, "x": x, "y": y, "data": data });
            board.page.command("Input.dispatchDragEvent", &event);
        }
        board.page.wait_for("document.querySelector('.swarm')");
    }
    board.page.wait_for("document.querySelectorAll('[role=status] p').length === 33");
    let texts = board.texts("[role=status] p");
    assert_eq!(texts[..2], ["Students: 30", "File: The browser cannot read it. Is it a folder?"]);
    assert_eq!(board.page.value("window.isOurs"), true);
}

#[test]
fn the_pages_own_worksheet_can_be_read() {
    let Some(mut board) = Board::open("own") else { return };
    let address = board.program.address;
    board.page.visit(address);
    let mut verdicts = Vec::new();
    for prediction in ["1000", "6"] {
        let quick = [("n", "1000"), ("rounds", "1")];
        verdicts.push(board.page.run_lab("where_time_goes", prediction, &quick).0);
    }
    board.page.write("name", "Kim");
    let worksheet = board.page.worksheet_file();
    board.page.command("Page.navigate", &json!({ "url": format!("http://{address}/board") }));
    board.page.wait_for("document.getElementById('files')");
    let file = board.file("worksheet.md", worksheet);
    board.choose(&[file]);
    assert_eq!(board.texts("[role=status] p"), ["Students: 1"]);
    board.page.value("document.querySelectorAll('details').forEach((it) => (it.open = true))");
    board.page.click("#names");
    let rows = board.texts("#lab-0 tbody tr");
    assert!(rows[0].starts_with("1 Kim\tFirst try\t1,000\u{a0}×\t"), "{rows:?}");
    assert!(rows[1].starts_with("1 Kim\tSecond try\t6\u{a0}×\t"), "{rows:?}");
    assert_eq!(verdicts[0], "off");
    assert!(rows[0].ends_with("\tnot right"), "{rows:?}");
    assert_eq!(board.texts("#lab-0 li").len(), 2);
}

#[test]
fn the_board_needs_no_mouse() {
    let Some(mut board) = Board::open("keys") else { return };
    let files = board.class();
    board.choose(&files);
    let mut reached = Vec::new();
    for _ in 0..12 {
        board.page.press(&["Tab"]);
        let focus =
            board.page.value("document.activeElement.id || document.activeElement.innerText");
        reached.push(focus.as_str().unwrap().to_owned());
        match reached.last().unwrap().as_str() {
            "names" => board.page.press(&["Space"]),
            "Every prediction" => board.page.press(&["Enter"]),
            _ => {}
        }
    }
    for expected in ["files", "names", "Expiry", "Reasons: 46", "Every prediction"] {
        assert!(reached.iter().any(|it| it == expected), "no {expected} in {reached:?}");
    }
    assert_eq!(board.page.value("document.getElementById('names').checked"), true);
    assert!(board.texts("#lab-0 details[open]").concat().contains("Student 29"));
}

#[test]
fn all_can_use_the_board_in_both_languages() {
    let Some(mut board) = Board::open("axe") else { return };
    board.page.assert_accessible(&[]);
    let mut files = board.class();
    files.push(board.file("notes.md", "# Notes"));
    board.choose(&files);
    board.page.click("#names");
    board.page.assert_accessible(&[]);
    let missing = "import('/lab/language.js').then(({ everyText }) => everyText.flatMap(({ en, ko }) => \
                   [...Object.keys(en), ...Object.keys(ko)].filter((name) => !en[name] !== !ko[name])))";
    assert_eq!(board.page.value(missing), json!([]));
    board.page.click("input[value=ko]");
    let korean = |text: &String| text.chars().any(|it| ('가'..='힣').contains(&it));
    for selector in
        ["h1", "#board section:first-child :is(h2, p, label)", "summary", "thead th", "caption"]
    {
        let texts = board.texts(selector);
        let titles = ["Expiry", "Stampede", "Profile", ""];
        let foreign: Vec<_> =
            texts.iter().filter(|it| !korean(it) && !titles.contains(&it.trim())).collect();
        assert!(foreign.is_empty(), "{selector}: {foreign:?}");
    }
    board.page.assert_accessible(&[]);
    // Whether all people can use it.
    board.page.value("document.querySelector('label[for=files]').remove()");
    if let Some(found) = board.page.accessibility_violations("html") {
        assert!(found.len() == 1 && found[0].starts_with("label at #files: "), "{found:?}");
    }
    // Nothing is wider than a phone.
    assert_eq!(board.page.value("document.documentElement.scrollWidth > innerWidth"), false);
}
