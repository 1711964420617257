//! # Exercise: serve or compute
//!
//! Decide how to serve a request when there is a stored response. While the response is younger
//! than its TTL, it is fresh, so serve it. At exactly its TTL it expires, and two windows begin at
//! that moment:
//!
//! * Within `while_revalidate`, serve it, and compute the next one in the background
//!   (`stale-while-revalidate`, RFC 5861, section 3).
//! * After that, compute while the client waits. Within `if_error`, the stored response may still
//!   be served if computing fails (`stale-if-error`, section 4).
//!
//! At exactly its end a window is over, so a window of zero contains nothing. Any of the durations
//! may be as long as [`Duration::MAX`].
//!
//! **Why?** When a popular response expires, its clients wait for a whole computation, although
//! most of them would rather have a response that is a second too old. And when computing fails,
//! they get an error, although the server still has a good response.
//!
//! The server makes this decision in `src/stale.rs`.
//!
//! Check your code with `cargo test -p step3_ttl_cache --test exercises stale`.
//!
//! 한국어 과제: `README.ko.md`.

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
    todo!("compute how long ago it expired, and compare that with both windows")
}

#[path = "checks/stale.rs"]
mod check;
