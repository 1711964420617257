//! Where there is no profiler: the step runs, and says which one to use instead.

use std::io;

use axum::{Router, http::StatusCode, routing::any};
use step1_plain::{app::Route, problem::Problem, slow::Slow};
use step4_workers::edition::{Addition, Workplace};

use crate::algorithm::Algorithm;

/// No routes that the master could name.
pub const LINES: &[Route] = &[];

/// No shared memory.
pub const MEMORY: usize = 0;

/// Routes that say what to do.
///
/// # Errors
/// None.
pub fn addition(_: Workplace<'_>, algorithm: Algorithm) -> io::Result<Addition> {
    let not_here = async || {
        let detail = "the built-in profiler needs Linux on x86-64 or ARM64; here, use samply: \
                      cargo install samply, then samply record -p PID";
        Problem::new(StatusCode::NOT_IMPLEMENTED, detail)
    };
    let router = Router::new()
        .route("/debug/pprof/", any(not_here))
        .route("/debug/pprof/{*profile}", any(not_here));
    let slow = Slow::counting_by(algorithm.function());
    Ok(Addition { routes: router.into(), slow, finish: None })
}
