//! # Step 4: many workers under one master
//!
//! One event loop uses one core. This step does in Rust what Gunicorn does in Python: a master keeps
//! several workers alive, each of them a process with its own event loop and its own memory. The
//! responses are step 3's.
//!
//! ```sh
//! cargo run -p step4_workers -- --workers 2
//! curl -i "http://127.0.0.1:8000/cached?n=1000000"   # look at x-worker, and ask several times
//! curl "http://127.0.0.1:8000/stats"                 # the same totals, whichever worker responds
//! ```
//!
//! Read in this order:
//!
//! | folder | idea |
//! |---|---|
//! | `scoreboard/` | what all processes know of each worker, in memory that they share |
//! | `master/` | which workers there are, which there should be, and how to get there |
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
