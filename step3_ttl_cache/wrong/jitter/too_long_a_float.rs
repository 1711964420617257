//! Wrong: the product of a long TTL is taken for one that fits.
//!
//! Refused with: did not fit into a `Duration`, so stop at the longest one

use std::time::Duration;

pub fn jittered(ttl: Duration, random: u64) -> Duration {
    let part = random as f64 / u64::MAX as f64;
    ttl.mul_f64(0.9 + 0.2 * part)
}

#[path = "../../exercises/checks/jitter.rs"]
mod check;
