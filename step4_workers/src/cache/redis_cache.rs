//! One cache in Redis, for all workers on all machines.
//!
//! It works like step 3's cache, but the memory belongs to another process. Redis keeps the time, and
//! may be gone at any moment. Then the workers compute responses as if there were no cache.
//!
//! | key | value |
//! |---|---|
//! | `step4:2:N` | the response for `n` = N, with its [epoch, life and tag](Stored) |
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
            activity::{Activity, enter},
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
    shared_ttl::Outcome,
    single_flight::{Call, SingleFlight},
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
    support::redis_commands::{Stored, begin_epoch, end_epoch, get, lease_key, store},
};

/// How often to check whether another worker has stored its response.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Responses by `n`, in Redis.
pub struct RedisCache {
    link: Arc<Link>,
    /// The epoch of this worker's computations, and the computations.
    calls: Mutex<(Vec<u8>, SingleFlight<Outcome>)>,
    slot: OwnSlot,
    lifetime: Lifetime,
    cache_control: HeaderValue,
}

/// The result of a look-up: the epoch, if Redis could be used, and the rest of the request's patience.
type Asked = (Option<Vec<u8>>, Duration);

impl RedisCache {
    /// A cache over this link.
    pub fn new(link: Arc<Link>, slot: OwnSlot, lifetime: Lifetime) -> Self {
        let cache_control = cache_control(lifetime);
        Self { link, calls: Mutex::default(), slot, lifetime, cache_control }
    }

    /// The epoch, and the entry of `n` if there is one that may be of use, fresh or stale.
    async fn look_up(
        &self,
        n: N,
        patience: &mut Duration,
    ) -> Result<(Vec<u8>, Option<Entry<Tagged>>), Unavailable> {
        loop {
            let (epoch, value, lives_for): (RedisResult<Vec<u8>>, RedisResult<Vec<u8>>, i64) =
                self.link.ask(&get(n.0), patience).await?;
            if let Ok(epoch) = epoch
                && !epoch.is_empty()
            {
                let entry = self.entry(&value.unwrap_or_default(), &epoch, lives_for);
                return Ok((epoch, entry));
            }
            self.link.ask::<()>(&begin_epoch(), patience).await?;
        }
    }

    /// The entry in this value, if it is of use and from this epoch. `lives_for` is in milliseconds.
    fn entry(&self, value: &[u8], epoch: &[u8], lives_for: i64) -> Option<Entry<Tagged>> {
        // Another server may have stored it with another lifetime, so our own decides.
        let stored = Stored::decode(value, epoch)?;
        let age = stored.age(lives_for)?;
        let expires = (Instant::now() + self.lifetime.ttl).checked_sub(age)?;
        let life = self.lifetime.ttl + self.lifetime.window();
        (age < life).then_some(Entry { value: stored.tagged, expires })
    }

    /// This worker's computation of `n`, and whether it was joined. `counter` counts a new one.
    fn call(
        self: &Arc<Self>,
        n: N,
        asked: Asked,
        counter: Counter,
        begin: impl Begin,
    ) -> (Call<Outcome>, bool) {
        let (epoch, calls) = &mut *self.calls();
        if let Some(current) = &asked.0
            && current != epoch
        {
            epoch.clone_from(current);
            calls.clear();
        }
        calls.join_or_begin(n.0, |number| self.clone().fill(n, number, asked, counter, begin))
    }

    async fn fill(
        self: Arc<Self>,
        n: N,
        number: u64,
        asked: Asked,
        counter: Counter,
        begin: impl Begin,
    ) -> Outcome {
        let _end = OnDrop(|| _ = self.calls().1.finish(n.0, number));
        let compute = Activity::current().scope(async {
            self.slot.add(counter);
            let computation = begin.await?;
            // It has begun, so it is worth finishing.
            self.calls().1.detach(n.0, number);
            computation.await
        });
        let outcome = catch_panic(self.compute_or_wait(n, asked, compute)).await.and_then(|it| it);
        let (_, calls) = &mut *self.calls();
        match &outcome {
            _ if !calls.finish(n.0, number) => None, // It is from another epoch.
            Ok(_) => calls.failures.pop(&n.0),
            Err(_) => calls.failures.put(n.0, Instant::now()),
        };
        outcome
    }

    /// Computes and stores the response for all workers, or waits for the worker that does.
    async fn compute_or_wait(
        &self,
        n: N,
        (epoch, mut patience): Asked,
        compute: impl Future<Output = Result<Timed<Bytes>, Problem>>,
    ) -> Outcome {
        let Some(epoch) = epoch else {
            return Ok(self.fresh(compute.await?, Verdict::Unavailable));
        };
        let activity = Activity::current();
        let lease = loop {
            // Take the lease, then look, because the last owner has stored its response by then.
            let asked = async {
                let lease = Lease::take(&self.link, lease_key(n.0, &epoch), &mut patience).await?;
                Ok((lease, self.look_up(n, &mut patience).await?.1))
            };
            match asked.await {
                Ok((_, Some(entry))) if Instant::now() < entry.expires => {
                    return Ok(self.response(entry, Verdict::Collapsed));
                }
                Ok((Some(lease), _)) => break lease,
                Ok((None, _)) => activity.during("wait", sleep(LOOK_EVERY)).await,
                Err(Unavailable) => return Ok(self.fresh(compute.await?, Verdict::Unavailable)),
            }
            patience = PATIENCE;
        };
        let computed = lease.during(compute).await?;
        let life = self.lifetime.ttl + self.lifetime.window();
        let stored = Stored { tagged: computed.value.clone().into(), life };
        let verdict = match self.link.ask(&store(n.0, &epoch, &stored), &mut patience).await {
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
        FreshResponse {
            tagged: entry.value,
            cache_status: CacheStatus { cache: "redis", verdict },
            cache_control: self.cache_control.clone(),
            age: (Instant::now() + self.lifetime.ttl).saturating_duration_since(entry.expires),
            timing: Timing::default(),
        }
    }

    fn calls(&self) -> MutexGuard<'_, (Vec<u8>, SingleFlight<Outcome>)> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The expired entry to send because computing failed, unless a `DELETE /cache` came since then.
    async fn entry_after_error(&self, n: N) -> Option<Entry<Tagged>> {
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
        let (start, mut patience, _redis) = (Instant::now(), PATIENCE, enter("redis"));
        let (epoch, entry) = self.look_up(n, &mut patience).await.ok().unzip();
        let now = Instant::now();
        let (asked, redis) = ((epoch, patience), now - start);
        let failed = self.calls().1.failures.peek(&n.0).copied();
        if let Some(Some(entry)) = entry
            && let Some(hit) = self.lifetime.hit(entry.expires, failed, now)
        {
            self.slot.add(Counter::Hits);
            if hit != Hit::Fresh {
                self.slot.add(Counter::Stale);
            }
            if hit == Hit::Refresh
                && let (call, false) = self.call(n, asked, Counter::Refreshes, begin)
            {
                tokio::spawn(call);
            }
            let timing = Timing::of("redis", redis);
            let verdict = hit.verdict(entry.expires, now);
            return Ok(FreshResponse { timing, ..self.response(entry, verdict) });
        }
        let (call, is_joined) = self.call(n, asked, Counter::Misses, begin);
        if is_joined {
            self.slot.add(Counter::Collapsed);
        }
        let _wait = is_joined.then(|| enter("wait"));
        let outcome = call.await;
        let took = start.elapsed();
        let wait = || Timing::of("wait", took - redis).with_rest("redis", took);
        match outcome {
            Ok(response) if is_joined => Ok(response.collapsed(wait())),
            Ok(response) if response.cache_status.verdict == Verdict::Collapsed => {
                self.slot.add(Counter::Collapsed); // Another worker has computed it.
                Ok(response.collapsed(wait()))
            }
            Ok(mut response) => {
                response.timing = response.timing.with_rest("redis", took);
                Ok(response)
            }
            Err(problem) => {
                let own = problem.clone().into_timing().with_rest("redis", took);
                let problem = problem.timed(if is_joined { wait() } else { own });
                let entry = self.entry_after_error(n).await.ok_or_else(|| problem.clone())?;
                self.slot.add(Counter::Stale);
                let verdict = Verdict::StaleIfError(problem.status(), entry.expires.elapsed());
                Ok(FreshResponse { timing: problem.into_timing(), ..self.response(entry, verdict) })
            }
        }
    }

    async fn clear(&self) -> Result<(), Problem> {
        self.link.ask(&end_epoch(), &mut { PATIENCE }).await.map_err(|Unavailable| {
            let detail = "Redis did not confirm an empty cache; check Redis, then try again";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1)
        })
    }

    async fn stats(&self) -> impl Serialize + Send {
        stats(self.slot.board, Kind { name: "redis", capacity: None, ttl: self.lifetime.ttl })
    }
}
