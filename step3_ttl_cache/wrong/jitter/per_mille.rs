//! Wrong: a thousandth of the TTL is taken for a small enough step.
//!
//! Refused with: the range has far more nanoseconds than that

use std::time::Duration;

pub fn jittered(ttl: Duration, random: u64) -> Duration {
    let tenth = ttl / 10;
    let part = (random % 201) as f64 / 200.0;
    let longest = ttl.saturating_add(tenth);
    (ttl - tenth).saturating_add((2 * tenth).mul_f64(part)).min(longest)
}

#[path = "../../exercises/checks/jitter.rs"]
mod check;
