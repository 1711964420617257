//! The JSON of `/stats`.

use serde::Serialize;

/// The cache's counters since its start, and its size.
#[derive(Clone, Debug, Serialize)]
pub struct Stats {
    /// The kind of cache.
    pub cache: &'static str,
    /// Requests whose response was in the cache, so they did not wait.
    pub hits: u64,
    /// Requests that found neither the response nor its computation, so they computed it.
    pub misses: u64,
    /// Requests that joined a computation.
    pub collapsed: u64,
    /// Expired responses that were sent. Most of them are hits, but a request that got one because
    /// its computation failed counts as a miss or as collapsed.
    pub stale: u64,
    /// Computations in the background while a stale response was served.
    pub refreshes: u64,
    /// `hits` ÷ all requests to `/cached`, or 0 before the first request.
    pub hit_ratio: f64,
    /// Responses in the cache. Without the windows of `--stale-while-revalidate` and
    /// `--stale-if-error`, all of them are fresh.
    pub entries: usize,
    /// The largest number of responses.
    pub capacity: usize,
    /// Responses that were evicted to make room for a new one.
    pub evictions: u64,
    /// Responses that were dropped because their lifetime was over.
    pub expirations: u64,
    /// How long a response is fresh.
    pub ttl_seconds: f64,
}
