//! `cargo run -p step5_profiling`

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    step5_profiling::run(&step5_profiling::program::Step5)
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    step1_plain::support::http::run::needs_unix("step5_profiling")
}
