//! `cargo run -p step2_dict_cache`

use std::process::ExitCode;

use clap::Parser;
use step1_plain::{process_time::process_time, support::http::run::run};
use step2_dict_cache::{
    app,
    support::{args::CacheArgs, lab::lab},
};

fn main() -> ExitCode {
    let args = CacheArgs::parse();
    run(&args.server, &lab(), || process_time(app(args.capacity)))
}
