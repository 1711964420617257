//! # Step 5: see where the time goes
//!
//! Measure first, then optimise. While this step's server works, it can show you where its CPU time
//! goes, by function, by line or as a picture. It does so for all workers at once, without a
//! restart and without another program.
//!
//! ```sh
//! cargo run --release -p step5_profiling
//! hey -z 60s -c 10 "http://127.0.0.1:8000/slow"        # gives it work, in another terminal
//! curl "http://127.0.0.1:8000/debug/pprof/top?seconds=5"
//! ```
//!
//! Then open <http://127.0.0.1:8000/debug/pprof/> in a browser.
//!
//! Read in this order:
//!
//! | file | idea |
//! |---|---|
//! | `examples/pprof_guard.rs` | the simple way, in which one process profiles itself |
//! | [`sieve`], [`algorithm`] | the fix for the hot spot in the profile |
//! | `web/` | `/debug/pprof/…`, the routes that take profiles, for clients on this machine |
//! | [`program`] | step 4's program with all of this in every worker |
//! | `profiler/` | takes and shows profiles, as a library of its own |
//! | [`support`] | code that this step uses but does not teach |

// The profiler needs signals and shared memory, and so do step 4's workers.
#![cfg(unix)]

pub mod algorithm;
#[cfg(profiler)]
pub mod profiler;
pub mod program;
pub mod sieve;
pub mod support;
#[cfg(profiler)]
pub mod web;
#[cfg(not(profiler))]
#[path = "elsewhere.rs"]
pub mod web;

use std::{process::ExitCode, sync::Arc};

use signal_hook::{consts::SIGPROF, flag};
use step4_workers::program::Program;

/// Runs a program whose workers can be profiled.
pub fn run(program: &impl Program) -> ExitCode {
    // A process without a handler for SIGPROF is killed when it gets one, and the master may get
    // one by mistake. In a worker, the sampler's handler replaces this one.
    flag::register(SIGPROF, Arc::default()).expect("a process may handle SIGPROF");
    step4_workers::run(program)
}
