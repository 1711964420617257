//! `cargo run -p step4_workers`

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    step4_workers::run(&step4_workers::Step4)
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    step1_plain::support::http::run::needs_unix("step4_workers")
}
