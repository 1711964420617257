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
//! curl "http://127.0.0.1:8000/metrics"               # and for Prometheus
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
//! [`run`] decides whether this process is the master or a worker. The step does not teach `support/`.

#![cfg(unix)]

pub mod cache;
pub mod master;
pub mod program;
pub mod scoreboard;
pub mod support;
pub mod worker;

use std::{env, io, process::ExitCode};

use program::{Context, Program};
use scoreboard::{Scoreboard, slot::OwnSlot};
use step1_plain::{
    primes::count_primes,
    process_time::process_time,
    slow::Slow,
    support::{
        http::{
            log::Log,
            run::{event_loop, say_error},
            serve::App,
        },
        lab::Lab,
    },
};
use support::{
    config::{Config, Loaded},
    inheritance::Inheritance,
    lab::lab,
    listener::Listener,
    settings::Settings,
};
use worker::app::routes;

/// This step's own program.
pub struct Step4;

impl Program for Step4 {
    type Settings = Settings;

    fn lab(&self, _: &Config) -> Lab {
        lab()
    }

    fn app(&self, context: &Context<'_>) -> io::Result<impl App> {
        let slow = Slow::new(count_primes, context.config.settings.request_timeout);
        Ok(process_time(routes(context, slow).merge(self.lab(context.config).routes())))
    }
}

/// Runs a program: the master or, in a process that the master started, a worker.
pub fn run<P: Program>(program: &P) -> ExitCode {
    let slot = |memory: &_, index| Ok(OwnSlot::new(Scoreboard::open(memory)?, index));
    if let Some(inheritance) = Inheritance::claim(slot) {
        return worker::run(program, inheritance);
    }
    // This comes before opening anything else, because these descriptors have fixed numbers.
    let given = Listener::from_starter();
    let config = match Loaded::read::<P::Settings>(env::args_os()).map(Loaded::to_run) {
        Ok(Some(config)) => config,
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => return fail(2, &error), // As clap does.
    };
    let runtime = event_loop().map_err(|error| format!("cannot start the event loop: {error}"));
    let ended = runtime.and_then(|runtime| runtime.block_on(master::run(program, config, given?)));
    Log::to_stderr().flush();
    ended.map_or_else(|error| fail(1, &error), ExitCode::from)
}

fn fail(code: u8, error: &str) -> ExitCode {
    say_error(&error);
    code.into()
}
