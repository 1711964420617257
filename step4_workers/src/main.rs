//! `cargo run -p step4_workers`

use std::process::ExitCode;

use clap::Parser;
use step1_plain::{log::log, run::run};
use step4_workers::{Args, WILL_TEACH, app};

/// Step 4: many workers under one master (to come; until then it serves what step 3 serves)
#[derive(Parser)]
#[command(version)]
struct CommandLine {
    #[command(flatten)]
    args: Args,
}

fn main() -> ExitCode {
    let Args { cache, ttl } = CommandLine::parse().args;
    log(format_args!("{WILL_TEACH}"));
    run(&cache.server, &|| app(cache.capacity, ttl))
}
