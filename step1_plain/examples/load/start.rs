//! The start and the end of both programs.

use std::process::ExitCode;

use step1_plain::support::http::run::say_error;

/// Does `work`. Prints its error as a sentence, and returns the exit code.
pub fn start(work: impl FnOnce() -> Result<(), String>) -> ExitCode {
    // Every connection needs a file descriptor.
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            say_error(&sentence);
            ExitCode::FAILURE
        }
    }
}
