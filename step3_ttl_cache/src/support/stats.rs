//! The JSON of `/stats`.

use serde::Serialize;

/// What the cache has done since the start, and what is in it.
#[derive(Clone, Debug, Serialize)]
pub struct Stats {
    /// What kind of cache this is.
    pub cache: &'static str,
    /// Requests whose response was in the cache, and that did not wait.
    pub hits: u64,
    /// Requests that found neither the response nor its computation, and so computed.
    pub misses: u64,
    /// Requests that joined a computation.
    pub collapsed: u64,
    /// Expired responses that were sent. Most of them are hits, but a request that was served after its
    /// computation failed is a miss, or collapsed.
    pub stale: u64,
    /// Computations in the background, while a stale response was served.
    pub refreshes: u64,
    /// `hits` ÷ all requests to `/cached`; 0 before the first.
    pub hit_ratio: f64,
    /// Responses in the cache. Without the windows of `--stale-while-revalidate` and `--stale-if-error`, all of them are fresh.
    pub entries: usize,
    /// The most responses that it keeps.
    pub capacity: usize,
    /// Responses that were dropped for a new one.
    pub evictions: u64,
    /// Responses that were dropped because their time was over.
    pub expirations: u64,
    /// How long a response is fresh.
    pub ttl_seconds: f64,
}
