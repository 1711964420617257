//! `GET /slow?n=N`: the answer, computed anew for every request.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::Response,
    routing::get,
};
use bytes::Bytes;

use crate::{app::Route, compute::Compute, primes::count_primes, problem::Problem, query::N};

/// How long a request may wait and compute in all before it is answered with 504.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

/// This step's own line on the index page.
pub const ROUTE: Route = Route {
    method: "GET",
    path: "/slow?n=N",
    example: "/slow?n=1000000",
    what: "count the primes up to N, anew each time",
};

/// The slow answer, as steps 2 and up ask for it: a body ready to send, or to keep.
#[derive(Clone, Default)]
pub struct Slow {
    compute: Compute,
}

impl Slow {
    /// The slow answers of this compute thread.
    pub fn on(compute: Compute) -> Self {
        Self { compute }
    }

    /// Computes the JSON body for `n`.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub async fn body(&self, n: N) -> Result<Bytes, Problem> {
        let primes = self.compute.run(move |cancelled| count_primes(n.0, cancelled)).await?;
        Ok(serde_json::to_vec(&primes).expect("three numbers always have a JSON form").into())
    }
}

/// The route of `/slow`.
pub fn routes(slow: Slow) -> Router {
    Router::new().route("/slow", get(answer)).with_state(slow)
}

async fn answer(State(slow): State<Slow>, n: N) -> Result<Response, Problem> {
    let mut response = json(within_time_limit(pin!(slow.body(n))).await?);
    // "Anew each time" is also asked of the browser.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// 200 with this JSON body.
pub fn json(body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    // Room for all the headers that any step adds: growing twice on the way costs more than a hit's
    // whole look-up.
    response.headers_mut().reserve(10);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The answer, or 504 after [`TIME_LIMIT`]; whatever was under way is then dropped.
pub async fn within_time_limit<T>(
    mut answer: Pin<&mut impl Future<Output = Result<T, Problem>>>,
) -> Result<T, Problem> {
    // A cache hit is ready when first asked, and should not pay for setting up a timer.
    if let Poll::Ready(ready) = poll_fn(|cx| Poll::Ready(answer.as_mut().poll(cx))).await {
        return ready;
    }
    tokio::time::timeout(TIME_LIMIT, answer).await.unwrap_or_else(|_| {
        Err(Problem::new(
            StatusCode::GATEWAY_TIMEOUT,
            format!(
                "no answer within {} s; ask for a smaller n, or when fewer are waiting",
                TIME_LIMIT.as_secs()
            ),
        ))
    })
}
