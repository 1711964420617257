//! One cache in Redis, for all workers on all machines.
//!
//! It works like step 3's cache, but the memory belongs to another process. Redis keeps the time, and
//! may be gone at any moment. Then the workers compute responses as if there were no cache.
//!
//! | key | value |
//! |---|---|
//! | `step4:2:N` | the response for `n` = N, with its [epoch, life and tag](crate::support::redis_value) |
//! | `step4:2:epoch` | the epoch, which is a random number |
//! | `step4:2:lease:EPOCH:N` | the worker that [computes](super::redis_lease) |
//!
//! `DELETE /cache` deletes the epoch, and the next request begins another. Responses of another epoch
//! are misses, and a computation that began in another epoch is not stored. The same happens when Redis
//! loses the epoch. Other programs can write to these keys, so any unknown value is also a miss, and
//! the next response or epoch overwrites it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::http::{HeaderValue, StatusCode};
use bytes::Bytes;
use redis::RedisResult;
use serde::Serialize;
use step1_plain::{
    slow::N,
    support::{
        http::{
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
    support::cache_status::{CacheStatus, Verdict},
};
use step3_ttl_cache::{
    freshness::{FreshResponse, cache_control},
    single_flight::{Flight, SingleFlight},
    stale::{Hit, Lifetime},
    support::etag::Tagged,
    ttl_cache::Entry,
};
use tokio::time::{Instant, sleep};

use crate::{
    cache::{
        redis_lease::Lease,
        redis_link::{Link, PATIENCE, Unavailable},
    },
    scoreboard::{
        slot::{Counter, OwnSlot},
        stats::{Kind, stats},
    },
    support::redis_value::{LONGEST, Stored, random},
};

const EPOCH: &str = "step4:2:epoch";

fn key(n: N) -> String {
    format!("step4:2:{}", n.0)
}

/// How often to check whether another worker has stored its response.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Begins an epoch, unless another worker has. (In Lua, an error and an empty text have length 0.)
const BEGIN: &str = "if #redis.pcall('GETRANGE', KEYS[1], 0, 63) == 0 then \
                     redis.call('SET', KEYS[1], ARGV[1]) end";

/// One step compares and stores, because a `DELETE /cache` could come in between.
const STORE: &str = "if redis.call('GETRANGE', KEYS[1], 0, 63) == ARGV[1] then \
                     redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) return 1 else return 0 end";

/// What comes out of a computation.
type Outcome = Result<FreshResponse, Problem>;

/// Responses by `n`, in Redis.
pub struct RedisCache {
    link: Arc<Link>,
    /// The epoch of this worker's computations, and the computations.
    flights: Mutex<(Vec<u8>, SingleFlight<Outcome>)>,
    slot: OwnSlot,
    lifetime: Lifetime,
    cache_control: HeaderValue,
}

/// What a worker knows from its look-up: the epoch, if Redis could be used, and how long the request may
/// still wait for Redis.
struct Asked {
    epoch: Option<Vec<u8>>,
    patience: Duration,
}

impl RedisCache {
    /// A cache over this link.
    pub fn new(link: Arc<Link>, slot: OwnSlot, lifetime: Lifetime) -> Self {
        let cache_control = cache_control(lifetime);
        Self { link, flights: Mutex::default(), slot, lifetime, cache_control }
    }

    /// The epoch, and the entry of `n` if there is one that may be of use, fresh or stale.
    async fn look_up(
        &self,
        n: N,
        patience: &mut Duration,
    ) -> Result<(Vec<u8>, Option<Entry<Tagged>>), Unavailable> {
        let key = key(n);
        let mut get = redis::pipe();
        // Read only the beginning of each text, because a foreign value may be huge. If a key holds a
        // list, only its own command fails.
        get.ignore_errors();
        get.cmd("GETRANGE").arg(EPOCH).arg(0).arg(63);
        get.cmd("GETRANGE").arg(&key).arg(0).arg(LONGEST);
        get.cmd("PTTL").arg(&key);
        loop {
            let (epoch, value, lives_for): (RedisResult<Vec<u8>>, RedisResult<Vec<u8>>, i64) =
                self.link.ask(&get, patience).await?;
            if let Ok(epoch) = epoch
                && !epoch.is_empty()
            {
                let entry = self.entry(&value.unwrap_or_default(), &epoch, lives_for);
                return Ok((epoch, entry));
            }
            let mut begin = redis::pipe();
            begin.cmd("EVAL").arg(BEGIN).arg(1).arg(EPOCH).arg(random());
            self.link.ask::<()>(&begin, patience).await?;
        }
    }

    /// The entry in this value, if it is of use and from this epoch. `lives_for` is in milliseconds.
    fn entry(&self, value: &[u8], epoch: &[u8], lives_for: i64) -> Option<Entry<Tagged>> {
        // Another server may have stored it with another lifetime, so our own decides.
        let stored = Stored::decode(value, epoch)?;
        let age = stored.age(lives_for)?;
        let expires = (Instant::now() + self.lifetime.ttl).checked_sub(age)?;
        let of_use = age < self.lifetime.ttl + self.lifetime.window();
        of_use.then_some(Entry { value: stored.tagged, expires })
    }

    /// This worker's computation of `n`, and whether another request has begun it. `counter` counts it
    /// if it is a new one.
    fn flight(
        self: &Arc<Self>,
        n: N,
        asked: Asked,
        counter: Counter,
        begin: impl Begin,
    ) -> (Flight<Outcome>, bool) {
        let (epoch, flights) = &mut *self.flights();
        if let Some(current) = &asked.epoch
            && current != epoch
        {
            epoch.clone_from(current);
            flights.clear();
        }
        flights.join_or_begin(n.0, |number| self.clone().fill(n, number, asked, counter, begin))
    }

    async fn fill(
        self: Arc<Self>,
        n: N,
        number: u64,
        asked: Asked,
        counter: Counter,
        begin: impl Begin,
    ) -> Outcome {
        let _end = OnDrop(|| _ = self.flights().1.finish(n.0, number));
        let compute = async {
            self.slot.add(counter);
            let computation = begin.await?;
            // It has begun, so it is worth finishing.
            self.flights().1.detach(n.0, number);
            computation.await
        };
        let outcome = catch_panic(self.compute_or_wait(n, asked, compute)).await;
        let outcome = outcome.and_then(|outcome| outcome);
        if outcome.is_err() {
            self.flights().1.fail(n.0, Instant::now());
        }
        outcome
    }

    /// Computes and stores the response for all workers, or waits for the worker that does.
    async fn compute_or_wait(
        &self,
        n: N,
        Asked { epoch, mut patience }: Asked,
        compute: impl Future<Output = Result<Timed<Bytes>, Problem>>,
    ) -> Outcome {
        let Some(epoch) = epoch else {
            return Ok(self.fresh(compute.await?, Verdict::Unavailable));
        };
        let lease = loop {
            let name = format!("step4:2:lease:{}:{}", epoch.escape_ascii(), n.0);
            // Take the lease, then look, because the last owner has stored its response by then.
            let asked = async {
                let lease = Lease::take(&self.link, name, &mut patience).await?;
                Ok((lease, self.look_up(n, &mut patience).await?.1))
            };
            match asked.await {
                Ok((_, Some(entry))) if Instant::now() < entry.expires => {
                    return Ok(self.response(entry, Verdict::Collapsed));
                }
                Ok((Some(lease), _)) => break lease,
                Ok((None, _)) => sleep(LOOK_EVERY).await,
                Err(Unavailable) => return Ok(self.fresh(compute.await?, Verdict::Unavailable)),
            }
            patience = PATIENCE;
        };
        let computed = lease.during(compute).await?;
        let life = self.lifetime.ttl + self.lifetime.window();
        let stored = Stored { tagged: computed.value.clone().into(), life };
        let mut store = redis::pipe();
        store.cmd("EVAL").arg(STORE).arg(2).arg(EPOCH).arg(key(n));
        store.arg(&epoch).arg(stored.encode(&epoch)).arg(stored.milliseconds());
        let verdict = match self.link.ask(&store, &mut patience).await {
            Ok((true,)) => Verdict::Stored,
            Ok((false,)) => Verdict::Miss, // The epoch has ended.
            Err(Unavailable) => Verdict::Unavailable,
        };
        Ok(self.fresh(computed, verdict))
    }

    fn fresh(&self, Timed { value, timing }: Timed<Bytes>, verdict: Verdict) -> FreshResponse {
        let entry = Entry { value: value.into(), expires: Instant::now() + self.lifetime.ttl };
        FreshResponse { timing, ..self.response(entry, verdict) }
    }

    fn response(&self, entry: Entry<Tagged>, verdict: Verdict) -> FreshResponse {
        let now = Instant::now();
        FreshResponse {
            tagged: entry.value,
            cache_status: CacheStatus { cache: "redis", verdict },
            cache_control: self.cache_control.clone(),
            age: (now + self.lifetime.ttl).saturating_duration_since(entry.expires),
            timing: Timing::default(),
        }
    }

    fn flights(&self) -> MutexGuard<'_, (Vec<u8>, SingleFlight<Outcome>)> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The expired entry, if it may be sent because computing the next one failed. (It is looked up once
    /// more, because a `DELETE /cache` may have come since the request.)
    async fn entry_after_error(&self, n: N) -> Option<Entry<Tagged>> {
        if self.lifetime.stale_if_error.is_zero() {
            return None;
        }
        let (_, entry) = self.look_up(n, &mut { PATIENCE }).await.ok()?;
        entry.filter(|entry| self.lifetime.allows_after_error(entry.expires, Instant::now()))
    }
}

impl Cache for RedisCache {
    type Response = FreshResponse;

    async fn get_or_compute(self: &Arc<Self>, n: N, begin: impl Begin) -> Outcome {
        if self.lifetime.ttl.is_zero() {
            self.slot.add(Counter::Misses);
            return Ok(self.fresh(begin.await?.await?, Verdict::Miss));
        }
        let (start, mut patience) = (Instant::now(), PATIENCE);
        let (epoch, entry) = match self.look_up(n, &mut patience).await {
            Ok((epoch, entry)) => (Some(epoch), entry),
            Err(Unavailable) => (None, None),
        };
        let (asked, now) = (Asked { epoch, patience }, Instant::now());
        let redis = now - start;
        let failed = self.flights().1.last_failure(n.0);
        if let Some(entry) = entry
            && let Some(hit) = self.lifetime.hit(entry.expires, failed, now)
        {
            self.slot.add(Counter::Hits);
            if hit != Hit::Fresh {
                self.slot.add(Counter::Stale);
            }
            if hit == Hit::Refresh
                && let (flight, false) = self.flight(n, asked, Counter::Refreshes, begin)
            {
                tokio::spawn(flight);
            }
            let timing = Timing::of("redis", redis);
            let verdict = hit.verdict(entry.expires, now);
            return Ok(FreshResponse { timing, ..self.response(entry, verdict) });
        }
        let (flight, is_joined) = self.flight(n, asked, Counter::Misses, begin);
        let outcome = flight.await;
        let took = start.elapsed();
        let wait = || Timing::of("wait", took - redis).and_rest("redis", took);
        match outcome {
            Ok(response) if is_joined || response.cache_status.verdict == Verdict::Collapsed => {
                self.slot.add(Counter::Collapsed);
                Ok(response.collapsed(wait()))
            }
            Ok(mut response) => {
                response.timing = response.timing.and_rest("redis", took);
                Ok(response)
            }
            Err(problem) => {
                let entry = self.entry_after_error(n).await.ok_or_else(|| problem.clone())?;
                self.slot.add(Counter::Stale);
                let ago = Instant::now() - entry.expires;
                let response = self.response(entry, Verdict::Failed(problem.status(), ago));
                let timing = if is_joined { wait() } else { problem.into_timing() };
                Ok(FreshResponse { timing, ..response })
            }
        }
    }

    async fn clear(&self) -> Result<(), Problem> {
        let (mut end, mut patience) = (redis::pipe(), PATIENCE);
        end.cmd("DEL").arg(EPOCH);
        self.link.ask(&end, &mut patience).await.map_err(|Unavailable| {
            let detail = "Redis did not confirm that the cache is empty; try again when it runs";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1)
        })
    }

    async fn stats(&self) -> impl Serialize + Send {
        stats(self.slot.board, Kind { name: "redis", capacity: None, ttl: self.lifetime.ttl })
    }
}
