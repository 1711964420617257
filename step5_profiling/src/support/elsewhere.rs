//! Where the profiler can't run, its routes say what to use instead.

use axum::{Router, http::StatusCode, routing::any};
use step1_plain::support::http::problem::Problem;

/// The routes.
pub fn routes() -> Router {
    let not_here = async || {
        let detail = "the built-in profiler needs Linux on x86-64 or ARM64; here, use samply: \
                      cargo install samply, then samply record -p PID";
        Problem::new(StatusCode::NOT_IMPLEMENTED, detail)
    };
    Router::new()
        .route("/debug/pprof/", any(not_here))
        .route("/debug/pprof/{*profile}", any(not_here))
}
