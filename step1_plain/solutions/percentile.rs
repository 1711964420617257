//! Solution: percentiles show more than the mean.

use std::time::Duration;

/// The `p`-th percentile by nearest rank, or `None` for an empty list.
///
/// `p` is in percent, 0.0..=100.0. With 0.0 it is the shortest latency, and with 100.0 the longest.
pub fn percentile(latencies: &[Duration], p: f64) -> Option<Duration> {
    let mut sorted = latencies.to_vec();
    sorted.sort_unstable();
    // Multiply first, because 7.0 / 100.0 * 100.0 is a little more than 7, which rounds up to 8.
    let rank = (p * sorted.len() as f64 / 100.0).ceil() as usize;
    // Ranks count from 1, and indexes from 0. At p = 0 the rank is 0, which also means the
    // shortest.
    sorted.get(rank.saturating_sub(1)).copied()
}

/// Three figures that describe a list of latencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The sum of all latencies, divided by their number.
    pub mean: Duration,
    /// The median. Half of the responses took this long or less.
    pub p50: Duration,
    /// 99% of the responses took this long or less.
    pub p99: Duration,
}

/// The mean and two percentiles, or `None` for an empty list.
pub fn summary(latencies: &[Duration]) -> Option<Summary> {
    // This comes first because it returns at once for an empty list, for which the mean would
    // divide by zero.
    let p50 = percentile(latencies, 50.0)?;
    let p99 = percentile(latencies, 99.0)?;
    let mean = latencies.iter().sum::<Duration>() / latencies.len() as u32;
    Some(Summary { mean, p50, p99 })
}

#[path = "../exercises/checks/percentile.rs"]
mod check;
