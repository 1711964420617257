//! `X-Process-Time` and `Server-Timing`: how long the server worked on an answer.
//!
//! The first is what the FastAPI world reads, in seconds; the second is the W3C's, in
//! milliseconds, and browsers draw it in their developer tools. Neither counts the network, nor
//! the time a request waits in the socket before the event loop gets to it.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};

use crate::decimal::header_value;

/// Seconds, with six decimals.
pub const X_PROCESS_TIME: HeaderName = HeaderName::from_static("x-process-time");
/// `app;dur=` milliseconds, with three decimals (<https://www.w3.org/TR/server-timing/>).
pub const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Writes both headers.
pub fn stamp(headers: &mut HeaderMap, elapsed: Duration) {
    let micros = elapsed.as_micros() as u64; // Enough for half a million years.
    headers.insert(X_PROCESS_TIME, header_value("", micros, 6));
    headers.insert(SERVER_TIMING, header_value("app;dur=", micros, 3));
}
