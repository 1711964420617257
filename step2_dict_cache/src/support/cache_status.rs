//! `Cache-Status` (RFC 9211): the client is told what the cache did with its request.

use std::fmt;

use axum::http::{HeaderName, HeaderValue};
use step1_plain::support::http::header::header_value;

/// The name of the header.
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// The verdict of one cache, which is written as `dict; hit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheStatus {
    /// The name of the cache.
    pub cache: &'static str,
    /// What it did.
    pub verdict: Verdict,
}

/// What a cache did, in the parameters of RFC 9211, section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `hit`: the response was in the cache.
    Hit,
    /// `hit; ttl=7`: it was, and stays fresh for this many seconds.
    Fresh(u64),
    /// `fwd=miss; stored`: it was not, so it was computed and is in the cache now.
    Stored,
    /// `fwd=miss; collapsed`: it was not, and another request's computation served this one too.
    Collapsed,
    /// `fwd=miss`: it was not, was computed, and was not kept.
    Miss,
    /// `fwd=miss; detail=unavailable`: it was computed, because the cache could not be reached.
    Unavailable,
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cache = self.cache;
        match self.verdict {
            Verdict::Hit => write!(f, "{cache}; hit"),
            Verdict::Fresh(seconds) => write!(f, "{cache}; hit; ttl={seconds}"),
            Verdict::Stored => write!(f, "{cache}; fwd=miss; stored"),
            Verdict::Collapsed => write!(f, "{cache}; fwd=miss; collapsed"),
            Verdict::Miss => write!(f, "{cache}; fwd=miss"),
            Verdict::Unavailable => write!(f, "{cache}; fwd=miss; detail=unavailable"),
        }
    }
}

impl From<CacheStatus> for HeaderValue {
    fn from(status: CacheStatus) -> Self {
        header_value(format_args!("{status}"))
    }
}
