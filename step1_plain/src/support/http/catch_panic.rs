//! A handler that panics is a 500: the bug of one request does not end the server.

use std::{convert::Infallible, panic::AssertUnwindSafe};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;

use super::problem::Problem;

/// The response, or a problem with status 500 if it panics. (Unwind safe, because a future that has
/// panicked is not polled again.)
pub async fn catch_panic(response: impl Future<Output = Result<Response, Infallible>>) -> Response {
    match AssertUnwindSafe(response).catch_unwind().await {
        Ok(Ok(response)) => response,
        Err(_) => {
            let detail = "internal error; see the server's standard error";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
        }
    }
}
