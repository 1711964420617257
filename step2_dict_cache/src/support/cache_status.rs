//! `Cache-Status` (RFC 9211) tells a client how the cache handled its request.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use step1_plain::support::http::header::decimal;

/// The name of the header.
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// The verdict of one cache, written like `dict; hit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheStatus {
    /// The name of the cache.
    pub cache: &'static str,
    /// The verdict.
    pub verdict: Verdict,
}

/// How a cache handled a request, in the parameters of RFC 9211, section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `hit`: the response was in the cache.
    Hit,
    /// `hit; ttl=7`: a hit that stays fresh for this many seconds.
    Fresh(u64),
    /// `hit; ttl=-2`: a hit that expired this long ago. The header counts in seconds, rounded up.
    Stale(Duration),
    /// `fwd=stale; fwd-status=503; ttl=-2`: computing failed with this status, so the client got a
    /// response that had expired this long ago.
    StaleIfError(StatusCode, Duration),
    /// `fwd=miss; stored`: a miss that was computed and stored, even if there was an expired
    /// response.
    Stored,
    /// `fwd=miss; collapsed`: a miss that another request's computation served.
    Collapsed,
    /// `fwd=miss`: a miss that was computed and not stored.
    Miss,
    /// `fwd=miss; detail=unavailable`: a miss because the cache could not be reached.
    Unavailable,
}

impl From<CacheStatus> for HeaderValue {
    fn from(CacheStatus { cache, verdict }: CacheStatus) -> Self {
        let parameters = match verdict {
            Verdict::Hit => "hit",
            Verdict::Fresh(seconds) => return decimal(&[cache, "; hit; ttl="], seconds, 0),
            Verdict::Stale(ago) => return decimal(&[cache, "; hit; ttl=-"], round_up(ago), 0),
            Verdict::StaleIfError(status, ago) => {
                &format!("fwd=stale; fwd-status={}; ttl=-{}", status.as_u16(), round_up(ago))
            }
            Verdict::Stored => "fwd=miss; stored",
            Verdict::Collapsed => "fwd=miss; collapsed",
            Verdict::Miss => "fwd=miss",
            Verdict::Unavailable => "fwd=miss; detail=unavailable",
        };
        Self::try_from(format!("{cache}; {parameters}")).expect("the cache has a name in ASCII")
    }
}

/// In seconds and at least one, because 0 would mean fresh.
fn round_up(ago: Duration) -> u64 {
    ago.as_secs() + u64::from(ago.subsec_nanos() > 0 || ago.is_zero())
}
