//! The real program starts, says what it will teach, and serves what step 3 serves.

use step1_plain::testing::Program;

#[test]
fn until_it_has_its_own_lesson_it_serves_step_3() {
    let program = Program::start(env!("CARGO_BIN_EXE_step5_profiling"), &["--ttl", "1m"]);
    assert_eq!(program.get("/cached?n=10").header("cache-control"), Some("max-age=60"));
    #[cfg(unix)]
    {
        program.signal("TERM");
        let stopped = program.wait();
        assert!(stopped.stderr.contains("step5_profiling will teach"), "{}", stopped.stderr);
    }
}
