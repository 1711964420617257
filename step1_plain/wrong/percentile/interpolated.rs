//! Wrong: the percentile is a point between two latencies.
//!
//! Refused with: not a point between two

use std::time::Duration;

pub fn percentile(latencies: &[Duration], p: f64) -> Option<Duration> {
    let mut sorted = latencies.to_vec();
    sorted.sort_unstable();
    let place = p / 100.0 * sorted.len().saturating_sub(1) as f64;
    let (lower, upper) = (sorted.get(place.floor() as usize)?, sorted.get(place.ceil() as usize)?);
    Some(*lower + (*upper - *lower).mul_f64(place.fract()))
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
