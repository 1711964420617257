//! `Cache-Status` (RFC 9211): what the cache did with this request, for the one who asked.

use axum::http::{HeaderName, HeaderValue};

/// The header's name.
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// The answer was there.
pub const HIT: HeaderValue = HeaderValue::from_static("dict; hit");
/// It was not, was computed, and is there now.
pub const STORED: HeaderValue = HeaderValue::from_static("dict; fwd=miss; stored");
/// It was not, was computed, and was not kept.
pub const MISS: HeaderValue = HeaderValue::from_static("dict; fwd=miss");
