//! A handler that panics is a 500: the bug of one request does not end the server.

use std::panic::AssertUnwindSafe;

use axum::http::StatusCode;
use futures_util::FutureExt;

use super::problem::Problem;

/// The output of `future`. (Unwind safe, because a future that has panicked is not polled again.)
///
/// # Errors
/// 500 if it panics.
pub async fn catch_panic<T>(future: impl Future<Output = T>) -> Result<T, Problem> {
    AssertUnwindSafe(future).catch_unwind().await.map_err(|_| {
        let detail = "internal error; see the server's standard error";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    })
}
