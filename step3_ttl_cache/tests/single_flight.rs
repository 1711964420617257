//! Single flight: many requests miss, one computes, and none waits for a client that has left.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::http::{HeaderValue, StatusCode};
use bytes::Bytes;
use proptest::{collection::vec, prelude::*};
use step1_plain::{slow::N, support::http::problem::Problem};
use step2_dict_cache::cache::Cache;
use step3_ttl_cache::{
    freshness::FreshResponse,
    shared_ttl::{SharedTtl, Stats},
    single_flight::SingleFlight,
    ttl_cache::TtlCache,
};
use tokio::{
    sync::Semaphore,
    task::{JoinHandle, yield_now},
    time::advance,
};

const TTL: Duration = Duration::from_secs(10);

/// A cache, and computations that count themselves and wait until they are let through.
#[derive(Clone)]
struct Setup {
    cache: Arc<SharedTtl>,
    started: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Setup {
    fn new(ttl: Duration) -> Self {
        let cache = TtlCache::new(NonZeroUsize::new(10).unwrap(), ttl);
        Self {
            cache: Arc::new(SharedTtl::new(cache)),
            started: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
        }
    }

    /// A request whose computation ends, after the gate, with `result`.
    fn ask(
        &self,
        n: u32,
        result: impl FnOnce() -> Result<Bytes, Problem> + Send + 'static,
    ) -> JoinHandle<Result<FreshResponse, Problem>> {
        let setup = self.clone();
        tokio::spawn(async move {
            let compute = async {
                setup.started.fetch_add(1, SeqCst);
                setup.gate.acquire().await.expect("never closed").forget();
                result()
            };
            setup.cache.get_or_compute(N(n), compute).await
        })
    }

    fn ask_well(&self, n: u32) -> JoinHandle<Result<FreshResponse, Problem>> {
        self.ask(n, || Ok("answer".into()))
    }

    fn stats(&self) -> Stats {
        self.cache.stats_now()
    }
}

fn failure() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "on purpose")
}

/// Lets every task run until it waits.
async fn settle() {
    for _ in 0..10 {
        yield_now().await;
    }
}

async fn answers(tasks: Vec<JoinHandle<Result<FreshResponse, Problem>>>) -> Vec<String> {
    let mut verdicts = vec![];
    for task in tasks {
        let answer = task.await.unwrap().unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!(answer.tagged.body, "answer");
        verdicts.push(HeaderValue::from(answer.cache_status).to_str().unwrap().to_owned());
    }
    verdicts
}

#[tokio::test(start_paused = true)]
async fn a_hundred_requests_at_the_moment_of_expiry_compute_once() {
    let setup = Setup::new(TTL);
    setup.gate.add_permits(1);
    answers(vec![setup.ask_well(1)]).await;
    advance(TTL).await;
    let tasks: Vec<_> = (0..100).map(|_| setup.ask_well(1)).collect();
    settle().await;
    setup.gate.add_permits(100);
    let verdicts = answers(tasks).await;
    assert_eq!(setup.started.load(SeqCst), 2, "once before the expiry, once after");
    assert_eq!(verdicts[0], "ttl; fwd=miss; stored");
    assert!(verdicts[1..].iter().all(|verdict| verdict == "ttl; fwd=miss; collapsed"));
    let stats = setup.stats();
    assert_eq!((stats.hits, stats.misses, stats.collapsed, stats.expirations), (0, 2, 99, 1));
}

#[tokio::test(start_paused = true)]
async fn a_computation_longer_than_the_ttl_still_answers_all_who_waited() {
    let setup = Setup::new(TTL);
    let tasks: Vec<_> = (0..3).map(|_| setup.ask_well(1)).collect();
    settle().await;
    advance(TTL * 3).await;
    setup.gate.add_permits(3);
    assert_eq!(answers(tasks).await.len(), 3);
    assert_eq!(setup.started.load(SeqCst), 1);
    let answer = setup.ask_well(1).await.unwrap().unwrap_or_else(|p| panic!("{p:?}"));
    assert_eq!(answer.age, Duration::ZERO, "the age counts from the end of the computation");
}

#[tokio::test]
async fn when_the_one_who_computes_is_cancelled_another_takes_over() {
    let setup = Setup::new(TTL);
    let mut tasks: Vec<_> = (0..4).map(|_| setup.ask_well(1)).collect();
    settle().await;
    for takeovers in 1..=2 {
        assert_eq!(setup.started.load(SeqCst), takeovers);
        tasks.remove(0).abort();
        settle().await;
    }
    setup.gate.add_permits(1);
    assert_eq!(answers(tasks).await, ["ttl; fwd=miss; stored", "ttl; fwd=miss; collapsed"]);
    let stats = setup.stats();
    assert_eq!((stats.hits, stats.misses, stats.collapsed), (0, 1, 3));
}

#[tokio::test]
async fn when_the_one_who_computes_panics_another_takes_over() {
    let setup = Setup::new(TTL);
    let broken = setup.ask(1, || panic!("on purpose, for this test"));
    settle().await;
    let waiting = vec![setup.ask_well(1), setup.ask_well(1)];
    settle().await;
    setup.gate.add_permits(2);
    assert!(broken.await.err().unwrap().is_panic());
    assert_eq!(answers(waiting).await, ["ttl; fwd=miss; stored", "ttl; fwd=miss; collapsed"]);
}

#[tokio::test]
async fn a_failure_is_told_only_to_the_one_whose_computation_failed() {
    let setup = Setup::new(TTL);
    let refused = setup.ask(1, || Err(failure()));
    settle().await;
    let waiting = vec![setup.ask_well(1)];
    settle().await;
    setup.gate.add_permits(2);
    assert!(refused.await.unwrap().is_err());
    assert_eq!(answers(waiting).await, ["ttl; fwd=miss; stored"]);
}

#[tokio::test]
async fn a_failed_or_cancelled_computation_is_not_kept() {
    let setup = Setup::new(TTL);
    let cancelled = setup.ask_well(1);
    settle().await;
    cancelled.abort();
    assert!(cancelled.await.err().unwrap().is_cancelled());
    setup.gate.add_permits(2);
    assert!(setup.ask(1, || Err(failure())).await.unwrap().is_err());
    assert_eq!(setup.stats().entries, 0);
    assert_eq!(answers(vec![setup.ask_well(1)]).await, ["ttl; fwd=miss; stored"]);
}

#[tokio::test]
async fn flights_of_different_keys_do_not_wait_for_each_other() {
    let setup = Setup::new(TTL);
    let stuck = setup.ask_well(1);
    settle().await;
    let other = setup.cache.get_or_compute(N(2), async { Ok("answer".into()) }).await;
    assert!(other.is_ok() && !stuck.is_finished());
}

#[tokio::test]
async fn a_clear_is_for_those_who_ask_after_it() {
    let setup = Setup::new(TTL);
    let before = vec![setup.ask_well(1), setup.ask_well(1)];
    settle().await;
    setup.cache.clear().await.unwrap();
    let after = vec![setup.ask_well(1)];
    settle().await;
    assert_eq!(setup.started.load(SeqCst), 2, "the new request does not join the old flight");
    setup.gate.add_permits(1);
    assert_eq!(answers(before).await, ["ttl; fwd=miss", "ttl; fwd=miss; collapsed"]);
    assert_eq!(setup.stats().entries, 0, "an answer from before the clear is not kept");
    setup.gate.add_permits(1);
    assert_eq!(answers(after).await, ["ttl; fwd=miss; stored"]);
    assert_eq!(setup.stats().entries, 1);
}

#[tokio::test]
async fn with_a_ttl_of_zero_everybody_computes() {
    let setup = Setup::new(Duration::ZERO);
    let tasks: Vec<_> = (0..3).map(|_| setup.ask_well(1)).collect();
    settle().await;
    setup.gate.add_permits(3);
    assert_eq!(answers(tasks).await, ["ttl; fwd=miss"; 3]);
    let stats = setup.stats();
    assert_eq!((stats.misses, stats.collapsed, stats.entries), (3, 0, 0));
}

#[derive(Clone, Debug)]
enum Step {
    Join(u32),
    /// One of those who wait leaves, with the answer or without.
    Leave(prop::sample::Index),
    Finish(prop::sample::Index),
    Clear,
}

proptest! {
    #[test]
    fn in_flight_is_exactly_what_somebody_waits_for(
        steps in vec(
            prop_oneof![
                6 => (0_u32..4).prop_map(Step::Join),
                4 => any::<prop::sample::Index>().prop_map(Step::Leave),
                2 => any::<prop::sample::Index>().prop_map(Step::Finish),
                1 => Just(Step::Clear),
            ],
            0..100,
        ),
    ) {
        let mut flights = SingleFlight::<()>::default();
        // By key, the number of its flight; and who waits for which.
        let mut in_flight: HashMap<u32, usize> = HashMap::new();
        let mut waiting = vec![];
        let mut joined = 0;
        for (step, number) in steps.into_iter().zip(0..) {
            match step {
                Step::Join(key) => {
                    joined += u64::from(in_flight.contains_key(&key));
                    let number = *in_flight.entry(key).or_insert(number);
                    waiting.push((key, number, flights.join(key)));
                }
                Step::Leave(who) if !waiting.is_empty() => {
                    let (key, _, flight) = waiting.swap_remove(who.index(waiting.len()));
                    flights.leave(key, flight);
                }
                Step::Finish(who) if !waiting.is_empty() => {
                    let (key, number, flight) = &waiting[who.index(waiting.len())];
                    let known = in_flight.get(key) == Some(number);
                    prop_assert_eq!(flights.finish(*key, flight), known);
                    if known {
                        in_flight.remove(key);
                    }
                }
                Step::Leave(_) | Step::Finish(_) => {}
                Step::Clear => {
                    flights.clear();
                    in_flight.clear();
                }
            }
            let waited_for: HashSet<_> = waiting.iter().map(|(_, number, _)| *number).collect();
            in_flight.retain(|_, number| waited_for.contains(number));
            prop_assert_eq!(flights.calls(), in_flight.len());
            prop_assert_eq!(flights.collapsed(), joined);
        }
    }
}
