//! `cargo run -p step5_profiling`

use std::process::ExitCode;

use clap::Parser;
use step1_plain::{log::log, run::run};
use step5_profiling::{Args, WILL_TEACH, app};

/// Step 5: see where the time goes (to come; until then it serves what step 3 serves)
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
