//! The cache interface for handlers, and the response that a cache returns.

use std::sync::Arc;

use axum::{
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Serialize;
use step1_plain::{
    slow::N,
    support::http::{computation::Begin, problem::Problem, timing::Timed},
};

use crate::support::cache_status::{CACHE_STATUS, CacheStatus, Verdict};

/// A cache of responses by `n`.
pub trait Cache: Send + Sync + 'static {
    /// The response, with this cache's headers.
    type Response: IntoResponse;

    /// A hit returns the stored response without waiting for `begin`. A miss awaits `begin`, which
    /// waits in the queue and returns the computation. It then awaits the computation and stores
    /// its body. Errors are not stored.
    fn get_or_compute(
        self: &Arc<Self>,
        n: N,
        begin: impl Begin,
    ) -> impl Future<Output = Result<Self::Response, Problem>> + Send;

    /// Removes every response. A response that is being computed is still sent, but not stored.
    /// This fails only if the cache is another program.
    fn clear(&self) -> impl Future<Output = Result<(), Problem>> + Send;

    /// The JSON object of `/stats`.
    fn stats(&self) -> impl Future<Output = impl Serialize + Send> + Send;
}

/// A JSON body and the cache's verdict.
#[derive(Clone, Debug)]
pub struct CachedResponse {
    /// The body, with the time that a miss took. Cloning [`Bytes`] copies no data, so a hit costs
    /// only one more reference.
    pub body: Timed<Bytes>,
    /// Whether it was a hit.
    pub verdict: Verdict,
}

impl IntoResponse for CachedResponse {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (CACHE_STATUS, CacheStatus { cache: "dict", verdict: self.verdict }.into()),
        ];
        (headers, self.body).into_response()
    }
}
