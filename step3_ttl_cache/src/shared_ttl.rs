//! The TTL cache and single flight behind one lock. Together, they are the cache of `/cached`.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::http::HeaderValue;
use futures_util::FutureExt;
use serde::Serialize;
use step1_plain::{
    slow::N,
    support::{
        http::{
            activity::enter,
            catch_panic::catch_panic,
            computation::Begin,
            problem::Problem,
            timing::{Timed, Timing},
        },
        on_drop::OnDrop,
    },
};
use step2_dict_cache::{
    cache::Cache,
    support::{
        cache_status::{CacheStatus, Verdict},
        stats::hit_ratio,
    },
};
use tokio::time::Instant;

use crate::{
    freshness::{FreshResponse, cache_control},
    single_flight::{Call, SingleFlight},
    stale::{Hit, Lifetime},
    support::{etag::Tagged, stats::Stats},
    ttl_cache::{Entry, TtlCache},
};

/// Response bodies by `n`, stored for their lifetime and computed once for all requests that miss.
pub struct SharedTtl {
    inner: Mutex<Inner>,
    lifetime: Lifetime,
    cache_control: HeaderValue,
}

/// One lock for both, because a computation must not end between a miss and the join.
struct Inner {
    cache: TtlCache<Tagged>,
    calls: SingleFlight<Outcome>,
    collapsed: u64,
    refreshes: u64,
}

/// The result of a computation.
pub type Outcome = Result<FreshResponse, Problem>;

/// A computation that a request waits for, and whether another request began it.
type Wait = (Call<Outcome>, bool);

impl SharedTtl {
    /// An empty cache of at most `capacity` responses.
    pub fn new(capacity: NonZeroUsize, lifetime: impl Into<Lifetime>) -> Self {
        let lifetime = lifetime.into();
        let cache = TtlCache::new(capacity, lifetime);
        let calls = SingleFlight::default();
        let inner = Inner { cache, calls, collapsed: 0, refreshes: 0 };
        Self { inner: Mutex::new(inner), lifetime, cache_control: cache_control(lifetime) }
    }

    /// Drops entries past their lifetime. Returns the end of the next lifetime, if any.
    pub fn expire(&self) -> Option<Instant> {
        self.lock().cache.expire(Instant::now())
    }

    /// The current figures.
    pub fn stats_now(&self) -> Stats {
        let Inner { cache, collapsed, refreshes, .. } = &mut *self.lock();
        cache.expire(Instant::now());
        let counts = cache.counts();
        Stats {
            cache: "ttl",
            hits: counts.hits,
            misses: counts.misses - *collapsed, // The cache counts both as misses.
            collapsed: *collapsed,
            stale: counts.stale,
            refreshes: *refreshes,
            hit_ratio: hit_ratio(counts.hits, counts.hits + counts.misses),
            entries: cache.entries(),
            capacity: cache.capacity(),
            evictions: counts.evictions,
            expirations: counts.expirations,
            ttl_seconds: self.lifetime.ttl.as_secs_f64(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // No panic can leave the state half changed, so a poisoned lock is safe to use.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache for SharedTtl {
    type Response = FreshResponse;

    async fn get_or_compute(self: &Arc<Self>, n: N, begin: impl Begin) -> Outcome {
        match self.look_up(n.0, begin) {
            Ok(response) => Ok(response),
            Err(wait) => self.wait(n.0, wait).await,
        }
    }

    async fn clear(&self) -> Result<(), Problem> {
        let Inner { cache, calls, .. } = &mut *self.lock();
        cache.clear();
        calls.clear();
        Ok(())
    }

    async fn stats(&self) -> impl Serialize + Send {
        self.stats_now()
    }
}

impl SharedTtl {
    /// Returns the response, or the computation that will produce it.
    fn look_up(self: &Arc<Self>, key: u32, begin: impl Begin) -> Result<FreshResponse, Wait> {
        let now = Instant::now();
        let Inner { cache, calls, collapsed, refreshes } = &mut *self.lock();
        let fill = |number| self.clone().fill(key, number, begin);
        let failed = calls.failures.peek(&key).copied();
        if let Some((entry, hit)) = cache.get(key, failed, now) {
            if hit == Hit::Refresh && !calls.is_under_way(key) {
                *refreshes += 1;
                tokio::spawn(calls.join_or_begin(key, fill).0);
            }
            let verdict = hit.verdict(entry.expires, now);
            return Ok(self.response(entry, verdict, now));
        }
        let (call, is_joined) = match self.lifetime.ttl {
            // The result expires at once and serves no other request, so it is not in the table.
            Duration::ZERO => (fill(0).boxed().shared(), false),
            _ => calls.join_or_begin(key, fill),
        };
        *collapsed += u64::from(is_joined);
        Err((call, is_joined))
    }

    /// Waits for a computation. If it fails, returns the expired response if that is allowed.
    async fn wait(&self, key: u32, (call, is_joined): Wait) -> Outcome {
        let (start, _wait) = (Instant::now(), is_joined.then(|| enter("wait")));
        let mut response = call.await;
        let now = Instant::now();
        if is_joined {
            let wait = Timing::of("wait", now - start);
            let timed = |problem: Problem| problem.timed(wait.clone());
            response = response.map_err(timed).map(|response| response.collapsed(wait));
        }
        response.or_else(|problem| {
            let old = self.lock().cache.get_after_error(key, now);
            let entry = old.ok_or_else(|| problem.clone())?;
            let verdict = Verdict::StaleIfError(problem.status(), now - entry.expires);
            let timing = problem.into_timing();
            Ok(FreshResponse { timing, ..self.response(entry, verdict, now) })
        })
    }

    /// Computes and stores a response for all requests that wait for it.
    async fn fill(self: Arc<Self>, key: u32, number: u64, begin: impl Begin) -> Outcome {
        // If all of these requests leave while the computation is in the queue, it is dropped.
        let _end = OnDrop(|| _ = self.lock().calls.finish(key, number));
        // A shared future that panics would never wake its waiters.
        let computed = catch_panic(async {
            let computation = begin.await?;
            // The computation has begun, so it is worth finishing.
            self.lock().calls.detach(key, number);
            computation.await
        });
        let computed = computed.await.and_then(|computed| computed);
        let computed = computed.map(|Timed { value, timing }| (Tagged::from(value), timing));

        let Inner { cache, calls, .. } = &mut *self.lock();
        let (is_current, now) = (calls.finish(key, number), Instant::now());
        if is_current && computed.is_err() {
            calls.failures.put(key, now);
        }
        let (tagged, timing) = computed?;
        let (entry, verdict) = if is_current {
            calls.failures.pop(&key);
            (cache.insert(key, tagged, now), Verdict::Stored)
        } else {
            // The cache was cleared after the computation began, or it never stores anything.
            (Entry { value: tagged, expires: now + self.lifetime.ttl }, Verdict::Miss)
        };
        Ok(FreshResponse { timing, ..self.response(entry, verdict, now) })
    }

    fn response(&self, entry: Entry<Tagged>, verdict: Verdict, now: Instant) -> FreshResponse {
        FreshResponse {
            tagged: entry.value,
            cache_status: CacheStatus { cache: "ttl", verdict },
            cache_control: self.cache_control.clone(),
            // Saturating, because another thread may have read the clock later.
            age: (now + self.lifetime.ttl).saturating_duration_since(entry.expires),
            timing: Timing::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::http::StatusCode;
    use bytes::Bytes;
    use step1_plain::support::http::computation::Computation;
    use tokio::{task::yield_now, time::sleep};

    use super::*;

    #[tokio::test]
    async fn a_computation_that_was_left_in_the_queue_is_not_in_the_table() {
        let ttl = Duration::from_secs(10);
        let cache = Arc::new(SharedTtl::new(NonZeroUsize::MIN, ttl));
        let under_way = || cache.lock().calls.is_under_way(1);

        let stuck = tokio::spawn({
            let cache = cache.clone();
            async move { cache.get_or_compute(N(1), pending()).await.map(drop) }
        });
        yield_now().await;
        assert!(under_way());
        stuck.abort();
        assert!(stuck.await.unwrap_err().is_cancelled());
        assert!(!under_way(), "after a cancellation");
    }

    async fn computed() -> Result<Computation, Problem> {
        Ok(async { Ok(Bytes::from_static(b"{}").into()) }.boxed())
    }

    async fn failed() -> Result<Computation, Problem> {
        Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "on purpose"))
    }

    #[tokio::test]
    async fn a_failure_before_the_last_success_serves_nothing_stale() {
        let ttl = Duration::from_millis(1);
        let lifetime = Lifetime { stale_if_error: Duration::from_secs(3600), ..ttl.into() };
        let cache = Arc::new(SharedTtl::new(NonZeroUsize::MIN, lifetime));
        assert!(cache.get_or_compute(N(1), failed()).await.is_err());
        assert!(cache.get_or_compute(N(1), computed()).await.is_ok());
        sleep(Duration::from_millis(2)).await;
        let next = cache.get_or_compute(N(1), computed()).await.unwrap();
        assert_eq!(next.cache_status.verdict, Verdict::Stored);
    }

    #[tokio::test]
    async fn a_computation_that_failed_or_panicked_is_not_in_the_table() {
        let ttl = Duration::from_secs(10);
        let cache = Arc::new(SharedTtl::new(NonZeroUsize::MIN, ttl));
        assert!(cache.get_or_compute(N(1), failed()).await.is_err());
        assert!(!cache.lock().calls.is_under_way(1), "after a failure");

        let panicked = cache.get_or_compute(N(1), async { panic!("on purpose") }).await;
        assert_eq!(panicked.unwrap_err().status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!cache.lock().calls.is_under_way(1), "after a panic");
    }
}
