//! # Step 5: see where the time goes
//!
//! Measure first, then optimise. While this step's server serves, it can be asked what it spends its CPU
//! time on: by function, by line, as a picture, for all workers at once, without a restart and without
//! a second program.
//!
//! ```sh
//! cargo run --release -p step5_profiling
//! hey -z 60s -c 10 "http://127.0.0.1:8000/slow"        # give it some work, in another terminal
//! curl "http://127.0.0.1:8000/debug/pprof/top?seconds=5"
//! ```
//!
//! and then, in a browser, <http://127.0.0.1:8000/debug/pprof/>.
//!
//! Read in this order:
//!
//! | file | idea |
//! |---|---|
//! | [`sieve`], [`algorithm`] | the fix for what the profile shows |
//! | `web/` | asking for a profile: `/debug/pprof/…`, for clients on this machine |
//! | `count_calls` | what no sampler sees: how often |
//! | [`program`] | all this, in every worker of step 4 |
//! | `profiler/` | how a profile is taken and shown: a library of its own |
//! | [`support`] | code that the step uses and does not teach |

#[cfg(unix)]
pub mod algorithm;
#[cfg(profiler)]
pub mod count_calls;
#[cfg(profiler)]
pub mod profiler;
#[cfg(unix)]
pub mod program;
#[cfg(unix)]
pub mod sieve;
#[cfg(unix)]
pub mod support;
#[cfg(profiler)]
pub mod web;

/// Runs this step's program.
#[cfg(unix)]
pub fn main() -> std::process::ExitCode {
    step4_workers::run(&program::Step5)
}

/// Runs this step's program.
#[cfg(not(unix))]
pub fn main() -> std::process::ExitCode {
    step4_workers::not_here("step5_profiling")
}
