//! `cargo run -p step3_ttl_cache`

use std::process::ExitCode;

use clap::Parser;
use step1_plain::run::run;
use step3_ttl_cache::{app, args::TtlArgs};

/// Step 3: a TTL cache, answers are forgotten in time
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    ttl: TtlArgs,
}

fn main() -> ExitCode {
    let Args { ttl: TtlArgs { cache, ttl } } = Args::parse();
    run(&cache.server, &|| app(cache.capacity, ttl))
}
