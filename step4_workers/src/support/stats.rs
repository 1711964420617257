//! The JSON of `/stats`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::histogram::Percentiles;

/// Step 3's figures as totals over all workers, dead ones included, and the live workers.
#[derive(Clone, Debug, Serialize)]
pub struct Stats {
    /// `ttl` or `redis`.
    pub cache: &'static str,
    /// Responses that came from the cache.
    pub hits: u64,
    /// Responses that had to be computed.
    pub misses: u64,
    /// Requests that waited for another request's computation.
    pub collapsed: u64,
    /// Expired responses that were sent, as hits or instead of an error.
    pub stale: u64,
    /// Computations in the background.
    pub refreshes: u64,
    /// Hits ÷ all requests to `/cached`.
    pub hit_ratio: f64,
    /// `null` if the cache is not the workers' own; ask Redis instead.
    pub entries: Option<u64>,
    /// The most entries of all workers together, or `null` as for `entries`.
    pub capacity: Option<usize>,
    /// Entries evicted to make room for others.
    pub evictions: u64,
    /// Entries dropped at the end of their lifetime.
    pub expirations: u64,
    /// How long a response is fresh.
    pub ttl_seconds: f64,
    /// Failures of the shared cache, after which a worker computes the response.
    pub cache_errors: u64,
    /// Responses of any kind, `/stats` itself included.
    pub requests: u64,
    /// How many workers were replaced, by reason.
    pub restarts: BTreeMap<&'static str, u64>,
    /// Percentiles in milliseconds of all responses since the start, by route. A route without responses
    /// is left out.
    pub latency: BTreeMap<&'static str, Percentiles>,
    /// The live workers.
    pub workers: Vec<WorkerStats>,
}

/// One live worker, with its own figures.
#[derive(Clone, Debug, Serialize)]
pub struct WorkerStats {
    /// Its process id.
    pub pid: u64,
    /// 1 for the first workers, and a new number for each reload.
    pub generation: u64,
    /// The name of its state.
    pub state: &'static str,
    /// How long ago it was started.
    pub age_seconds: u64,
    /// Open connections.
    pub connections: u64,
    /// Its responses of any kind.
    pub requests: u64,
    /// Its responses that came from the cache.
    pub hits: u64,
    /// Its responses that had to be computed.
    pub misses: u64,
    /// Its resident memory; `null` where the system does not report it.
    pub memory_bytes: Option<u64>,
}
