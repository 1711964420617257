//! When the requests of an open loop are due, in time since its begin.

use std::{iter, time::Duration};

use fastrand::Rng;

/// `rate` requests a second, at equal distances.
pub fn steady(rate: f64) -> impl Iterator<Item = Duration> {
    // A product has no error that grows, as a sum of gaps would.
    (0_u64..).map(move |number| Duration::from_secs_f64(number as f64 / rate))
}

/// `rate` requests a second on average, at random moments: a Poisson process, as many users who know
/// nothing of each other make it. Its gaps are exponentially distributed.
pub fn poisson(rate: f64, seed: u64) -> impl Iterator<Item = Duration> {
    let mut random = Rng::with_seed(seed);
    let mut seconds = 0.0;
    iter::repeat_with(move || {
        // `f64` is below 1, so the logarithm is finite.
        seconds -= (1.0 - random.f64()).ln() / rate;
        Duration::from_secs_f64(seconds)
    })
}
