//! The real program starts, and serves what step 4 serves.

#![cfg(unix)]

use step1_plain::testing::Program;

#[test]
fn until_it_has_its_own_lesson_it_serves_step_4() {
    let program = Program::start(env!("CARGO_BIN_EXE_step5_profiling"), &["--workers", "2"]);
    let answer = program.get("/cached?n=10");
    assert_eq!(answer.json()["primes"], 4);
    assert!(answer.header("x-worker").is_some(), "{answer:?}");
    program.signal("TERM");
    assert_eq!(program.wait().status.code(), Some(0));
}
