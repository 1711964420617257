//! The TTL cache and the flights behind one lock: the cache of this step's `/cached`.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::http::HeaderValue;
use bytes::Bytes;
use serde::Serialize;
use step1_plain::{problem::Problem, query::N};
use step2_dict_cache::{cache::Cache, shared_dict::hit_ratio};
use tokio::time::Instant;

use crate::{
    cache_status::{COLLAPSED, MISS, STORED, hit},
    etag::Tagged,
    flight::{Flight, Flights, Waiter},
    freshness::{FreshAnswer, max_age},
    ttl_cache::{Entry, TtlCache},
};

/// Bodies by `n`, for as long as they are fresh, computed once however many ask.
pub struct SharedTtl {
    state: Mutex<State>,
    ttl: Duration,
    cache_control: HeaderValue,
}

/// One lock for both: between missing a key and joining its flight, that flight may not finish.
struct State {
    cache: TtlCache<Tagged>,
    flights: Flights<Entry<Tagged>>,
}

/// The figures of `/stats`.
#[derive(Clone, Debug, Serialize)]
pub struct Stats {
    /// What kind of cache this is.
    pub cache: &'static str,
    /// Requests that were answered from the cache.
    pub hits: u64,
    /// Requests that found neither the answer nor its computation under way, and so computed.
    pub misses: u64,
    /// Requests that found the computation under way and joined it. (If the one who computes leaves
    /// or fails, one of them takes over, and then its own `Cache-Status` says `stored`.)
    pub collapsed: u64,
    /// `hits` ÷ (`hits` + `misses` + `collapsed`); 0 before the first.
    pub hit_ratio: f64,
    /// Answers that are kept, all of them fresh.
    pub entries: usize,
    /// The most answers that can be.
    pub capacity: usize,
    /// Fresh answers given up because a new one needed the place.
    pub evictions: u64,
    /// Answers given up because their time was over.
    pub expirations: u64,
    /// How long an answer is fresh.
    pub ttl_seconds: f64,
}

impl SharedTtl {
    /// Puts a lock around this cache.
    pub fn new(cache: TtlCache<Tagged>) -> Self {
        let ttl = cache.ttl();
        let state = Mutex::new(State { cache, flights: Flights::default() });
        Self { state, ttl, cache_control: max_age(ttl) }
    }

    /// Gives up what has expired, and returns when the next answer will, if there is one.
    pub fn expire(&self) -> Option<Instant> {
        self.lock().cache.expire(Instant::now())
    }

    /// The figures at this moment.
    pub fn stats_now(&self) -> Stats {
        let State { cache, flights } = &mut *self.lock();
        cache.expire(Instant::now());
        let counts = cache.counts();
        Stats {
            cache: "ttl",
            hits: counts.hits,
            // The cache has counted those who joined a flight as well.
            misses: counts.misses - flights.joined(),
            collapsed: flights.joined(),
            hit_ratio: hit_ratio(counts.hits, counts.hits + counts.misses),
            entries: cache.len(),
            capacity: cache.capacity(),
            evictions: counts.evictions,
            expirations: counts.expirations,
            ttl_seconds: self.ttl.as_secs_f64(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing between lock and unlock leaves the state half changed, so a panic poisons nothing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache for SharedTtl {
    type Answer = FreshAnswer;

    async fn get_or_compute(
        &self,
        n: N,
        compute: impl Future<Output = Result<Bytes, Problem>> + Send,
    ) -> Result<FreshAnswer, Problem> {
        match self.look_up(n.0) {
            Ok(answer) => Ok(answer),
            // In a box, so that a hit need not make room for all that a miss waits for: that
            // would be 1.5 kB a request, copied several times.
            Err(flight) => Box::pin(self.miss(n.0, flight, compute)).await,
        }
    }

    async fn clear(&self) -> Result<(), Problem> {
        let State { cache, flights } = &mut *self.lock();
        cache.clear();
        flights.clear();
        Ok(())
    }

    async fn stats(&self) -> impl Serialize + Send {
        self.stats_now()
    }
}

impl SharedTtl {
    /// The answer, or the flight that will bring it.
    fn look_up(&self, key: u32) -> Result<FreshAnswer, Flight<Entry<Tagged>>> {
        let now = Instant::now();
        let State { cache, flights } = &mut *self.lock();
        match cache.get(key, now) {
            Some(entry) => {
                let cache_status = hit(entry.expires - now);
                Ok(self.answer(entry, cache_status, now))
            }
            // What expires at once is nobody else's answer: a flight of one's own.
            None if self.ttl.is_zero() => Err(Flight::default()),
            None => Err(flights.join(key)),
        }
    }

    /// The answer that `compute` gives, here or for another who waits for the same.
    async fn miss(
        &self,
        key: u32,
        flight: Flight<Entry<Tagged>>,
        compute: impl Future<Output = Result<Bytes, Problem>>,
    ) -> Result<FreshAnswer, Problem> {
        let waiter = Waiter::new(flight, |flight| self.lock().flights.leave(key, flight));
        let mut cache_status = COLLAPSED;
        let fill = async || {
            let (entry, kept) = self.finish(key, waiter.flight(), compute.await?.into());
            cache_status = if kept { STORED } else { MISS };
            Ok(entry)
        };
        let entry = waiter.flight().get_or_try_init(fill).await?.clone();
        Ok(self.answer(entry, cache_status, Instant::now()))
    }

    /// Keeps what was computed, and says whether it did.
    fn finish(
        &self,
        key: u32,
        flight: &Flight<Entry<Tagged>>,
        tagged: Tagged,
    ) -> (Entry<Tagged>, bool) {
        let State { cache, flights } = &mut *self.lock();
        let now = Instant::now();
        if flights.finish(key, flight) {
            (cache.insert(key, tagged, now), true)
        } else {
            // Cleared meanwhile: good for those who asked before, and for nobody after them.
            (Entry { value: tagged, expires: now + self.ttl }, false)
        }
    }

    fn answer(&self, entry: Entry<Tagged>, cache_status: HeaderValue, now: Instant) -> FreshAnswer {
        FreshAnswer {
            tagged: entry.value,
            cache_status,
            cache_control: self.cache_control.clone(),
            // Saturating, twice: a computation may outlive the TTL, and another thread's clock may
            // have been read later than ours.
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
    async fn a_flight_that_nobody_waits_for_any_more_is_not_in_the_table() {
        let ttl = Duration::from_secs(10);
        let cache = Arc::new(SharedTtl::new(TtlCache::new(NonZeroUsize::MIN, ttl)));
        let in_flight = || cache.lock().flights.in_flight();

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
    async fn a_flight_that_failed_or_panicked_is_not_in_the_table() {
        let ttl = Duration::from_secs(10);
        let cache = Arc::new(SharedTtl::new(TtlCache::new(NonZeroUsize::MIN, ttl)));
        let failed = async { Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "on purpose")) };
        assert!(cache.get_or_compute(N(1), failed).await.is_err());
        assert_eq!(cache.lock().flights.in_flight(), 0, "after a failure");

        let panicking = tokio::spawn({
            let cache = cache.clone();
            async move { cache.get_or_compute(N(1), async { panic!("on purpose") }).await.map(drop) }
        });
        assert!(panicking.await.unwrap_err().is_panic());
        assert_eq!(cache.lock().flights.in_flight(), 0, "after a panic");
    }
}
