//! One cache in Redis, for all workers on all machines.
//!
//! It works like step 3's cache, but the memory belongs to another process. Redis keeps the time, and
//! may be gone at any moment. Then the workers compute responses as if there were no cache.
//!
//! | key | value |
//! |---|---|
//! | `step4:1:N` | the response for `n` = N, with its [epoch, TTL and tag](super::redis_value) |
//! | `step4:1:epoch` | the epoch, which is a random number |
//! | `step4:1:lease:EPOCH:N` | the worker that [computes](super::redis_lease) |
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
use step1_plain::{slow::N, support::http::problem::Problem};
use step2_dict_cache::{
    cache::Cache,
    support::cache_status::{CacheStatus, Verdict},
};
use step3_ttl_cache::{
    etag::Tagged,
    freshness::{FreshResponse, max_age},
    single_flight::{Call, SingleFlight, Waiter},
    ttl_cache::Entry,
};
use tokio::time::{Instant, sleep};

use crate::{
    cache::{
        redis_lease::Lease,
        redis_link::{Link, PATIENCE, Unavailable},
        redis_value::{LONGEST, decode, encode, random},
    },
    scoreboard::{
        slot::{Counter, OwnSlot},
        stats::{Kind, stats},
    },
};

const EPOCH: &str = "step4:1:epoch";

fn key(n: N) -> String {
    format!("step4:1:{}", n.0)
}

/// How often to check whether another worker has stored its response.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Begins an epoch, unless another worker has. (In Lua, an error and an empty text have length 0.)
const BEGIN: &str = "if #redis.pcall('GETRANGE', KEYS[1], 0, 63) == 0 then \
                     redis.call('SET', KEYS[1], ARGV[1]) end";

/// One step compares and stores, because a `DELETE /cache` could come in between.
const STORE: &str = "if redis.call('GETRANGE', KEYS[1], 0, 63) == ARGV[1] then \
                     redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) return 1 else return 0 end";

/// Responses by `n`, in Redis.
pub struct RedisCache {
    link: Arc<Link>,
    /// The epoch of this worker's computations, and the computations.
    flights: Mutex<(Vec<u8>, SingleFlight<Entry<Tagged>>)>,
    slot: OwnSlot,
    ttl: Duration,
    cache_control: HeaderValue,
}

impl RedisCache {
    /// A cache over this link.
    pub fn new(link: Arc<Link>, slot: OwnSlot, ttl: Duration) -> Self {
        Self { link, flights: Mutex::default(), slot, ttl, cache_control: max_age(ttl) }
    }

    /// The epoch, and the entry of `n` if there is a fresh one.
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

    /// The entry in this value, if it is fresh and from this epoch. `lives_for` is in milliseconds.
    fn entry(&self, value: &[u8], epoch: &[u8], lives_for: i64) -> Option<Entry<Tagged>> {
        let (value, ttl) = decode(value, epoch)?;
        // Negative without an expiry. Longer than the TTL if another program or a clock changed it.
        let lives_for = Duration::from_millis(u64::try_from(lives_for).ok()?);
        let age = ttl.checked_sub(lives_for)?;
        // Another server may have stored it with a longer `--ttl`.
        let fresh_for = self.ttl.checked_sub(age).filter(|rest| !rest.is_zero())?;
        Some(Entry { value, expires: Instant::now() + fresh_for })
    }

    /// Computes and stores the response for all workers, or waits for the worker that does.
    async fn compute_or_wait(
        &self,
        n: N,
        epoch: &[u8],
        mut patience: Duration,
        compute: impl Future<Output = Result<Tagged, Problem>>,
    ) -> Result<(Entry<Tagged>, Verdict), Problem> {
        let lease = loop {
            let name = format!("step4:1:lease:{}:{}", epoch.escape_ascii(), n.0);
            // Take the lease, then look, because the last owner has stored its response by then.
            let asked = async {
                let lease = Lease::take(&self.link, name, &mut patience).await?;
                Ok((lease, self.look_up(n, &mut patience).await?.1))
            };
            match asked.await {
                Ok((_, Some(entry))) => return Ok((entry, Verdict::Collapsed)),
                Ok((Some(lease), None)) => break lease,
                Ok((None, None)) => sleep(LOOK_EVERY).await,
                Err(Unavailable) => return Ok((self.fresh(compute.await?), Verdict::Unavailable)),
            }
            patience = PATIENCE;
        };
        let tagged = lease.during(compute).await?;
        let ttl = self.ttl.as_millis().max(1) as u64;
        let mut store = redis::pipe();
        store.cmd("EVAL").arg(STORE).arg(2).arg(EPOCH).arg(key(n));
        store.arg(epoch).arg(encode(&tagged, epoch, ttl)).arg(ttl);
        let verdict = match self.link.ask(&store, &mut patience).await {
            Ok((true,)) => Verdict::Stored,
            Ok((false,)) => Verdict::Miss, // The epoch has ended.
            Err(Unavailable) => Verdict::Unavailable,
        };
        Ok((self.fresh(tagged), verdict))
    }

    fn fresh(&self, value: Tagged) -> Entry<Tagged> {
        Entry { value, expires: Instant::now() + self.ttl }
    }

    fn response(&self, entry: Entry<Tagged>, verdict: Verdict) -> FreshResponse {
        let fresh_for = entry.expires.saturating_duration_since(Instant::now());
        FreshResponse {
            tagged: entry.value,
            cache_status: CacheStatus { cache: "redis", verdict },
            cache_control: self.cache_control.clone(),
            age: self.ttl.saturating_sub(fresh_for),
        }
    }

    fn flights(&self) -> MutexGuard<'_, (Vec<u8>, SingleFlight<Entry<Tagged>>)> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins this worker's computation of `n`, if it is from this epoch.
    fn join(&self, n: N, epoch: Option<&[u8]>) -> Call<Entry<Tagged>> {
        let (last, flights) = &mut *self.flights();
        if let Some(epoch) = epoch
            && epoch != last
        {
            *last = epoch.to_owned();
            flights.clear();
        }
        flights.join(n.0)
    }
}

impl Cache for RedisCache {
    type Response = FreshResponse;

    async fn get_or_compute(
        &self,
        n: N,
        compute: impl Future<Output = Result<Bytes, Problem>> + Send,
    ) -> Result<FreshResponse, Problem> {
        let compute = async {
            self.slot.add(Counter::Misses);
            compute.await.map(Tagged::from)
        };
        if self.ttl.is_zero() {
            return Ok(self.response(self.fresh(compute.await?), Verdict::Miss));
        }
        let mut patience = PATIENCE;
        let epoch = match self.look_up(n, &mut patience).await {
            Ok((_, Some(entry))) => {
                self.slot.add(Counter::Hits);
                let fresh_for = entry.expires.saturating_duration_since(Instant::now());
                return Ok(self.response(entry, Verdict::Fresh(fresh_for.as_secs())));
            }
            Ok((epoch, None)) => Some(epoch),
            Err(Unavailable) => None,
        };
        let call = self.join(n, epoch.as_deref());
        let waiter = Waiter::new(call, |call| self.flights().1.leave(n.0, call));
        let mut verdict = Verdict::Collapsed;
        let fill = async || {
            let entry;
            (entry, verdict) = match epoch {
                Some(epoch) => self.compute_or_wait(n, &epoch, patience, compute).await?,
                None => (self.fresh(compute.await?), Verdict::Unavailable),
            };
            Ok::<_, Problem>(entry)
        };
        let entry = waiter.call().get_or_try_init(fill).await?.clone();
        if verdict == Verdict::Collapsed {
            self.slot.add(Counter::Collapsed);
        }
        Ok(self.response(entry, verdict))
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
        stats(self.slot.board, Kind { name: "redis", capacity: None, ttl: self.ttl })
    }
}
