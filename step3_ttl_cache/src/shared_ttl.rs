//! The TTL cache and single flight behind one lock: the cache of this step's `/cached`.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::http::HeaderValue;
use bytes::Bytes;
use serde::Serialize;
use step1_plain::{slow::N, support::http::problem::Problem};
use step2_dict_cache::{
    cache::Cache,
    support::{
        cache_status::{CacheStatus, Verdict},
        hit_ratio::hit_ratio,
    },
};
use tokio::time::Instant;

use crate::{
    etag::Tagged,
    freshness::{FreshResponse, max_age},
    single_flight::{Call, SingleFlight, Waiter},
    ttl_cache::{Entry, TtlCache},
};

/// Bodies by `n`, kept while they are fresh, and computed once however many requests miss.
pub struct SharedTtl {
    inner: Mutex<Inner>,
    ttl: Duration,
    cache_control: HeaderValue,
}

/// One lock for both, because a computation must not end between the miss and the join.
struct Inner {
    cache: TtlCache<Tagged>,
    flights: SingleFlight<Entry<Tagged>>,
}

/// The JSON of `/stats`.
#[derive(Clone, Debug, Serialize)]
pub struct Stats {
    /// What kind of cache this is.
    pub cache: &'static str,
    /// Requests whose response was in the cache.
    pub hits: u64,
    /// Requests that found neither the response nor its computation, and so computed.
    pub misses: u64,
    /// Requests that joined a computation. (If the request that computes fails or leaves, one of them
    /// takes over, and its own `Cache-Status` says `stored`.)
    pub collapsed: u64,
    /// `hits` ÷ all requests to `/cached`; 0 before the first.
    pub hit_ratio: f64,
    /// Responses in the cache, all of them fresh.
    pub entries: usize,
    /// The most responses that it keeps.
    pub capacity: usize,
    /// Fresh responses that were dropped for a new one.
    pub evictions: u64,
    /// Responses that were dropped because their time was over.
    pub expirations: u64,
    /// How long a response is fresh.
    pub ttl_seconds: f64,
}

impl SharedTtl {
    /// Puts this cache and an empty single flight behind one lock.
    pub fn new(cache: TtlCache<Tagged>) -> Self {
        let ttl = cache.ttl();
        let inner = Mutex::new(Inner { cache, flights: SingleFlight::default() });
        Self { inner, ttl, cache_control: max_age(ttl) }
    }

    /// Drops what has expired, and returns when the next entry expires, if there is one.
    pub fn expire(&self) -> Option<Instant> {
        self.lock().cache.expire(Instant::now())
    }

    /// The figures at this moment.
    pub fn stats_now(&self) -> Stats {
        let Inner { cache, flights } = &mut *self.lock();
        cache.expire(Instant::now());
        let counts = cache.counts();
        Stats {
            cache: "ttl",
            hits: counts.hits,
            // The cache has also counted the requests that then joined a computation.
            misses: counts.misses - flights.collapsed(),
            collapsed: flights.collapsed(),
            hit_ratio: hit_ratio(counts.hits, counts.hits + counts.misses),
            entries: cache.entries(),
            capacity: cache.capacity(),
            evictions: counts.evictions,
            expirations: counts.expirations,
            ttl_seconds: self.ttl.as_secs_f64(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No panic can leave the state half changed, so a poisoned lock is as good as any.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache for SharedTtl {
    type Response = FreshResponse;

    async fn get_or_compute(
        &self,
        n: N,
        compute: impl Future<Output = Result<Bytes, Problem>> + Send,
    ) -> Result<FreshResponse, Problem> {
        match self.look_up(n.0) {
            Ok(response) => Ok(response),
            // In a box, because the future of a miss has 1.5 kB, and without the box every hit would
            // reserve and copy them.
            Err(call) => Box::pin(self.miss(n.0, call, compute)).await,
        }
    }

    async fn clear(&self) -> Result<(), Problem> {
        let Inner { cache, flights } = &mut *self.lock();
        cache.clear();
        flights.clear();
        Ok(())
    }

    async fn stats(&self) -> impl Serialize + Send {
        self.stats_now()
    }
}

impl SharedTtl {
    /// The response, or the call that will bring it.
    fn look_up(&self, key: u32) -> Result<FreshResponse, Call<Entry<Tagged>>> {
        let now = Instant::now();
        let Inner { cache, flights } = &mut *self.lock();
        match cache.get(key, now) {
            Some(entry) => {
                let fresh_for = entry.expires - now;
                Ok(self.response(entry, Verdict::Fresh(fresh_for.as_secs()), now))
            }
            // A result that expires at once serves no other request, so no request may join.
            None if self.ttl.is_zero() => Err(Call::default()),
            None => Err(flights.join(key)),
        }
    }

    /// The response that `compute` gives, in this request or in another one that computes the same.
    async fn miss(
        &self,
        key: u32,
        call: Call<Entry<Tagged>>,
        compute: impl Future<Output = Result<Bytes, Problem>>,
    ) -> Result<FreshResponse, Problem> {
        let waiter = Waiter::new(call, |call| self.lock().flights.leave(key, call));
        let mut verdict = Verdict::Collapsed;
        let fill = async || {
            let (entry, stored) = self.finish(key, waiter.call(), Tagged::from(compute.await?));
            verdict = if stored { Verdict::Stored } else { Verdict::Miss };
            Ok(entry)
        };
        let entry = waiter.call().get_or_try_init(fill).await?.clone();
        Ok(self.response(entry, verdict, Instant::now()))
    }

    /// Stores what was computed, and returns whether it did.
    fn finish(
        &self,
        key: u32,
        call: &Call<Entry<Tagged>>,
        tagged: Tagged,
    ) -> (Entry<Tagged>, bool) {
        let Inner { cache, flights } = &mut *self.lock();
        let now = Instant::now();
        if flights.finish(key, call) {
            (cache.insert(key, tagged, now), true)
        } else {
            // Cleared since the miss, or the TTL is zero: no later request may get this result.
            (Entry { value: tagged, expires: now + self.ttl }, false)
        }
    }

    fn response(&self, entry: Entry<Tagged>, verdict: Verdict, now: Instant) -> FreshResponse {
        FreshResponse {
            tagged: entry.value,
            cache_status: CacheStatus { cache: "ttl", verdict },
            cache_control: self.cache_control.clone(),
            // Saturating, twice: a request that waited may be polled after the entry has expired, and
            // another thread may have read the clock after this one.
            age: self.ttl.saturating_sub(entry.expires.saturating_duration_since(now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroUsize, sync::Arc};

    use axum::http::StatusCode;
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn a_call_without_waiters_is_not_in_the_table() {
        let ttl = Duration::from_secs(10);
        let cache = Arc::new(SharedTtl::new(TtlCache::new(NonZeroUsize::MIN, ttl)));
        let in_flight = || cache.lock().flights.calls();

        let stuck = tokio::spawn({
            let cache = cache.clone();
            async move { cache.get_or_compute(N(1), std::future::pending()).await.map(drop) }
        });
        yield_now().await;
        assert_eq!(in_flight(), 1);
        stuck.abort();
        assert!(stuck.await.unwrap_err().is_cancelled());
        assert_eq!(in_flight(), 0, "after a cancellation");
    }

    #[tokio::test]
    async fn a_call_that_failed_or_panicked_is_not_in_the_table() {
        let ttl = Duration::from_secs(10);
        let cache = Arc::new(SharedTtl::new(TtlCache::new(NonZeroUsize::MIN, ttl)));
        let failed = async { Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "on purpose")) };
        assert!(cache.get_or_compute(N(1), failed).await.is_err());
        assert_eq!(cache.lock().flights.calls(), 0, "after a failure");

        let panicking = tokio::spawn({
            let cache = cache.clone();
            async move { cache.get_or_compute(N(1), async { panic!("on purpose") }).await.map(drop) }
        });
        assert!(panicking.await.unwrap_err().is_panic());
        assert_eq!(cache.lock().flights.calls(), 0, "after a panic");
    }
}
