//! `web` on systems where the profiler can't run. Its routes suggest another profiler.

use std::io;

use axum::{Router, http::StatusCode, routing::any};
use step1_plain::{
    process_time::process_time,
    slow::Slow,
    support::{
        http::{problem::Problem, serve::App},
        lab::PageFile,
    },
};
use step4_workers::program::Context;

use crate::algorithm::Algorithm;

/// No requests to try here.
pub const REQUESTS: [&str; 0] = [];

/// The page has no lab here.
pub const LAB: &[PageFile] = &[];

/// The workers share no memory here.
pub const MEMORY: usize = 0;

/// The application of a worker, with these routes. The profiler's own routes suggest another
/// profiler.
pub fn app(
    context: &Context<'_>,
    algorithm: Algorithm,
    routes: impl FnOnce(Slow) -> Router,
    wants_profiler: bool,
) -> io::Result<impl App> {
    let slow = Slow::new(algorithm.function(), context.config.settings.request_timeout);
    let router = routes(slow);
    Ok(process_time(if wants_profiler { router.merge(advice()) } else { router }))
}

fn advice() -> Router {
    let not_here = async || {
        let detail = "the built-in profiler needs Linux on x86-64 or ARM64; here, use samply: \
                      cargo install samply, then samply record -p PID";
        Problem::new(StatusCode::NOT_IMPLEMENTED, detail)
    };
    Router::new()
        .route("/debug/pprof/", any(not_here))
        .route("/debug/pprof/{*profile}", any(not_here))
}
