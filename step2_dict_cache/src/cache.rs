//! The seam: what `/cached`, `/stats` and `DELETE /cache` ask of a cache.
//!
//! This step's cache is a dict, step 3's forgets in time, step 4's may be another machine's
//! memory. The routes are the same for all of them, so they are written once, against this trait.

use axum::{http::HeaderMap, response::Response};
use bytes::Bytes;
use serde::Serialize;
use step1_plain::{problem::Problem, query::N};

/// A cache of answers.
pub trait Cache: Send + Sync + 'static {
    /// What it gives for `n`: the body, and what it knows about it.
    type Answer: Answer;

    /// The answer for `n`: the one that is kept, or else what `compute` gives, which is then kept.
    ///
    /// `compute` does nothing until it is awaited, and on a hit it never is.
    ///
    /// # Errors
    /// What `compute` failed with. A failure is not kept: the next request computes again.
    fn get_or_compute(
        &self,
        n: N,
        compute: impl Future<Output = Result<Bytes, Problem>> + Send,
    ) -> impl Future<Output = Result<Self::Answer, Problem>> + Send;

    /// Forgets every answer, those too that are being computed at this moment.
    fn clear(&self) -> impl Future<Output = Result<(), Problem>> + Send;

    /// The JSON object of `/stats`.
    fn stats(&self) -> impl Future<Output = impl Serialize + Send> + Send;
}

/// An answer on its way out.
pub trait Answer {
    /// The response to a request with these headers.
    fn into_response(self, request: &HeaderMap) -> Response;
}
