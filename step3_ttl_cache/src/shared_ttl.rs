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
    flight::{Flight, Flights},
    freshness::{FreshAnswer, max_age},
    ttl_cache::{Entry, TtlCache},
};

/// Bodies by `n`, for as long as they are fresh, computed once however many ask.
pub struct SharedTtl {
    state: Mutex<State>,
    ttl: Duration,
    cache_control: HeaderValue,
}

/// One lock for both: between missing a key and boarding its flight, no flight may land.
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
    /// Requests that had to compute.
    pub misses: u64,
    /// Requests that missed, too, but found the computation under way and waited for it.
    pub collapsed: u64,
    /// `hits` ÷ all requests to `/cached`; 0 before the first.
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
        let now = Instant::now();
        match self.look_up(n.0, now) {
            Ok(entry) => {
                let verdict = hit(entry.expires - now);
                Ok(self.answer(entry, verdict, now))
            }
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
    /// The entry, or the flight that will bring it; none where nothing is ever kept.
    fn look_up(
        &self,
        key: u32,
        now: Instant,
    ) -> Result<Entry<Tagged>, Option<Flight<Entry<Tagged>>>> {
        let State { cache, flights } = &mut *self.lock();
        cache.get(key, now).ok_or_else(|| (!self.ttl.is_zero()).then(|| flights.board(key)))
    }

    /// The answer that `compute` gives, here or for another passenger of the same flight.
    async fn miss(
        &self,
        key: u32,
        flight: Option<Flight<Entry<Tagged>>>,
        compute: impl Future<Output = Result<Bytes, Problem>>,
    ) -> Result<FreshAnswer, Problem> {
        let Some(flight) = flight else {
            // What expires at once is nobody else's answer either.
            let tagged = Tagged::from(compute.await?);
            let now = Instant::now();
            return Ok(self.answer(Entry { value: tagged, expires: now }, MISS, now));
        };
        let passenger = Passenger { shared: self, key, flight: Some(flight) };
        let mut verdict = COLLAPSED;
        let fill = async || {
            let tagged = Tagged::from(compute.await?);
            let (entry, kept) = self.land(&passenger, tagged);
            verdict = if kept { STORED } else { MISS };
            Ok(entry)
        };
        let entry = passenger.flight().get_or_try_init(fill).await?.clone();
        Ok(self.answer(entry, verdict, Instant::now()))
    }

    /// Keeps what a flight has brought, and says whether it did.
    fn land(&self, passenger: &Passenger<'_>, tagged: Tagged) -> (Entry<Tagged>, bool) {
        let State { cache, flights } = &mut *self.lock();
        let now = Instant::now();
        if flights.land(passenger.key, passenger.flight()) {
            (cache.insert(passenger.key, tagged, now), true)
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
            age: self.ttl - entry.expires.saturating_duration_since(now),
        }
    }
}

/// A request aboard a flight; gives up its seat when it has its answer, fails or is cancelled.
struct Passenger<'a> {
    shared: &'a SharedTtl,
    key: u32,
    flight: Option<Flight<Entry<Tagged>>>,
}

impl Passenger<'_> {
    fn flight(&self) -> &Flight<Entry<Tagged>> {
        self.flight.as_ref().expect("taken only when dropped")
    }
}

impl Drop for Passenger<'_> {
    fn drop(&mut self) {
        if let Some(flight) = self.flight.take() {
            self.shared.lock().flights.leave(self.key, flight);
        }
    }
}
