//! Checks `SingleFlight`.

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    task::{JoinHandle, yield_now},
    time::timeout,
};

use super::*;

/// A key, and the number of the computation that this result comes from.
type Computed = (u32, u32);

/// Requests whose computations count themselves and wait at a gate until they are let through.
#[derive(Clone)]
struct Requests {
    computing: Arc<SingleFlight<Computed>>,
    computations: Arc<AtomicU32>,
    gate: Arc<Semaphore>,
}

impl Requests {
    fn new() -> Self {
        let gate = Arc::new(Semaphore::new(0));
        Self { computing: Arc::default(), computations: Arc::default(), gate }
    }

    async fn get(&self, key: u32) -> Computed {
        let compute = async {
            let number = self.computations.fetch_add(1, SeqCst) + 1;
            self.gate.acquire().await.expect("the gate is never closed").forget();
            (key, number)
        };
        self.computing.get_or_compute(key, compute).await
    }

    /// A request that has begun and waits for its result.
    async fn start(&self, key: u32) -> JoinHandle<Computed> {
        let requests = self.clone();
        let request = tokio::spawn(async move { requests.get(key).await });
        settle().await;
        request
    }

    /// Lets this many computations through.
    async fn open(&self, gate: usize) {
        self.gate.add_permits(gate);
        settle().await;
    }

    fn computations(&self) -> u32 {
        self.computations.load(SeqCst)
    }
}

/// Lets every task run until it waits.
async fn settle() {
    for _ in 0..10 {
        yield_now().await;
    }
}

/// The result of a request, or a panic that explains why there is none.
async fn result<R>(request: JoinHandle<R>, hint: &str) -> R {
    // The clock is paused. It jumps ahead, but only when no task can run.
    match timeout(Duration::from_secs(60), request).await {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => resume_unwind(error.into_panic()),
        Err(_) => panic!("a request never gets its result: {hint}"),
    }
}

#[tokio::test(start_paused = true)]
async fn callers_that_miss_at_once_share_one_computation() {
    let requests = Requests::new();
    let (one, other) = (requests.start(1).await, requests.start(1).await);
    let begun = requests.computations();
    requests.open(2).await;
    result(one, "it came first, so nothing keeps it from computing").await;
    result(other, "wake the waiting callers when the computation is done").await;
    assert_eq!(
        begun, 1,
        "two callers missed the same key at once, and both computed: let the second one wait"
    );
}

#[tokio::test(start_paused = true)]
async fn all_waiting_callers_get_the_same_result() {
    let requests = Requests::new();
    let mut waiting = Vec::new();
    for _ in 0..5 {
        waiting.push(requests.start(7).await);
    }
    requests.open(5).await;
    for request in waiting {
        let got = result(request, "wake all the waiting callers, not only one").await;
        assert_eq!(
            got,
            (7, 1),
            "five callers missed key 7 at once, but one got the result of another computation"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn when_it_is_done_the_next_caller_computes_again() {
    let requests = Requests::new();
    requests.open(2).await;
    let first = requests.start(1).await;
    result(first, "it came first, so nothing keeps it from computing").await;
    let next = requests.start(1).await;
    let got = result(next, "the computation before it is done, so start a new one").await;
    assert_eq!(
        got,
        (1, 2),
        "the caller that came later got the old result, as from a cache: remove the cell of a computation \
         that is done"
    );
}

#[tokio::test(start_paused = true)]
async fn different_keys_do_not_wait_for_each_other() {
    let requests = Requests::new();
    let (one, two) = (requests.start(1).await, requests.start(2).await);
    let begun = requests.computations();
    requests.open(2).await;
    let one = result(one, "it came first, so nothing keeps it from computing").await;
    let two = result(two, "its key is not being computed, so it has to compute").await;
    assert_eq!(
        [one.0, two.0],
        [1, 2],
        "callers of keys 1 and 2 got results of other keys: share only among callers of one key"
    );
    assert_eq!(
        begun, 2,
        "key 2 had to wait until key 1 was computed: release the lock before you await"
    );
}

#[tokio::test(start_paused = true)]
async fn when_the_caller_that_computes_goes_away_another_takes_over() {
    let requests = Requests::new();
    let (computing, waiting) = (requests.start(1).await, requests.start(1).await);
    let at_first = requests.computations();
    computing.abort();
    settle().await;
    let later = requests.start(1).await;
    let begun = requests.computations();
    requests.open(2).await;
    let hint = "the caller that computed has left, so let a waiting one run its own `compute`";
    let got = result(waiting, hint).await;
    assert_eq!(got.0, 1, "the caller that took over got the result of another key");
    result(later, "it came last, so it waits for the caller that took over").await;
    let why = match begun {
        _ if at_first != 1 => "first let two callers share one computation",
        3 => {
            "a third caller came and did not find the second computation in the table. Even if a caller \
             leaves, remove the cell only when its computation is done"
        }
        _ => "let a waiting caller take over, and let a third one wait for it",
    };
    assert_eq!(begun, 2, "one computation was abandoned, and another one took over: {why}");
}

#[tokio::test(start_paused = true)]
async fn a_computation_that_all_callers_have_left_is_no_obstacle() {
    let requests = Requests::new();
    requests.start(1).await.abort();
    settle().await;
    requests.open(1).await;
    let next = requests.start(1).await;
    let got = result(next, "all earlier callers have left, so the next one has to compute").await;
    assert_eq!(
        got,
        (1, 2),
        "all earlier callers have left, so the next one runs its own `compute`"
    );
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_wakes_late_does_not_end_the_next_computation() {
    let requests = Requests::new();
    // This task gets its first result and comes again before the task that waited with it runs.
    let comes_twice = tokio::spawn({
        let requests = requests.clone();
        async move { [requests.get(1).await, requests.get(1).await] }
    });
    settle().await;
    let late = requests.start(1).await;
    let at_first = requests.computations();
    requests.open(1).await;
    let joins = requests.start(1).await;
    let begun = requests.computations();
    requests.open(3).await;
    let hint = "wake the waiting callers when the computation is done";
    for request in [late, joins] {
        result(request, hint).await;
    }
    let twice = result(comes_twice, hint).await;
    let why = match begun {
        _ if at_first != 1 => "first let two callers share one computation",
        3 => {
            "a caller of the first computation woke late and removed the second one from the table. \
             Remove only the cell that you waited for"
        }
        _ => "first pass `when_it_is_done_the_next_caller_computes_again`",
    };
    assert_eq!(begun, 2, "there should be two computations, one after the other: {why}");
    assert_ne!(
        twice[0], twice[1],
        "the first computation was over, but a caller that came after it still got its result, because \
         another one had not woken yet. The first caller to wake has to remove the cell"
    );
}
