//! Single flight: many requests miss, one computes, and none waits for a client that has left.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{
    collections::{BTreeMap, HashSet},
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::http::{HeaderValue, StatusCode};
use bytes::Bytes;
use futures_util::FutureExt;
use proptest::{collection::vec, prelude::*};
use step1_plain::{
    slow::N,
    support::{
        http::{
            problem::Problem,
            timing::{Timed, Timing},
        },
        on_drop::OnDrop,
        testing::computed,
    },
};
use step2_dict_cache::cache::Cache;
use step3_ttl_cache::{
    freshness::FreshResponse,
    shared_ttl::SharedTtl,
    single_flight::{Call, SingleFlight},
    stale::Lifetime,
    support::stats::Stats,
};
use tokio::{
    sync::Semaphore,
    task::{JoinHandle, yield_now},
    time::advance,
};

const TTL: Duration = Duration::from_secs(10);

/// A cache, and computations that count themselves. Each of them waits in a queue until it may begin,
/// and then until it may end.
#[derive(Clone)]
struct Setup {
    cache: Arc<SharedTtl>,
    started: Arc<AtomicUsize>,
    queue: Arc<Semaphore>,
    gate: Arc<Semaphore>,
}

impl Setup {
    fn new(lifetime: impl Into<Lifetime>) -> Self {
        Self {
            cache: Arc::new(SharedTtl::new(NonZeroUsize::new(10).unwrap(), lifetime)),
            started: Arc::default(),
            queue: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            gate: Arc::new(Semaphore::new(0)),
        }
    }

    /// A request whose computation ends, after the gate, with `result`.
    fn ask(
        &self,
        n: u32,
        result: impl FnOnce() -> Result<Bytes, Problem> + Send + 'static,
    ) -> JoinHandle<Result<FreshResponse, Problem>> {
        let (cache, started) = (self.cache.clone(), self.started.clone());
        let (queue, gate) = (self.queue.clone(), self.gate.clone());
        tokio::spawn(async move {
            let begin = async move {
                started.fetch_add(1, SeqCst);
                queue.acquire().await.expect("never closed").forget();
                let computation = async move {
                    gate.acquire().await.expect("never closed").forget();
                    result().map(Timed::from)
                };
                Ok(computation.boxed())
            };
            cache.get_or_compute(N(n), begin).await
        })
    }

    fn ask_well(&self, n: u32) -> JoinHandle<Result<FreshResponse, Problem>> {
        self.ask(n, || Ok("response".into()))
    }

    /// What a request for a stored response gets: its `Cache-Status` and its age in seconds.
    async fn get(&self, n: u32) -> (String, u64) {
        let response = self.ask_well(n).await.unwrap().unwrap_or_else(|p| panic!("{p:?}"));
        (verdict(&response), response.age.as_secs())
    }

    /// Stores a response.
    async fn store(&self, n: u32) {
        self.gate.add_permits(1);
        assert_eq!(self.get(n).await.0, "ttl; fwd=miss; stored");
    }

    fn stats(&self) -> Stats {
        self.cache.stats_now()
    }
}

fn verdict(response: &FreshResponse) -> String {
    HeaderValue::from(response.cache_status).to_str().unwrap().to_owned()
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

async fn responses(tasks: Vec<JoinHandle<Result<FreshResponse, Problem>>>) -> Vec<String> {
    let mut verdicts = vec![];
    for task in tasks {
        let response = task.await.unwrap().unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!(response.tagged.body, "response");
        verdicts.push(verdict(&response));
    }
    verdicts
}

#[tokio::test(start_paused = true)]
async fn a_hundred_requests_at_the_moment_of_expiry_compute_once() {
    let setup = Setup::new(TTL);
    setup.gate.add_permits(1);
    responses(vec![setup.ask_well(1)]).await;
    advance(TTL).await;
    let tasks: Vec<_> = (0..100).map(|_| setup.ask_well(1)).collect();
    settle().await;
    setup.gate.add_permits(100);
    let verdicts = responses(tasks).await;
    assert_eq!(setup.started.load(SeqCst), 2, "once before the expiry, once after");
    assert_eq!(verdicts[0], "ttl; fwd=miss; stored");
    assert!(verdicts[1..].iter().all(|verdict| verdict == "ttl; fwd=miss; collapsed"));
    let stats = setup.stats();
    assert_eq!((stats.hits, stats.misses, stats.collapsed, stats.expirations), (0, 2, 99, 1));
}

#[tokio::test(start_paused = true)]
async fn a_computation_longer_than_the_ttl_still_serves_all_requests_that_waited() {
    let setup = Setup::new(TTL);
    let tasks: Vec<_> = (0..3).map(|_| setup.ask_well(1)).collect();
    settle().await;
    advance(TTL * 3).await;
    setup.gate.add_permits(3);
    assert_eq!(responses(tasks).await.len(), 3);
    assert_eq!(setup.started.load(SeqCst), 1);
    let response = setup.ask_well(1).await.unwrap().unwrap_or_else(|p| panic!("{p:?}"));
    assert_eq!(response.age, Duration::ZERO, "the age counts from the end of the computation");
}

#[tokio::test]
async fn a_client_that_leaves_takes_nothing_from_the_others() {
    let setup = Setup::new(TTL);
    let mut tasks: Vec<_> = (0..4).map(|_| setup.ask_well(1)).collect();
    settle().await;
    for _ in 0..2 {
        tasks.remove(0).abort();
        settle().await;
    }
    setup.gate.add_permits(1);
    assert_eq!(responses(tasks).await, ["ttl; fwd=miss; collapsed"; 2]);
    assert_eq!(setup.started.load(SeqCst), 1);
    let stats = setup.stats();
    assert_eq!((stats.hits, stats.misses, stats.collapsed, stats.entries), (0, 1, 3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_computation_that_has_begun_is_stored_although_every_client_has_left() {
    let setup = Setup::new(TTL);
    let tasks = [setup.ask_well(1), setup.ask_well(1)];
    settle().await;
    tasks.iter().for_each(JoinHandle::abort);
    settle().await;
    // A client that comes before its end joins it.
    let late = setup.ask_well(1);
    settle().await;
    setup.gate.add_permits(1);
    assert_eq!(responses(vec![late]).await, ["ttl; fwd=miss; collapsed"]);
    assert_eq!(setup.get(1).await.0, "ttl; hit; ttl=10");
    assert_eq!(setup.started.load(SeqCst), 1);
}

#[tokio::test]
async fn a_computation_in_the_queue_is_given_up_when_the_last_client_leaves() {
    let setup = Setup::new(TTL);
    setup.queue.forget_permits(Semaphore::MAX_PERMITS);
    let tasks = [setup.ask_well(1), setup.ask_well(1)];
    settle().await;
    tasks[0].abort();
    settle().await;
    assert_eq!(setup.started.load(SeqCst), 1, "the other one still waits");
    tasks[1].abort();
    settle().await;
    // The queue is empty again, so the next client gets the next place in it.
    let next = setup.ask_well(1);
    settle().await;
    assert_eq!(setup.started.load(SeqCst), 2);
    setup.queue.add_permits(1);
    setup.gate.add_permits(1);
    assert_eq!(responses(vec![next]).await, ["ttl; fwd=miss; stored"]);
}

#[tokio::test]
async fn a_failure_or_a_panic_reaches_all_waiting_requests_and_no_later_one() {
    let fails: fn() -> Result<Bytes, Problem> = || Err(failure());
    let panics: fn() -> Result<Bytes, Problem> = || panic!("on purpose, for this test");
    let [unavailable, internal] =
        [StatusCode::SERVICE_UNAVAILABLE, StatusCode::INTERNAL_SERVER_ERROR];
    for (result, status) in [(fails, unavailable), (panics, internal)] {
        let setup = Setup::new(TTL);
        let tasks = [setup.ask(1, result), setup.ask_well(1), setup.ask_well(1)];
        settle().await;
        setup.gate.add_permits(1);
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap_err().status(), status);
        }
        assert_eq!(setup.started.load(SeqCst), 1);
        setup.store(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_waited_for_another_says_how_long() {
    let setup = Setup::new(TTL);
    let first = setup.ask_well(1);
    settle().await;
    advance(TTL).await;
    let second = setup.ask_well(1);
    settle().await;
    advance(TTL).await;
    setup.gate.add_permits(1);
    assert!(first.await.unwrap().unwrap().timing.parts().is_empty(), "its computation took none");
    assert_eq!(second.await.unwrap().unwrap().timing, Timing::of("wait", TTL));
}

#[tokio::test]
async fn flights_of_different_keys_do_not_wait_for_each_other() {
    let setup = Setup::new(TTL);
    let stuck = setup.ask_well(1);
    settle().await;
    let other = setup.cache.get_or_compute(N(2), computed("response")).await;
    assert!(other.is_ok() && !stuck.is_finished());
}

#[tokio::test]
async fn a_clear_affects_only_later_requests() {
    let setup = Setup::new(TTL);
    let before = vec![setup.ask_well(1), setup.ask_well(1)];
    settle().await;
    setup.cache.clear().await.unwrap();
    let after = vec![setup.ask_well(1)];
    settle().await;
    assert_eq!(setup.started.load(SeqCst), 2, "the new request does not join the old computation");
    setup.gate.add_permits(1);
    assert_eq!(responses(before).await, ["ttl; fwd=miss", "ttl; fwd=miss; collapsed"]);
    assert_eq!(setup.stats().entries, 0, "a response from before the clear is not stored");
    setup.gate.add_permits(1);
    assert_eq!(responses(after).await, ["ttl; fwd=miss; stored"]);
    assert_eq!(setup.stats().entries, 1);
}

#[tokio::test]
async fn with_a_ttl_of_zero_every_request_computes() {
    let setup = Setup::new(Duration::ZERO);
    let tasks: Vec<_> = (0..3).map(|_| setup.ask_well(1)).collect();
    settle().await;
    setup.gate.add_permits(3);
    assert_eq!(responses(tasks).await, ["ttl; fwd=miss"; 3]);
    let stats = setup.stats();
    assert_eq!((stats.misses, stats.collapsed, stats.entries), (3, 0, 0));
}

#[derive(Clone, Debug)]
enum Step {
    Ask(u32),
    /// A client leaves, with its response or without.
    Leave(prop::sample::Index),
    /// A computation begins, ends, or is cleared.
    Begin(prop::sample::Index),
    Finish(prop::sample::Index),
    Clear,
}

/// A computation, as the model knows it.
#[derive(Debug)]
struct Known {
    key: u32,
    clients: HashSet<usize>,
    has_begun: bool,
    has_ended: bool,
    is_cleared: bool,
}

proptest! {
    #[test]
    fn under_way_is_exactly_what_has_begun_or_has_a_client(
        steps in vec(
            prop_oneof![
                6 => (0_u32..4).prop_map(Step::Ask),
                4 => any::<prop::sample::Index>().prop_map(Step::Leave),
                2 => any::<prop::sample::Index>().prop_map(Step::Begin),
                2 => any::<prop::sample::Index>().prop_map(Step::Finish),
                1 => Just(Step::Clear),
            ],
            0..100,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let outcome: Result<(), TestCaseError> = runtime.block_on(async {
            let calls = Arc::new(Mutex::new(SingleFlight::<()>::default()));
            let mut known: Vec<Known> = vec![];
            let mut gates: Vec<[Arc<Semaphore>; 2]> = vec![];
            let mut clients: BTreeMap<usize, JoinHandle<()>> = BTreeMap::new();
            for (step, number) in steps.into_iter().zip(0..) {
                match step {
                    Step::Ask(key) => {
                        let current = known.iter_mut().find(|it| it.key == key && it.is_current());
                        let gate = [(); 2].map(|()| Arc::new(Semaphore::new(0)));
                        let (call, is_joined) = join_or_begin(&calls, key, gate.clone());
                        prop_assert_eq!(is_joined, current.is_some(), "{:?}", current);
                        if let Some(current) = current {
                            current.clients.insert(number);
                        } else {
                            known.push(Known::of(key, number));
                            gates.push(gate);
                        }
                        clients.insert(number, tokio::spawn(call));
                    }
                    Step::Leave(who) if !clients.is_empty() => {
                        let number = *clients.keys().nth(who.index(clients.len())).unwrap();
                        clients.remove(&number).unwrap().abort();
                        known.iter_mut().for_each(|it| _ = it.clients.remove(&number));
                    }
                    Step::Begin(which) if !known.is_empty() => {
                        let index = which.index(known.len());
                        gates[index][0].add_permits(1);
                        known[index].has_begun |= known[index].is_alive();
                    }
                    Step::Finish(which) if !known.is_empty() => {
                        let index = which.index(known.len());
                        if known[index].has_begun {
                            gates[index][1].add_permits(1);
                            known[index].has_ended = true;
                        }
                    }
                    Step::Leave(_) | Step::Begin(_) | Step::Finish(_) => {}
                    Step::Clear => {
                        calls.lock().unwrap().clear();
                        known.iter_mut().for_each(|it| it.is_cleared = true);
                    }
                }
                settle().await;
                for key in 0..4 {
                    let expected = known.iter().any(|it| it.key == key && it.is_current());
                    prop_assert_eq!(calls.lock().unwrap().is_under_way(key), expected);
                }
            }
            Ok(())
        });
        outcome?;
    }
}

impl Known {
    fn of(key: u32, client: usize) -> Self {
        let clients = HashSet::from([client]);
        Self { key, clients, has_begun: false, has_ended: false, is_cleared: false }
    }

    /// What has begun goes on without clients, unless it was cleared before.
    fn is_alive(&self) -> bool {
        !self.has_ended && (self.has_begun || !self.clients.is_empty())
    }

    fn is_current(&self) -> bool {
        self.is_alive() && !self.is_cleared
    }
}

/// A computation that passes the first gate to begin, and the second to end.
fn join_or_begin(
    calls: &Arc<Mutex<SingleFlight<()>>>,
    key: u32,
    [queue, end]: [Arc<Semaphore>; 2],
) -> (Call<()>, bool) {
    let table = calls.clone();
    calls.lock().unwrap().join_or_begin(key, |number| async move {
        let _end = OnDrop(|| _ = table.lock().unwrap().finish(key, number));
        queue.acquire().await.unwrap().forget();
        table.lock().unwrap().detach(key, number);
        end.acquire().await.unwrap().forget();
    })
}
