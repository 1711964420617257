//! Wrong: `if_error` begins at the end of `while_revalidate`.
//!
//! Refused with: you let `if_error` begin after the other window

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
    match since_expiry.checked_sub(while_revalidate) {
        None => Decision::ServeAndRefresh,
        Some(since_end) => Decision::Compute { stale_on_error: since_end < if_error },
    }
}

#[path = "../../exercises/checks/stale.rs"]
mod check;
