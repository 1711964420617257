//! The classic mistake: `/slow` computes on the event loop itself.
//!
//! ```sh
//! cargo run -p step1_plain --bin blocked
//! ```
//!
//! This server has the flags, the page and the parameter `n` of step 1, but no time limit and no
//! problem documents. While it computes, no client gets a response, not even from `/healthz`.

use std::{process::ExitCode, sync::atomic::AtomicBool};

use axum::{Json, Router, routing::get};
use clap::Parser;
use step1_plain::{
    primes::{Primes, count_primes},
    process_time::process_time,
    slow::N,
    support::{args::ServerArgs, http::run::run, lab::lab},
};

fn main() -> ExitCode {
    let args = ServerArgs::parse();
    let lab = lab().with("blocked: the event loop computes", &[], &[]);
    let app = Router::new().route("/slow", get(slow)).route("/healthz", get("ok\n"));
    run(&args, &lab, || process_time(app.merge(lab.routes())))
}

async fn slow(N(n): N) -> Json<Option<Primes>> {
    // This is the mistake. The function never awaits, so the event loop is busy until it returns.
    Json(count_primes(n, &AtomicBool::new(false)))
}
