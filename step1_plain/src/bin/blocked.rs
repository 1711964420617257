//! The classic mistake, to see what it does: `/slow` computes on the event loop itself.
//!
//! ```sh
//! cargo run -p step1_plain --bin blocked
//! ```
//!
//! It is step 1 in all but that: while it computes, nobody is answered, not even `/healthz`.

use std::{process::ExitCode, sync::atomic::AtomicBool};

use axum::{Router, response::Response, routing::get};
use clap::Parser;
use step1_plain::{
    app::{App, Routes, uncached},
    args::ServerArgs,
    primes::count_primes,
    query::N,
    run::run,
    slow::{ROUTE, json},
};

/// Step 1 with a mistake: it computes on the event loop
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    server: ServerArgs,
}

fn main() -> ExitCode {
    let args = Args::parse();
    run(&args.server, &|| {
        let router = Router::new().route("/slow", get(slow));
        let routes = Routes { lines: vec![ROUTE], router, ..Routes::default() };
        App::new("blocked: the event loop computes", routes)
    })
}

async fn slow(n: N) -> Response {
    // Here it goes wrong: nothing in this function waits, so the loop has to stay until it is done.
    let primes = count_primes(n.0, &AtomicBool::new(false));
    let body = serde_json::to_vec(&primes).expect("three numbers always have a JSON form");
    uncached(json(body.into()))
}
