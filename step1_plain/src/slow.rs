//! `GET /slow?n=N`: every request computes its response.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use axum::{
    extract::{FromRequestParts, Query, State},
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
        request::Parts,
    },
    response::IntoResponse,
};
use futures_util::FutureExt;
use serde::Deserialize;
use serde_json::to_vec;

use crate::{
    compute::{Compute, WAITING},
    primes::{DEFAULT_N, MAX_N, Primes, count_primes},
    support::http::{
        computation::{Begin, Computation},
        problem::Problem,
        query::whole_number,
        stopwatch::Stopwatch,
    },
};

/// The query parameter `n`, from 0 to [`MAX_N`]. A request without one gets [`DEFAULT_N`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct N(pub u32);

/// The query parameters. A typo such as `?m=1000` is an error, because the default would silently
/// measure something else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    n: Option<N>,
}

impl TryFrom<String> for N {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(Self(whole_number(&text, 0..=MAX_N)?))
    }
}

/// Lets a handler take [`N`] as an argument. A bad `n` gets a 400.
impl<S: Sync> FromRequestParts<S> for N {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(Parameters { n }) = Query::try_from_uri(&parts.uri).map_err(|rejection| {
            let why = rejection.body_text();
            let allowed = format!("write n=N once, with N a whole number from 0 to {MAX_N}");
            Problem::new(StatusCode::BAD_REQUEST, format!("{why}; {allowed}"))
        })?;
        Ok(n.unwrap_or(N(DEFAULT_N)))
    }
}

/// How long a request may take, waiting and computing together.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Computes response bodies. axum clones the state for every request, so a clone is cheap. All
/// clones share one compute thread.
#[derive(Clone)]
pub struct Slow(Arc<Inner>);

struct Inner {
    count: Box<Count>,
    compute: Compute,
    time_limit: Duration,
}

/// A function that counts primes like [`count_primes`].
type Count = dyn Fn(u32, &AtomicBool) -> Option<Primes> + Send + Sync;

impl Default for Slow {
    fn default() -> Self {
        Self::new(count_primes, TIME_LIMIT)
    }
}

impl Slow {
    /// Counts primes with `count`, and stops a request that exceeds `time_limit`.
    pub fn new(
        count: impl Fn(u32, &AtomicBool) -> Option<Primes> + Send + Sync + 'static,
        time_limit: Duration,
    ) -> Self {
        let (count, compute) = (Box::new(count), Compute::with_queue(WAITING));
        Self(Arc::new(Inner { count, compute, time_limit }))
    }

    /// Waits in the queue, and then returns the computation of the JSON body for `n`. Dropping
    /// either future cancels the work. The time limit starts at the first poll and covers both.
    ///
    /// # Errors
    /// 503 if the queue is full or the time limit has passed.
    pub fn begin(&self, n: N) -> impl Begin + use<> {
        let inner = self.0.clone();
        // The first poll allocates the box. A caller that already has the response drops this
        // future without polling it, and a large future made that case 4% slower.
        async move { inner.begin(n).boxed().await }
    }
}

impl Inner {
    async fn begin(self: Arc<Self>, n: N) -> Result<Computation, Problem> {
        let mut stopwatch = Stopwatch::start(self.time_limit);
        let permit = stopwatch.time("queue", self.compute.acquire()).await??;
        let computation = async move {
            let count = move |cancelled: &AtomicBool| (self.count)(n.0, cancelled);
            let primes = stopwatch.time("compute", permit.run(count)).await?;
            let body = to_vec(&primes).expect("three numbers always have a JSON form").into();
            Ok(stopwatch.stop(body))
        };
        Ok(computation.boxed())
    }
}

/// The handler of `GET /slow`.
pub async fn slow(State(slow): State<Slow>, n: N) -> Result<impl IntoResponse, Problem> {
    let body = slow.begin(n).await?.await?;
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body))
}
