//! The whole lab page, in a real browser.

#![cfg(profiler)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::process::Command;

use step1_plain::support::testing::{Program, browser::Page};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step5_profiling");

#[test]
fn every_lab_runs_to_its_verdict_and_the_browser_has_nothing_to_complain_of() {
    let program = Program::start(PROGRAM, &["--ttl", "1s", "--workers", "2"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let labs = page.assert_whole(program.address);
    assert_eq!((labs.len(), &*labs[9]), (10, "profile"));
    page.assert_accessible(&labs);
}

#[test]
fn the_hottest_function_is_found_and_shown() {
    let program = Program::start(PROGRAM, &["--workers", "2"]);
    let Some(mut page) = Page::open(program.address) else { return };
    let (grade, verdict) = page.run_lab("profile", "epoll_wait", &[("seconds", "1")]);
    assert!(grade == "off" && verdict.starts_with("Not right. "), "{verdict}");
    page.wait_for(
        "document.querySelector('iframe').contentDocument?.documentElement.textContent\
         .includes('is_prime')",
    );
    let (grade, verdict) = page.run_lab("profile", "is_prime", &[("seconds", "1")]);
    assert!(grade == "right" && verdict.contains("primes::is_prime (folded % "), "{verdict}");
    let (grade, verdict) = page.run_lab("profile", "is_multiple_of", &[("seconds", "1")]);
    let is_told = verdict.contains("inlined is_multiple_of into is_prime");
    assert!(grade == "close" && is_told, "{verdict}");
    let table = page.text("#profile table");
    assert!(table.contains("<u32>::is_multiple_of (inlined)"), "{table}");
    assert!(table.contains("step1_plain::primes::count_primes"), "{table}");
    assert!(page.worksheet().contains(&verdict));
}

#[test]
fn without_the_profiler_there_is_no_profile_lab() {
    let program = Program::start(PROGRAM, &["--no-profiler"]);
    let Some(mut page) = Page::open(program.address) else { return };
    assert_eq!(page.value("document.getElementById('profile')"), serde_json::json!(null));
    assert_eq!(page.complaints(program.address), [""; 0]);
}

#[test]
fn the_page_makes_way_for_that_of_another_program() {
    let program = Program::start(PROGRAM, &["--workers", "1"]);
    let Some(mut page) = Page::open(program.address) else { return };
    page.wait_for("document.getElementById('profile')");
    // The page has been fetched once more, to recognize it later.
    page.wait_for("document.getElementById('stats')");
    let _program = page.restart(program, Command::new(PROGRAM).arg("--no-profiler"));
    page.wait_for("document.querySelector('.lab') && !document.getElementById('profile')");
}

#[test]
fn the_page_is_small() {
    // The board is another page, with these additional files.
    let of_board = ["board.html", "board.css", "board.js", "tries.js", "worksheets.js"];
    let (mut lab, mut board) = (0, 0);
    for step in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap() {
        let Ok(files) = step.unwrap().path().join("lab").read_dir() else { continue };
        for file in files.map(Result::unwrap) {
            let is_boards = of_board.iter().any(|name| file.file_name() == *name);
            *if is_boards { &mut board } else { &mut lab } += file.metadata().unwrap().len();
        }
    }
    let all = format!("{lab} and {board} bytes: each page should appear at once, uncompressed");
    assert!((1..156_000).contains(&lab) && (1..18_000).contains(&board), "{all}");
}
