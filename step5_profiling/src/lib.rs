//! # Step 5: see where the time goes
//!
//! Measure first, then optimise. This step's server can be asked, while it serves, what it spends its
//! CPU time on: by function, by line, as a picture; all workers at once, without a restart and without
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
//! To read, in this order:
//!
//! | file | idea |
//! |---|---|
//! | `sampling/` | taking a profile: a timer, a signal, the chain of frame pointers |
//! | `views/` | showing it: functions, lines, flamegraphs, files for other tools |
//! | `web/` | asking for it: `/debug/pprof/…`, for those at this machine |
//! | `page` | and from the lab page |
//! | [`sieve`], [`algorithm`] | the fix for what the profile shows |
//! | [`edition`], `profiler` | all this, in every worker of step 4 |
//! | `elsewhere` | what to use where this cannot run |

#[cfg(unix)]
pub mod algorithm;
#[cfg(unix)]
pub mod edition;
#[cfg(all(unix, not(profiler)))]
pub mod elsewhere;
#[cfg(profiler)]
pub mod page;
#[cfg(profiler)]
pub mod profiler;
#[cfg(profiler)]
pub mod sampling;
#[cfg(unix)]
pub mod sieve;
#[cfg(profiler)]
pub mod views;
#[cfg(profiler)]
pub mod web;

/// Runs this step's program.
#[cfg(unix)]
pub fn main() -> std::process::ExitCode {
    step4_workers::run(&edition::STEP5)
}

/// Runs this step's program.
#[cfg(not(unix))]
pub fn main() -> std::process::ExitCode {
    step4_workers::not_here("step5_profiling")
}
