//! # Exercise: what a hit ratio is worth
//!
//! Compute the mean response time from the hit ratio, the time of a hit and that of a miss; and the
//! other way round, the hit ratio that a wanted mean needs. A wish that no hit ratio fulfils is an
//! error that says so.
//!
//! Why: "the cache has 90 % hits" says little. With misses of 200 ms the mean is 20 ms; at 99 % it is
//! 2 ms, so the nine points from 90 to 99 % make it ten times as fast, as the first ninety did. And
//! before you build a larger cache, you want to know what it has to reach.
//!
//! For real: `src/shared_dict.rs` counts hits and misses, `/stats` shows them, and the bench
//! `hit_and_miss` measures both times.
//!
//! Check: `cargo test -p step2_dict_cache --test exercises mean_time`

use std::time::Duration;

/// The mean response time when this part of the requests, 0.0..=1.0, are hits.
pub fn mean_time(hit_ratio: f64, hit: Duration, miss: Duration) -> Duration {
    todo!("weigh both times by how often they come")
}

/// The least hit ratio, 0.0..=1.0, with which the mean is `wanted` or shorter.
///
/// # Errors
/// When no hit ratio is enough: a sentence with `wanted` and `hit`, written by `{:?}`.
pub fn hit_ratio_for(wanted: Duration, hit: Duration, miss: Duration) -> Result<f64, String> {
    todo!("solve the formula of the mean for the ratio, after the cases in which it has no answer")
}

#[path = "checks/mean_time.rs"]
mod check;
