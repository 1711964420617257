//! `cargo run -p step3_ttl_cache`

use std::process::ExitCode;

use clap::Parser;
use step1_plain::{process_time::process_time, support::http::run::run};
use step3_ttl_cache::{
    app,
    stale::Lifetime,
    support::{args::TtlArgs, lab::lab},
};

fn main() -> ExitCode {
    let TtlArgs { cache, ttl, stale_while_revalidate, stale_if_error } = TtlArgs::parse();
    let lifetime = Lifetime { ttl, stale_while_revalidate, stale_if_error };
    run(&cache.server, &lab(), || process_time(app(cache.capacity, lifetime)))
}
