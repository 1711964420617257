//! `Cache-Status` (RFC 9211) of a cache that forgets in time and lets requests wait together.

use std::time::Duration;

use axum::http::HeaderValue;
use step1_plain::decimal::header_value;

/// It was not there, was computed, and is there now.
pub const STORED: HeaderValue = HeaderValue::from_static("ttl; fwd=miss; stored");
/// It was not there, was computed, and was not kept.
pub const MISS: HeaderValue = HeaderValue::from_static("ttl; fwd=miss");
/// It was not there, and another request's computation answered this one too.
pub const COLLAPSED: HeaderValue = HeaderValue::from_static("ttl; fwd=miss; collapsed");

/// The answer was there, and stays fresh for this long (whole seconds, rounded down).
pub fn hit(fresh_for: Duration) -> HeaderValue {
    header_value("ttl; hit; ttl=", fresh_for.as_secs(), 0)
}
