//! Checks `OneFlight`.

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
type Answer = (u32, u32);

/// Requests whose computations count themselves and wait at a gate until they are let through.
#[derive(Clone)]
struct Requests {
    flights: Arc<OneFlight<Answer>>,
    computations: Arc<AtomicU32>,
    gate: Arc<Semaphore>,
}

impl Requests {
    fn new() -> Self {
        let gate = Arc::new(Semaphore::new(0));
        Self { flights: Arc::default(), computations: Arc::default(), gate }
    }

    async fn get(&self, key: u32) -> Answer {
        let compute = async {
            let number = self.computations.fetch_add(1, SeqCst) + 1;
            self.gate.acquire().await.expect("the gate is never closed").forget();
            (key, number)
        };
        self.flights.get_or_compute(key, compute).await
    }

    /// A request that has begun and waits for its result.
    async fn ask(&self, key: u32) -> JoinHandle<Answer> {
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
async fn answer(request: JoinHandle<Answer>, hint: &str) -> Answer {
    // The clock is paused. It jumps ahead, but only when no task can run.
    match timeout(Duration::from_secs(60), request).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => resume_unwind(error.into_panic()),
        Err(_) => panic!("a request waits for ever: {hint}"),
    }
}

#[tokio::test(start_paused = true)]
async fn callers_who_miss_at_once_share_one_computation() {
    let requests = Requests::new();
    let (one, other) = (requests.ask(1).await, requests.ask(1).await);
    let begun = requests.computations();
    requests.open(2).await;
    answer(one, "nothing keeps the first caller from computing").await;
    answer(other, "who waits for a flight has to be woken when its answer is there").await;
    assert_eq!(
        begun, 1,
        "two asked for one key at once: let the second wait for the first's answer"
    );
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_get_the_same_answer() {
    let requests = Requests::new();
    let mut waiting = Vec::new();
    for _ in 0..5 {
        waiting.push(requests.ask(7).await);
    }
    requests.open(5).await;
    for request in waiting {
        let got = answer(request, "who waits for a flight has to be woken, all of them").await;
        assert_eq!(
            got,
            (7, 1),
            "all five should get the first computation's answer: clone it for each"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn when_it_is_done_the_next_caller_computes_anew() {
    let requests = Requests::new();
    requests.open(2).await;
    let first = requests.ask(1).await;
    answer(first, "nothing keeps the first caller from computing").await;
    let next = requests.ask(1).await;
    let got = answer(next, "the flight was done, so compute a new answer").await;
    assert_eq!(
        got,
        (1, 2),
        "that is the old answer, and this is no cache: take the flight away at its end"
    );
}

#[tokio::test(start_paused = true)]
async fn different_keys_do_not_wait_for_each_other() {
    let requests = Requests::new();
    let (one, two) = (requests.ask(1).await, requests.ask(2).await);
    let begun = requests.computations();
    requests.open(2).await;
    let answers =
        [answer(one, "its computation may go on").await.0, answer(two, "so may this").await.0];
    assert_eq!(begun, 2, "two keys are two flights: hold no lock while a computation is awaited");
    assert_eq!(
        answers,
        [1, 2],
        "each caller needs the answer of its own key: one flight for each key"
    );
}

#[tokio::test(start_paused = true)]
async fn when_the_one_who_computes_goes_away_another_takes_over() {
    let requests = Requests::new();
    let (computing, waiting) = (requests.ask(1).await, requests.ask(1).await);
    computing.abort();
    settle().await;
    requests.open(1).await;
    let hint = "when the caller who computes is dropped, let a waiting one run its own `compute`";
    assert_eq!(answer(waiting, hint).await.0, 1, "the one who waited needs an answer for its key");
}

#[tokio::test(start_paused = true)]
async fn a_flight_that_all_have_left_is_no_obstacle() {
    let requests = Requests::new();
    requests.ask(1).await.abort();
    settle().await;
    requests.open(1).await;
    let next = requests.ask(1).await;
    let hint = "nobody computes any more, so whoever comes next has to";
    assert_eq!(answer(next, hint).await, (1, 2), "the next caller has to run its own computation");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_late_to_leave_does_not_end_the_next_flight() {
    let requests = Requests::new();
    // This task has its first result and asks again before the task that waited with it runs.
    let asks_twice = tokio::spawn({
        let requests = requests.clone();
        async move {
            requests.get(1).await;
            requests.get(1).await
        }
    });
    settle().await;
    let late = requests.ask(1).await;
    requests.open(1).await;
    let joins = requests.ask(1).await;
    let begun = requests.computations();
    requests.open(2).await;
    for request in [asks_twice, late, joins] {
        answer(request, "each flight ends, and wakes who waits for it").await;
    }
    assert_eq!(
        begun, 2,
        "the second flight should be shared, too: before you take a flight away, see with \
         `Arc::ptr_eq` that it is the one you waited for"
    );
}
