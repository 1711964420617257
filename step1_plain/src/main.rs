//! `cargo run -p step1_plain`

use std::process::ExitCode;

use clap::Parser;
use step1_plain::{app, args::ServerArgs, run::run};

/// Step 1: a plain server, every request computes its answer anew
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    server: ServerArgs,
}

fn main() -> ExitCode {
    let args = Args::parse();
    run(&args.server, &app)
}
