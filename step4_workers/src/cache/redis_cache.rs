//! One cache for all workers, and for all machines: in Redis.
//!
//! It is what step 3's cache is (answers with a time to live, computed once however many ask), but
//! the memory is another process'. That one keeps the time, and may be gone at any moment: then the
//! answer is computed, as if there were no cache.
//!
//! A key is `step4:1:N`, where 1 is the version of the format; its value is the epoch, the answer's
//! time to live and entity tag, and the answer. The epoch is a counter under a key of its own, which
//! `DELETE /cache` increases. What is from an older epoch does not count any more, and a computation
//! that began in one is not stored any more.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::http::{HeaderValue, StatusCode};
use bytes::Bytes;
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
        redis_link::{Link, Patience, Unavailable},
        redis_value::{decode, encode},
    },
    scoreboard::{
        own_slot::OwnSlot,
        slot::{Counter, unix_time},
        stats::{Kind, stats},
    },
};

const PREFIX: &str = "step4:1:";

/// How long to wait for another worker's computation before doing it again.
const WAIT_AT_MOST: Duration = Duration::from_secs(15);
/// How often to look whether it is done: at first, and at last.
const LOOK_AFTER: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(50)];

/// Checked and stored in one step, or a clear could come in between.
const STORE: &str = "if (redis.call('GET', KEYS[1]) or '0') == ARGV[1] then \
                     redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) return 1 else return 0 end";

/// Answers by `n`, in Redis.
pub struct RedisCache {
    link: Arc<Link>,
    /// What this worker is computing, and of which epoch.
    flights: Mutex<(u64, SingleFlight<Entry<Tagged>>)>,
    slot: OwnSlot,
    ttl: Duration,
    cache_control: HeaderValue,
}

/// What Redis says about a key.
struct Found {
    epoch: u64,
    entry: Option<Entry<Tagged>>,
}

impl RedisCache {
    /// A cache over this link.
    pub fn new(link: Arc<Link>, slot: OwnSlot, ttl: Duration) -> Self {
        let flights = Mutex::default();
        Self { link, flights, slot, ttl, cache_control: max_age(ttl) }
    }

    fn count(&self, counter: Counter) {
        self.slot.add(counter);
    }

    async fn look_up(&self, n: N, patience: &mut Patience) -> Result<Found, Unavailable> {
        let key = format!("{PREFIX}{}", n.0);
        let mut questions = redis::pipe();
        questions.cmd("GET").arg(format!("{PREFIX}epoch"));
        questions.cmd("GET").arg(&key);
        questions.cmd("PTTL").arg(&key);
        let answers = self.link.ask(&questions, patience).await?;
        let (epoch, value, milliseconds): (Option<u64>, Option<Vec<u8>>, i64) = answers;
        let epoch = epoch.unwrap_or(0);
        // Negative when there is no such key, or it was put there without an end: not by us.
        let lives_for = u64::try_from(milliseconds).ok().map(Duration::from_millis);
        let entry = value.zip(lives_for).and_then(|(value, lives_for)| {
            let (value, ttl) = decode(&value, epoch)?;
            // Another server may have another `--ttl`: by ours, it may be too old.
            let age = ttl.saturating_sub(lives_for);
            let fresh_for = self.ttl.checked_sub(age).filter(|rest| !rest.is_zero())?;
            Some(Entry { value, expires: Instant::now() + fresh_for })
        });
        Ok(Found { epoch, entry })
    }

    /// Stores an answer of this epoch, unless another one has begun. Returns whether it did.
    async fn store(
        &self,
        n: N,
        epoch: u64,
        tagged: &Tagged,
        patience: &mut Patience,
    ) -> Result<bool, Unavailable> {
        let mut store = redis::pipe();
        store.cmd("EVAL").arg(STORE).arg(2);
        store.arg(format!("{PREFIX}epoch")).arg(format!("{PREFIX}{}", n.0));
        store
            .arg(epoch)
            .arg(encode(tagged, epoch, self.ttl))
            .arg(self.ttl.as_millis().max(1) as u64);
        let (stored,): (bool,) = self.link.ask(&store, patience).await?;
        Ok(stored)
    }

    /// Computes for all workers, or waits for the one who does.
    async fn compute_or_wait(
        &self,
        n: N,
        epoch: u64,
        mut patience: Patience,
        compute: impl Future<Output = Result<Bytes, Problem>>,
    ) -> Result<(Entry<Tagged>, Verdict), Problem> {
        let give_up = Instant::now() + WAIT_AT_MOST;
        let mut look_after = LOOK_AFTER[0];
        let lease = loop {
            let name = format!("{PREFIX}lease:{epoch}:{}", n.0);
            // First the lease and then a look: who had it before has stored the answer by now.
            let asked = async {
                let lease = Lease::take(&self.link, name, &mut patience).await?;
                Ok((lease, self.look_up(n, &mut patience).await?.entry))
            };
            match asked.await {
                Ok((_, Some(entry))) => {
                    self.count(Counter::Collapsed);
                    return Ok((entry, Verdict::Collapsed));
                }
                Ok((lease, None)) if lease.is_some() || Instant::now() > give_up => break lease,
                Ok((_, None)) => sleep(look_after).await,
                Err(Unavailable) => {
                    self.count(Counter::CacheErrors);
                    return self.compute_without(compute).await;
                }
            }
            look_after = (look_after * 2).min(LOOK_AFTER[1]);
            patience = Patience::default();
        };
        self.count(Counter::Misses);
        let body = match &lease {
            Some(lease) => lease.during(compute).await?,
            None => compute.await?,
        };
        let tagged = body.into();
        let status = match self.store(n, epoch, &tagged, &mut patience).await {
            Ok(true) => Verdict::Stored,
            Ok(false) => Verdict::Miss,
            Err(Unavailable) => {
                self.count(Counter::CacheErrors);
                Verdict::Unavailable
            }
        };
        Ok((self.fresh(tagged), status))
    }

    async fn compute_without(
        &self,
        compute: impl Future<Output = Result<Bytes, Problem>>,
    ) -> Result<(Entry<Tagged>, Verdict), Problem> {
        self.count(Counter::Misses);
        Ok((self.fresh(compute.await?.into()), Verdict::Unavailable))
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

    fn flights(&self) -> MutexGuard<'_, (u64, SingleFlight<Entry<Tagged>>)> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the computation of this worker for `n`, if it is not from before this epoch.
    fn join(&self, n: N, epoch: Option<u64>) -> Call<Entry<Tagged>> {
        let (last, flights) = &mut *self.flights();
        if let Some(epoch) = epoch
            && epoch != *last
        {
            *last = epoch;
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
        if self.ttl.is_zero() {
            self.count(Counter::Misses);
            return Ok(self.response(self.fresh(compute.await?.into()), Verdict::Miss));
        }
        let mut patience = Patience::default();
        let epoch = match self.look_up(n, &mut patience).await {
            Ok(Found { entry: Some(entry), .. }) => {
                self.count(Counter::Hits);
                let fresh_for = entry.expires.saturating_duration_since(Instant::now());
                return Ok(self.response(entry, Verdict::Fresh(fresh_for.as_secs())));
            }
            Ok(Found { epoch, entry: None }) => Some(epoch),
            Err(Unavailable) => {
                self.count(Counter::CacheErrors);
                None
            }
        };
        let leave = |call| self.flights().1.leave(n.0, call);
        let waiter = Waiter::new(self.join(n, epoch), leave);
        let mut own_status = None;
        let fill = async || {
            let (entry, status) = match epoch {
                Some(epoch) => self.compute_or_wait(n, epoch, patience, compute).await?,
                None => self.compute_without(compute).await?,
            };
            own_status = Some(status);
            Ok::<_, Problem>(entry)
        };
        let entry = waiter.call().get_or_try_init(fill).await?.clone();
        let status = own_status.unwrap_or_else(|| {
            self.count(Counter::Collapsed);
            Verdict::Collapsed
        });
        Ok(self.response(entry, status))
    }

    async fn clear(&self) -> Result<(), Problem> {
        let key = format!("{PREFIX}epoch");
        let mut next_epoch = redis::pipe();
        // If it is missing, it may have been lost: not from 0 again, or what is from the lost ones
        // would come back.
        next_epoch.cmd("SET").arg(&key).arg(unix_time()).arg("NX").ignore();
        next_epoch.cmd("INCR").arg(&key);
        let asked = self.link.ask(&next_epoch, &mut Patience::default()).await;
        let (epoch,): (u64,) = asked.map_err(|Unavailable| {
            self.count(Counter::CacheErrors);
            let detail = "the shared cache did not say that it has forgotten; try again";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1)
        })?;
        let (last, flights) = &mut *self.flights();
        *last = epoch;
        flights.clear();
        Ok(())
    }

    async fn stats(&self) -> impl Serialize + Send {
        stats(self.slot.board, Kind { name: "redis", capacity: None, ttl: self.ttl })
    }
}
