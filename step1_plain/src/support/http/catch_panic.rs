//! Turns the panic of a handler into a 500, so that a bug in one request does not stop the server.

use std::panic::AssertUnwindSafe;

use axum::http::StatusCode;
use futures_util::FutureExt;

use super::problem::Problem;

/// Awaits `future` and returns its output. `AssertUnwindSafe` is justified, because a future that
/// has panicked is never polled again.
///
/// # Errors
/// 500 if `future` panics.
pub async fn catch_panic<T>(future: impl Future<Output = T>) -> Result<T, Problem> {
    AssertUnwindSafe(future).catch_unwind().await.map_err(|_| {
        let detail = "internal error; see the server's log";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    })
}
