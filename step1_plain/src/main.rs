//! `cargo run -p step1_plain`

use std::process::ExitCode;

use clap::Parser;
use step1_plain::{
    app,
    process_time::process_time,
    support::{args::ServerArgs, http::run::run, lab::lab},
};

fn main() -> ExitCode {
    let args = ServerArgs::parse();
    run(&args, &lab(), || process_time(app()))
}
