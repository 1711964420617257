//! A load generator that tells the truth. An open loop shows the waits that a closed loop hides.
//!
//! ```sh
//! cargo run --release -p step1_plain                             # a server, in another terminal
//! cargo run --release -p step1_plain --example load -- --clients 10 --rate 200 --for 10s \
//!     "http://127.0.0.1:8000/slow?n=10000"
//! ```
//!
//! Read in this order:
//!
//! | file | idea |
//! |---|---|
//! | `loops` | the closed loop, the open loop, and the moment from which a latency counts |
//! | `record` | a histogram of all latencies |
//! | `schedule` | when requests are due, either steadily or at random |
//!
//! The other files are not part of the lesson. `client` is a connection on hyper, `args` is the
//! command line, and `start` returns the exit code. `progress`, `table`, `plot` and `cores` are the
//! output.

mod args;
mod client;
mod cores;
mod loops;
mod plot;
mod progress;
mod record;
mod schedule;
mod start;
mod table;
#[cfg(test)]
mod tests;

use std::{process::ExitCode, sync::Arc};

use clap::Parser;
use step1_plain::support::http::run::{event_loop, say};

use crate::{
    args::Args,
    loops::{Load, closed_loop, open_loop},
    progress::record_all,
    schedule::{poisson, steady},
    start::start,
    table::{remarks, table},
};

fn main() -> ExitCode {
    let args = Args::parse();
    start(|| run(args))
}

fn run(args: Args) -> Result<(), String> {
    let (clients, rate) = args.loops();
    let Args { url, length, timeout, poisson: random, seed, max_connections, plot, .. } = args;
    let target = Arc::new(url.listening()?);
    if let Some(path) = &plot {
        // If the file can't be written, we want to know before the run.
        std::fs::write(path, "").map_err(|error| {
            format!("cannot write {}: {error}; choose another file", path.display())
        })?;
    }
    let load = Load { target: target.clone(), length, timeout: timeout.unwrap_or(length) };

    let mut loops = Vec::new();
    event_loop().map_err(|error| error.to_string())?.block_on(async {
        if let Some(clients) = clients {
            let outcomes = closed_loop(&load, clients);
            let record = record_all("closed loop", length, outcomes, |_| ()).await;
            loops.push((format!("closed, {clients} clients"), record));
        }
        if let Some(rate) = rate {
            let (title, outcomes) = if random {
                let outcomes = open_loop(&load, poisson(rate, seed), max_connections);
                (format!("open, {rate}/s, seed {seed}"), outcomes)
            } else {
                (format!("open, {rate}/s"), open_loop(&load, steady(rate), max_connections))
            };
            loops.push((title, record_all("open loop", length, outcomes, |_| ()).await));
        }
    });

    say(&table(&loops));
    say(&remarks(&loops));
    if let Some(sentence) = cores::shared(target.addresses[0]) {
        say(&format!("{sentence}\n"));
    }
    if let Some(path) = plot {
        plot::draw(&loops, &path)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        say(&format!("drawn: {}\n", path.display()));
    }
    match loops.iter().all(|(_, record)| record.latency.is_empty()) {
        true => Err("no request had a response below 400".to_owned()),
        false => Ok(()),
    }
}
