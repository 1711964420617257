//! Wrong: `if_error` serves a stale response at once.
//!
//! Refused with: you served it at once

use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Serve,
    ServeAndRefresh,
    Compute { stale_on_error: bool },
}

pub fn decide(
    age: Duration,
    ttl: Duration,
    while_revalidate: Duration,
    if_error: Duration,
) -> Decision {
    let Some(since_expiry) = age.checked_sub(ttl) else { return Decision::Serve };
    if since_expiry < while_revalidate.max(if_error) {
        Decision::ServeAndRefresh
    } else {
        Decision::Compute { stale_on_error: false }
    }
}

#[path = "../../exercises/checks/stale.rs"]
mod check;
