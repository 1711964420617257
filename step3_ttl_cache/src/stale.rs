//! Serving stale responses (RFC 5861). An expired response can be better than a wait or an error.
//!
//! When a popular response expires, its clients wait for the next one. With
//! `stale-while-revalidate` no client waits, because all of them get the old response while the
//! next one is computed in the background. With `stale-if-error` the old response is sent when the
//! next one can't be computed. Both are windows of time that begin when the response expires.

use std::time::Duration;

use step2_dict_cache::support::cache_status::Verdict;
use tokio::time::Instant;

/// How long after a failure no request computes the response again. Until then, requests get the
/// expired response. `Retry-After` asks clients for the same pause.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long a response lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// How long it is fresh. With zero, it is not stored at all.
    pub ttl: Duration,
    /// How long after its expiry it is served while the next one is computed.
    pub stale_while_revalidate: Duration,
    /// How long after its expiry it is served when computing the next one fails.
    pub stale_if_error: Duration,
}

/// A lifetime without windows, so no stale response is ever sent.
impl From<Duration> for Lifetime {
    fn from(ttl: Duration) -> Self {
        Self { ttl, stale_while_revalidate: Duration::ZERO, stale_if_error: Duration::ZERO }
    }
}

/// How a request is served from the cache, without waiting for a computation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// With a fresh response.
    Fresh,
    /// With an expired one, while the next one is computed in the background.
    Refresh,
    /// With an expired one, because computing the next one failed a moment ago.
    Stale,
}

impl Hit {
    /// The `Cache-Status` of a response that expires at `expires`.
    pub fn verdict(self, expires: Instant, now: Instant) -> Verdict {
        match self {
            Self::Fresh => Verdict::Fresh((expires - now).as_secs()),
            Self::Refresh | Self::Stale => Verdict::Stale(now - expires),
        }
    }
}

impl Lifetime {
    /// How long after its expiry a response may still be of use.
    pub fn window(&self) -> Duration {
        self.stale_while_revalidate.max(self.stale_if_error)
    }

    /// Whether and how a response that expires at `expires` serves a request at `now`. The response
    /// must not be past its [window](Self::window). `failed` is the time when computing the next
    /// one last failed.
    pub fn hit(&self, expires: Instant, failed: Option<Instant>, now: Instant) -> Option<Hit> {
        if now < expires {
            Some(Hit::Fresh)
        } else if failed.is_some_and(|failed| now < failed + RETRY_AFTER) {
            Some(Hit::Stale)
        } else if now < expires + self.stale_while_revalidate {
            Some(Hit::Refresh)
        } else {
            None
        }
    }

    /// Whether a response may be sent at `now` because computing the next one failed.
    pub fn allows_after_error(&self, expires: Instant, now: Instant) -> bool {
        now < expires + self.stale_if_error
    }
}
