//! Wrong: jitter is taken for a time that is added.
//!
//! Refused with: none became shorter

use std::time::Duration;

pub fn jittered(ttl: Duration, random: u64) -> Duration {
    let part = random as f64 / u64::MAX as f64;
    ttl.saturating_add((ttl / 10).mul_f64(part))
}

#[path = "../../exercises/checks/jitter.rs"]
mod check;
