//! # Exercise: percentiles show more than the mean
//!
//! Write `percentile`, and use it in `summary`. The p-th percentile, by nearest rank, is the
//! smallest latency in the list for which at least p percent of the list are as short or shorter.
//! So it is always a latency that some client had. The list is in the order in which the responses
//! arrived, not sorted.
//!
//! **Why?** Suppose that 95 of 100 responses were ready and took 0.1 ms, and 5 had to be computed
//! and took 160 ms. The mean is 8.1 ms, which no client ever saw. The median, p50, is 0.1 ms, and
//! p99 is 160 ms. Rare slow responses are not rare for a user. A page that sends 20 such requests
//! waits for a slow one in 64% of all cases, because 1 − 0.95²⁰ = 0.64.
//!
//! The load generator `examples/load` prints the percentiles of a server under load
//! (`cargo run --release -p step1_plain --example load`).
//!
//! Check your code with `cargo test -p step1_plain --test exercises percentile`.
//!
//! 한국어 과제: `README.ko.md`.

use std::time::Duration;

/// The `p`-th percentile by nearest rank, or `None` for an empty list.
///
/// `p` is in percent, 0.0..=100.0. With 0.0 it is the shortest latency, and with 100.0 the longest.
pub fn percentile(latencies: &[Duration], p: f64) -> Option<Duration> {
    todo!("sort a copy, compute the rank, and take the latency at that rank")
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
    todo!("compute the mean, and call `percentile` for the other two")
}

#[path = "checks/percentile.rs"]
mod check;
