//! Solution: serve or compute.

use std::time::Duration;

/// How to serve a request when there is a stored response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Serve the stored response, which is fresh.
    Serve,
    /// Serve the stored response, although it has expired, and compute the next one in the
    /// background.
    ServeAndRefresh,
    /// Compute a new response, and let the client wait for it.
    Compute {
        /// Whether to serve the stored response if computing fails.
        stale_on_error: bool,
    },
}

/// How to serve a request when the stored response has this `age`.
///
/// The response expires when its age is `ttl`. Both windows begin then, and may be of any length.
pub fn decide(
    age: Duration,
    ttl: Duration,
    while_revalidate: Duration,
    if_error: Duration,
) -> Decision {
    // `None` while it is younger than its TTL. The sum of a TTL and a window may not fit into a
    // `Duration`, but this difference always does.
    let Some(since_expiry) = age.checked_sub(ttl) else { return Decision::Serve };
    if since_expiry < while_revalidate {
        Decision::ServeAndRefresh
    } else {
        Decision::Compute { stale_on_error: since_expiry < if_error }
    }
}

#[path = "../exercises/checks/stale.rs"]
mod check;
