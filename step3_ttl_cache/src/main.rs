//! `cargo run -p step3_ttl_cache`

use std::process::ExitCode;

use clap::Parser;
use step1_plain::{process_time::process_time, support::http::run::run};
use step3_ttl_cache::{
    app,
    support::{args::TtlArgs, lab::lab},
};

fn main() -> ExitCode {
    let TtlArgs { cache, ttl } = TtlArgs::parse();
    run(&cache.server, &lab(), || process_time(app(cache.capacity, ttl)))
}
