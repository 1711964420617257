//! # Step 4: many workers under one master
//!
//! One event loop uses one core. Like Gunicorn in Python, this step runs a master that keeps several
//! workers alive. Each worker is a process with its own event loop and its own memory. The responses
//! are the same as in step 3.
//!
//! ```sh
//! cargo run -p step4_workers -- --workers 2
//! curl -i "http://127.0.0.1:8000/cached?n=1000000"   # run it several times, and look at x-worker
//! curl "http://127.0.0.1:8000/stats"                 # the same totals, whichever worker responds
//! ```
//!
//! Read in this order:
//!
//! | folder | idea |
//! |---|---|
//! | `scoreboard/` | the state and figures of each worker, in memory that all processes share |
//! | `master/` | compares the workers that exist with the workers wanted, and closes the gap |
//! | `worker/` | one worker, from its start to its last response |
//! | `cache/` | a cache for each worker, or one in Redis for all |
//!
//! [`program`] decides whether this process is the master or a worker. `support/` is code that the step
//! uses and does not teach.

#![cfg(unix)]

pub mod cache;
pub mod master;
pub mod program;
pub mod scoreboard;
pub mod support;
pub mod worker;

/// Runs this step's program.
pub fn main() -> std::process::ExitCode {
    program::run(&program::Step4)
}
