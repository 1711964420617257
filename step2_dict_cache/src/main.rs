//! `cargo run -p step2_dict_cache`

use std::process::ExitCode;

use clap::Parser;
use step1_plain::run::run;
use step2_dict_cache::{app, args::CacheArgs};

/// Step 2: a dict cache, answers are remembered
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    cache: CacheArgs,
}

fn main() -> ExitCode {
    let Args { cache } = Args::parse();
    run(&cache.server, &|| app(cache.capacity))
}
