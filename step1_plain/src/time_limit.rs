//! The time limit: no request waits and computes for ever.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use axum::http::StatusCode;

use crate::problem::Problem;

/// How long a request may wait and compute in all before it is answered with 504; a minute, unless
/// somebody says otherwise.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit(pub Duration);

impl Default for TimeLimit {
    fn default() -> Self {
        Self(Duration::from_secs(60))
    }
}

impl TimeLimit {
    /// The answer, or 504 when the time is over; whatever was under way is then dropped.
    pub async fn bound<T>(
        self,
        mut answer: Pin<&mut impl Future<Output = Result<T, Problem>>>,
    ) -> Result<T, Problem> {
        // A cache hit is ready when first asked, and should not pay for setting up a timer.
        if let Poll::Ready(ready) = poll_fn(|cx| Poll::Ready(answer.as_mut().poll(cx))).await {
            return ready;
        }
        tokio::time::timeout(self.0, answer).await.unwrap_or_else(|_| {
            Err(Problem::new(
                StatusCode::GATEWAY_TIMEOUT,
                format!("no answer within {:?}; ask for a smaller n, or when fewer wait", self.0),
            ))
        })
    }
}
