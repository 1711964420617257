//! Wrong: the TTL is taken for whole seconds.
//!
//! Refused with: was rounded to zero

use std::time::Duration;

pub fn jittered(ttl: Duration, random: u64) -> Duration {
    let part = random as f64 / u64::MAX as f64;
    Duration::from_secs((ttl.as_secs() as f64 * (0.9 + 0.2 * part)) as u64)
}

#[path = "../../exercises/checks/jitter.rs"]
mod check;
