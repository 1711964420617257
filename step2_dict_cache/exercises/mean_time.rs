//! # Exercise: the value of a hit ratio
//!
//! Compute the mean response time from the hit ratio, the time of a hit and the time of a miss.
//! Then do the reverse, and compute the hit ratio for a mean that you want. If no hit ratio is
//! enough, return an error that says so.
//!
//! **Why?** "The cache has 90% hits" says little. With misses of 200 ms and hits that take almost
//! no time, the mean is 20 ms. At 99% it is 2 ms, so the nine points from 90 to 99% make the server
//! ten times as fast, just as the first ninety did. And before you build a larger cache, you want
//! to know which hit ratio it has to reach.
//!
//! In the server, `src/shared_dict.rs` counts hits and misses, and `/stats` shows them. The bench
//! `hit_and_miss` measures both times.
//!
//! Check your code with `cargo test -p step2_dict_cache --test exercises mean_time`.
//!
//! 한국어 과제: `README.ko.md`.

use std::time::Duration;

/// The mean response time when this share of the requests, 0.0..=1.0, are hits.
pub fn mean_time(hit_ratio: f64, hit: Duration, miss: Duration) -> Duration {
    todo!("weight both times by how often they occur")
}

/// The smallest hit ratio, 0.0..=1.0, for a mean of `wanted` or less.
///
/// # Errors
/// If no hit ratio is enough. The message is a sentence with `wanted` and `hit`, written with
/// `{:?}`.
pub fn hit_ratio_for(wanted: Duration, hit: Duration, miss: Duration) -> Result<f64, String> {
    todo!("handle the special cases, then solve the formula of the mean for the ratio")
}

#[path = "checks/mean_time.rs"]
mod check;
