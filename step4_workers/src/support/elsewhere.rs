//! What to do where there are neither signals nor inherited file descriptors.

use std::process::ExitCode;

use step1_plain::support::http::run::say_error;

/// This step's program: it says what to do instead.
pub fn main() -> ExitCode {
    not_here("step4_workers")
}

/// Says what to do instead of running the program of this name.
pub fn not_here(name: &str) -> ExitCode {
    say_error(&format_args!(
        "{name} needs Unix: run it in WSL (https://learn.microsoft.com/windows/wsl), or stay with \
         step3_ttl_cache here"
    ));
    ExitCode::FAILURE
}
