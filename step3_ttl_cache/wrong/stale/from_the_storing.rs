//! Wrong: the windows begin when the response is stored.
//!
//! Refused with: which began when the response was stored

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
    if age < ttl {
        Decision::Serve
    } else if age < while_revalidate {
        Decision::ServeAndRefresh
    } else {
        Decision::Compute { stale_on_error: age < if_error }
    }
}

#[path = "../../exercises/checks/stale.rs"]
mod check;
