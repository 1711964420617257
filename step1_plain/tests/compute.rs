//! The compute thread runs one computation at a time, has a bounded queue, and stops if no client waits.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc::{self, RecvTimeoutError::Timeout},
    },
    time::{Duration, Instant},
};

use axum::{http::StatusCode, response::IntoResponse};
use step1_plain::{
    compute::{Compute, WAITING},
    slow::{N, Slow},
    support::http::problem::Problem,
};
use tokio::{
    sync::oneshot,
    task::{JoinHandle, yield_now},
};

/// A computation that occupies the thread until it is released or cancelled.
struct Held {
    running: JoinHandle<Result<(), Problem>>,
    release: mpsc::Sender<()>,
}

impl Held {
    async fn on(compute: &Compute) -> Self {
        let (started, has_started) = oneshot::channel();
        let (release, released) = mpsc::channel();
        let work = move |cancelled: &AtomicBool| {
            let _ = started.send(());
            while released.recv_timeout(Duration::from_millis(1)) == Err(Timeout) {
                if cancelled.load(SeqCst) {
                    return None;
                }
            }
            Some(())
        };
        let compute = compute.clone();
        let running = tokio::spawn(async move { run(&compute, work).await });
        has_started.await.unwrap();
        Self { running, release }
    }

    async fn release(self) {
        self.release.send(()).unwrap();
        self.running.await.unwrap().unwrap();
    }
}

/// Waits, and then runs `work`.
async fn run<T: Send + 'static>(
    compute: &Compute,
    work: impl FnOnce(&AtomicBool) -> Option<T> + Send + 'static,
) -> Result<T, Problem> {
    Ok(compute.acquire().await?.run(work).await)
}

#[tokio::test]
async fn computations_run_one_at_a_time_and_all_return() {
    let compute = Compute::with_queue(WAITING);
    let running = Arc::new(AtomicUsize::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..100 {
        let (compute, running) = (compute.clone(), running.clone());
        tasks.spawn(async move {
            let work = move |_: &AtomicBool| {
                assert_eq!(running.fetch_add(1, SeqCst), 0, "another computation is running");
                std::thread::yield_now();
                running.fetch_sub(1, SeqCst);
                Some(i)
            };
            run(&compute, work).await.unwrap()
        });
    }
    let mut responses = tasks.join_all().await;
    responses.sort_unstable();
    assert!(responses.into_iter().eq(0..100));
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_says_when_to_come_back() {
    let compute = Compute::with_queue(1);
    let held = Held::on(&compute).await;
    let waiting = tokio::spawn({
        let compute = compute.clone();
        async move { run(&compute, |_| Some(())).await }
    });
    yield_now().await;

    let problem = run(&compute, |_| Some(())).await.unwrap_err();
    assert_eq!(problem.status(), StatusCode::SERVICE_UNAVAILABLE);
    let response = problem.into_response();
    assert_eq!(response.headers()["retry-after"], "1");

    held.release().await;
    waiting.await.unwrap().unwrap();
    run(&compute, |_| Some(())).await.expect("there is room again");
}

#[tokio::test]
async fn a_client_that_leaves_the_queue_frees_its_place_at_once() {
    let compute = Compute::with_queue(1);
    let held = Held::on(&compute).await;
    for _ in 0..10 {
        let waiting = tokio::spawn({
            let compute = compute.clone();
            async move { run(&compute, |_| -> Option<()> { panic!("no client waits for this") }).await }
        });
        yield_now().await;
        assert!(run(&compute, |_| Some(())).await.is_err(), "the queue is full");
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
    }
    held.release().await;
}

#[tokio::test]
async fn a_running_computation_stops_when_its_client_leaves() {
    let compute = Compute::with_queue(1);
    let held = Held::on(&compute).await;
    held.running.abort();
    // Runs only after the one before it has noticed that it is cancelled.
    assert_eq!(run(&compute, |_| Some(1)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_panic_reaches_the_caller_and_the_thread_goes_on() {
    let compute = Compute::with_queue(WAITING);
    let asked = tokio::spawn({
        let compute = compute.clone();
        async move { run(&compute, |_| -> Option<()> { panic!("on purpose") }).await }
    });
    let panic = asked.await.unwrap_err().into_panic();
    assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    assert_eq!(run(&compute, |_| Some(1)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_response_that_takes_too_long_is_a_503_and_its_computation_ends() {
    let limit = Duration::from_millis(20);
    let (ended, has_ended) = mpsc::channel();
    let count = move |_, cancelled: &AtomicBool| {
        while !cancelled.load(SeqCst) {
            std::thread::yield_now();
        }
        ended.send(()).unwrap();
        None
    };
    let slow = Slow::new(count, limit);
    let problem = slow.begin(N(1)).await.unwrap().await.unwrap_err();
    assert_eq!(problem.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(problem.clone().into_response().headers().contains_key("retry-after"));
    assert_eq!(parts(problem), ["queue", "compute"]);
    has_ended.recv_timeout(Duration::from_secs(20)).unwrap();
    // The limit is for the wait and the computation together.
    let first = slow.begin(N(1)).await.unwrap();
    let problem = slow.begin(N(2)).await.map(drop).unwrap_err();
    assert_eq!(problem.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(parts(problem), ["queue"]);
    let start = Instant::now();
    assert!(first.await.is_err());
    assert!(start.elapsed() < limit, "{:?}", start.elapsed());
}

fn parts(problem: Problem) -> Vec<&'static str> {
    problem.into_timing().parts().iter().map(|(name, _)| *name).collect()
}
