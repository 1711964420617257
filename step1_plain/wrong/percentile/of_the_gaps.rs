//! Wrong: the percentage is taken of the gaps between the latencies, as for an interpolation.
//!
//! Refused with: as if it were a share of the three gaps

use std::time::Duration;

pub fn percentile(latencies: &[Duration], p: f64) -> Option<Duration> {
    let mut sorted = latencies.to_vec();
    sorted.sort_unstable();
    let rank = p * (sorted.len().checked_sub(1)?) as f64 / 100.0;
    sorted.get(rank.round() as usize).copied()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    pub mean: Duration,
    pub p50: Duration,
    pub p99: Duration,
}

pub fn summary(latencies: &[Duration]) -> Option<Summary> {
    let p50 = percentile(latencies, 50.0)?;
    let p99 = percentile(latencies, 99.0)?;
    let mean = latencies.iter().sum::<Duration>() / latencies.len() as u32;
    Some(Summary { mean, p50, p99 })
}

#[path = "../../exercises/checks/percentile.rs"]
mod check;
