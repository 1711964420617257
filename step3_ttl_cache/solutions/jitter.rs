//! Solution: a TTL with jitter.

use std::time::Duration;

/// A time between 0.9 and 1.1 times `ttl`, to the nanosecond. It is zero only if `ttl` is zero.
///
/// `random` may be any number. If all numbers are equally likely, so are all times in this range.
/// `ttl` may be as long as [`Duration::MAX`]. A result that would be longer becomes
/// [`Duration::MAX`].
pub fn jittered(ttl: Duration, random: u64) -> Duration {
    // Rounded down, so the range is never too wide. A tenth of 1 ns becomes 0, so 1 ns stays 1 ns.
    let tenth = ttl / 10;
    let part = random as f64 / u64::MAX as f64; // 0.0..=1.0
    let longest = ttl.saturating_add(tenth);
    (ttl - tenth).saturating_add((2 * tenth).mul_f64(part)).min(longest)
}

#[path = "../exercises/checks/jitter.rs"]
mod check;
