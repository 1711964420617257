//! Wrong: eleven different TTLs are taken for enough.
//!
//! Refused with: there are only a few different TTLs

use std::time::Duration;

pub fn jittered(ttl: Duration, random: u64) -> Duration {
    let tenth = ttl / 10;
    let longest = ttl.saturating_add(tenth);
    (ttl - tenth).saturating_add((2 * tenth).mul_f64((random % 11) as f64 / 10.0)).min(longest)
}

#[path = "../../exercises/checks/jitter.rs"]
mod check;
