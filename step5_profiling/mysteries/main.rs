//! Servers to diagnose. `README.md` beside this file has the six cases.
//!
//! ```sh
//! cargo run --release -p step5_profiling --example mystery -- 3
//! ```
//!
//! Don't read the other files before you have tried, because each explains its case. This file only starts them.

#[cfg(profiler)]
mod five;
#[cfg(profiler)]
mod four;
#[cfg(profiler)]
mod one;
#[cfg(profiler)]
mod six;
#[cfg(profiler)]
mod start;
#[cfg(profiler)]
mod three;
#[cfg(profiler)]
mod two;

use std::process::ExitCode;

#[cfg(profiler)]
fn main() -> ExitCode {
    start::start()
}

#[cfg(not(profiler))]
fn main() -> ExitCode {
    step1_plain::support::http::run::say_error(
        &"the mysteries need Linux on x86-64 or ARM64: run them in WSL (Windows), in a virtual machine \
          or in a container",
    );
    ExitCode::FAILURE
}
