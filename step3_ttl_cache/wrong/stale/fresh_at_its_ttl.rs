//! Wrong: a response is fresh up to and including its TTL.
//!
//! Refused with: you served it as fresh

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
    if age <= ttl {
        return Decision::Serve;
    }
    let since_expiry = age - ttl;
    if since_expiry < while_revalidate {
        Decision::ServeAndRefresh
    } else {
        Decision::Compute { stale_on_error: since_expiry < if_error }
    }
}

#[path = "../../exercises/checks/stale.rs"]
mod check;
