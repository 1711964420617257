//! The JSON of `/stats`.

use serde::Serialize;

/// The cache's counters since its start, and its size.
#[derive(Clone, Debug, Serialize)]
pub struct Stats {
    /// The kind of cache.
    pub cache: &'static str,
    /// Requests whose response was in the cache.
    pub hits: u64,
    /// Requests whose response had to be computed.
    pub misses: u64,
    /// See [`hit_ratio`].
    pub hit_ratio: f64,
    /// Responses in the cache.
    pub entries: usize,
    /// The largest number of responses.
    pub capacity: usize,
    /// Responses that were dropped to make room for a new one.
    pub evictions: u64,
}

/// The share of `requests` to `/cached` that were hits, 0.0..=1.0. Without requests, it is 0.
pub fn hit_ratio(hits: u64, requests: u64) -> f64 {
    if requests == 0 { 0.0 } else { hits as f64 / requests as f64 }
}
