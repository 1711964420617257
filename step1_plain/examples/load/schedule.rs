//! The times at which the requests of an open loop are due, counted from its start.

use std::{iter, time::Duration};

use fastrand::Rng;

/// `rate` requests a second, evenly spaced.
pub fn steady(rate: f64) -> impl Iterator<Item = Duration> {
    // A sum of gaps would add up their rounding errors. A product does not.
    (0_u64..).map(move |number| Duration::from_secs_f64(number as f64 / rate))
}

/// `rate` requests a second on average, at random moments. This is a Poisson process, like the
/// requests of many independent users. Its gaps are exponentially distributed.
pub fn poisson(rate: f64, seed: u64) -> impl Iterator<Item = Duration> {
    let mut random = Rng::with_seed(seed);
    let mut seconds = 0.0;
    iter::repeat_with(move || {
        // `f64()` is below 1, so the logarithm is finite.
        seconds -= (1.0 - random.f64()).ln() / rate;
        Duration::from_secs_f64(seconds)
    })
}
