//! `GET /slow?n=N`: the answer, computed anew for every request.

use std::{
    pin::pin,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderValue, header::CONTENT_TYPE},
    response::Response,
    routing::get,
};
use bytes::Bytes;

use crate::{
    app::{Route, Routes, uncached},
    compute::Compute,
    primes::{Primes, count_primes},
    problem::Problem,
    query::N,
    time_limit::TimeLimit,
};

/// This step's own line on the page.
pub const ROUTE: Route = Route { method: "GET", path: "/slow?n=N", example: "/slow?n=1000000" };

/// The slow answer, as steps 2 and up ask for it: a body ready to send, or to keep.
#[derive(Clone)]
pub struct Slow {
    compute: Compute,
    count: Arc<Count>,
    /// For this route, and for those of the steps above that may have to compute.
    pub time_limit: TimeLimit,
}

/// Something that counts primes as [`count_primes`] does.
type Count = dyn Fn(u32, &AtomicBool) -> Option<Primes> + Send + Sync;

impl Default for Slow {
    fn default() -> Self {
        let time_limit = TimeLimit::default();
        Self { compute: Compute::default(), count: Arc::new(count_primes), time_limit }
    }
}

impl Slow {
    /// Answers within this time.
    pub fn within(self, limit: Duration) -> Self {
        Self { time_limit: TimeLimit(limit), ..self }
    }

    /// Counts in another way, for the step that has a better one.
    pub fn counting_by(
        count: impl Fn(u32, &AtomicBool) -> Option<Primes> + Send + Sync + 'static,
    ) -> Self {
        Self { count: Arc::new(count), ..Self::default() }
    }

    /// Computes the JSON body for `n`.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub async fn body(&self, n: N) -> Result<Bytes, Problem> {
        let count = self.count.clone();
        let primes = self.compute.run(move |cancelled| count(n.0, cancelled)).await?;
        Ok(serde_json::to_vec(&primes).expect("three numbers always have a JSON form").into())
    }
}

/// The route of `/slow`.
pub fn routes(slow: Slow) -> Routes {
    let router = Router::new().route("/slow", get(answer)).with_state(slow);
    Routes { lines: vec![ROUTE], router, ..Routes::default() }
}

async fn answer(State(slow): State<Slow>, n: N) -> Result<Response, Problem> {
    Ok(uncached(json(slow.time_limit.bound(pin!(slow.body(n))).await?)))
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
