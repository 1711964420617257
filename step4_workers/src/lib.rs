//! # Step 4: many workers under one master
//!
//! One event loop uses one core. What Gunicorn does in Python this step does in Rust: a master that
//! keeps several workers alive, each a process with an event loop and a memory of its own. The
//! answers stay step 3's.
//!
//! ```sh
//! cargo run -p step4_workers -- --workers 2
//! curl -i "http://127.0.0.1:8000/cached?n=1000000"   # look at x-worker, and ask several times
//! curl "http://127.0.0.1:8000/stats"                 # the same totals, whoever answers
//! ```
//!
//! To read, in this order (`main.rs` is one line, and [`program`] decides whether this process is the
//! master or a worker):
//!
//! | file | idea |
//! |---|---|
//! | [`scoreboard`], [`slot`], [`seat`] | what all processes know of each worker |
//! | [`shared_memory`] | and where it is kept |
//! | [`cores`] | how many workers |
//! | [`process`], [`inheritance`], [`inherit`] | a worker is the program itself, started anew, and what it is given |
//! | [`pool`], [`backoff`], [`watch`] | which workers there are, which there should be, and how to get there |
//! | [`master`], [`signals`], [`control`] | the master hears signals, and workers that wake it |
//!
//! The life of a worker:
//!
//! | file | idea |
//! |---|---|
//! | [`worker`] | from its start to its last answer |
//! | [`listener`], [`bind`] | one socket for all |
//! | [`fair`] | but not one worker for all connections |
//! | [`mod@app`] | step 3's application, with a name on every answer |
//! | [`private_cache`], [`mod@stats`] | each has a cache of its own, and all show the same totals |
//!
//! The cure for private memory, `--cache redis://127.0.0.1:6379`:
//!
//! | file | idea |
//! |---|---|
//! | [`redis_cache`], [`redis_value`] | one cache for all workers |
//! | [`redis_lease`] | computed once, whichever worker asks |
//! | [`redis_link`], [`redis_name`] | and never in the way when it fails |
//!
//! And what Gunicorn's users expect:
//!
//! | file | idea |
//! |---|---|
//! | [`settings`], [`parse`], [`cache_place`] | what can be set, and to what |
//! | [`config`], [`command_line`], [`config_file`] | and where it comes from |
//! | [`pid_file`], [`log_file`] | for those who administer it |
//! | [`page`] | labs for the browser |
//! | [`edition`] | and what a step above may add |

#[cfg(unix)]
pub mod app;
#[cfg(unix)]
pub mod backoff;
#[cfg(unix)]
pub mod bind;
#[cfg(unix)]
pub mod cache_place;
#[cfg(unix)]
pub mod command_line;
#[cfg(unix)]
pub mod config;
#[cfg(unix)]
pub mod config_file;
#[cfg(unix)]
pub mod control;
#[cfg(unix)]
pub mod cores;
#[cfg(unix)]
pub mod edition;
#[cfg(unix)]
pub mod fair;
#[cfg(unix)]
pub mod inherit;
#[cfg(unix)]
pub mod inheritance;
#[cfg(unix)]
pub mod listener;
#[cfg(unix)]
pub mod log_file;
#[cfg(unix)]
pub mod master;
#[cfg(unix)]
pub mod page;
#[cfg(unix)]
pub mod parse;
#[cfg(unix)]
pub mod pid_file;
#[cfg(unix)]
pub mod pool;
#[cfg(unix)]
pub mod private_cache;
#[cfg(unix)]
pub mod process;
#[cfg(unix)]
pub mod program;
#[cfg(unix)]
pub mod redis_cache;
#[cfg(unix)]
pub mod redis_lease;
#[cfg(unix)]
pub mod redis_link;
#[cfg(unix)]
pub mod redis_name;
#[cfg(unix)]
pub mod redis_value;
#[cfg(unix)]
pub mod scoreboard;
#[cfg(unix)]
pub mod seat;
#[cfg(unix)]
pub mod settings;
#[cfg(unix)]
pub mod shared_memory;
#[cfg(unix)]
pub mod signals;
#[cfg(unix)]
pub mod slot;
#[cfg(unix)]
pub mod stats;
#[cfg(unix)]
pub mod watch;
#[cfg(unix)]
pub mod worker;

#[cfg(unix)]
pub use program::run;

/// Runs this step's program.
#[cfg(unix)]
pub fn main() -> std::process::ExitCode {
    run(&edition::STEP4)
}

/// Runs this step's program.
#[cfg(not(unix))]
pub fn main() -> std::process::ExitCode {
    not_here("step4_workers")
}

/// Says what to do where there are neither signals nor shared descriptors.
#[cfg(not(unix))]
pub fn not_here(name: &str) -> std::process::ExitCode {
    step1_plain::log::log(format_args!(
        "{name} needs Unix: run it in WSL (https://learn.microsoft.com/windows/wsl), or stay with \
         step3_ttl_cache here"
    ));
    step1_plain::log::Log::to_stderr().flush();
    std::process::ExitCode::FAILURE
}
