//! Wrong: the same jitter for each entry moves them all alike.
//!
//! Refused with: so they still expire together

use std::time::Duration;

pub fn jittered(ttl: Duration, random: u64) -> Duration {
    ttl - ttl / 20
}

#[path = "../../exercises/checks/jitter.rs"]
mod check;
