//! Wrong: the summary takes the median from the middle of the list, in the order of the responses.
//!
//! Refused with: so let `summary` call `percentile`

use std::time::Duration;

pub fn percentile(latencies: &[Duration], p: f64) -> Option<Duration> {
    let mut sorted = latencies.to_vec();
    sorted.sort_unstable();
    let rank = (p * sorted.len() as f64 / 100.0).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    pub mean: Duration,
    pub p50: Duration,
    pub p99: Duration,
}

pub fn summary(latencies: &[Duration]) -> Option<Summary> {
    let p50 = *latencies.get(latencies.len() / 2)?;
    let p99 = percentile(latencies, 99.0)?;
    let mean = latencies.iter().sum::<Duration>() / latencies.len() as u32;
    Some(Summary { mean, p50, p99 })
}

#[path = "../../exercises/checks/percentile.rs"]
mod check;
