//! `Cache-Status` (RFC 9211) tells the client what the cache did with its request.

use axum::http::{HeaderName, HeaderValue};
use step1_plain::support::http::header::decimal;

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
    /// `hit; ttl=7`: a hit that stays fresh for this many seconds.
    Fresh(u64),
    /// `fwd=miss; stored`: a miss that was computed and stored.
    Stored,
    /// `fwd=miss; collapsed`: a miss that another request's computation served.
    Collapsed,
    /// `fwd=miss`: a miss that was computed and not stored.
    Miss,
    /// `fwd=miss; detail=unavailable`: a miss, because the cache could not be reached.
    Unavailable,
}

impl From<CacheStatus> for HeaderValue {
    fn from(CacheStatus { cache, verdict }: CacheStatus) -> Self {
        let parameters = match verdict {
            Verdict::Hit => "hit",
            Verdict::Fresh(seconds) => return decimal(&[cache, "; hit; ttl="], seconds, 0),
            Verdict::Stored => "fwd=miss; stored",
            Verdict::Collapsed => "fwd=miss; collapsed",
            Verdict::Miss => "fwd=miss",
            Verdict::Unavailable => "fwd=miss; detail=unavailable",
        };
        Self::try_from(format!("{cache}; {parameters}")).expect("the cache has a name in ASCII")
    }
}
