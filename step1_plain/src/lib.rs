//! # Step 1: a plain server
//!
//! Every request computes its response.
//!
//! ```sh
//! cargo run -p step1_plain
//! curl -i "http://127.0.0.1:8000/slow?n=1000000"
//! ```
//!
//! Read in this order:
//!
//! | file | idea |
//! |---|---|
//! | [`primes`] | the heavy function, with a hot spot worth finding |
//! | [`mod@slow`] | `GET /slow?n=N`: parameter, handler, time limit |
//! | [`compute`] | one thread for heavy work, behind a bounded queue |
//! | [`mod@process_time`] | the middleware that tells every client how long its request took |
//! | `main.rs` | from the command line to the running server |
//!
//! `bin/blocked.rs` is the same server with a classic mistake in it. [`support`] is code that this
//! step uses but does not teach.

pub mod compute;
pub mod primes;
pub mod process_time;
pub mod slow;
pub mod support;

use axum::{Router, http::header::CACHE_CONTROL, routing::get};
use slow::{Slow, slow};
use support::{
    http::fallback::{method_not_allowed, not_found},
    lab::lab,
};

/// Step 1's application: the routes below and the lab page.
pub fn app() -> Router {
    routes(Slow::default()).merge(lab().routes())
}

/// `/slow` and `/healthz`, and a problem document for every unknown path or method.
pub fn routes(state: Slow) -> Router {
    Router::new()
        .route("/slow", get(slow))
        .with_state(state)
        .route("/healthz", get(async || ([(CACHE_CONTROL, "no-store")], "ok\n")))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
}
