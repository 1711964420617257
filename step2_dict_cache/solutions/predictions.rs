//! Solution: the predictions, as we measured them.
//!
//! Your machine may differ, but not by much in these figures. The guide explains each of them.

/// The `X-Process-Time` of a miss, divided by that of a hit.
pub fn hit_speedup() -> f64 {
    5_000.0
}

/// How many times the server computes a response that 32 clients request at the same moment, with
/// an empty cache.
pub fn computations() -> f64 {
    32.0
}

/// The responses per second with a hit ratio of 99%, divided by those without a cache.
pub fn responses_with_the_cache() -> f64 {
    100.0
}

/// How many of the six requests are hits, if the cache has room for two of the three responses.
pub fn hits() -> f64 {
    0.0
}

#[path = "../exercises/checks/predictions.rs"]
mod check;
