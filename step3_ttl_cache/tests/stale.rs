//! Serving stale, on a clock that the test moves: which requests wait, which compute, and what is never sent.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{
    future::pending,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::http::{HeaderValue, StatusCode};
use bytes::Bytes;
use futures_util::FutureExt;
use step1_plain::{
    slow::N,
    support::{
        http::{problem::Problem, timing::Timed},
        testing::{Response, computed, get},
    },
};
use step2_dict_cache::cache::Cache;
use step3_ttl_cache::{
    app,
    freshness::FreshResponse,
    shared_ttl::SharedTtl,
    stale::{Hit, Lifetime},
    sweep::sweep,
    ttl_cache::TtlCache,
};
use tokio::{
    sync::Semaphore,
    task::yield_now,
    time::{Instant, advance, sleep},
};

const TTL: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

fn lifetime(while_revalidate: u64, if_error: u64) -> Lifetime {
    Lifetime {
        ttl: TTL,
        stale_while_revalidate: Duration::from_secs(while_revalidate),
        stale_if_error: Duration::from_secs(if_error),
    }
}

/// A cache of one key. Its computations wait for a permit, and bring the number of the computation.
#[derive(Clone)]
struct Setup {
    cache: Arc<SharedTtl>,
    begun: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Setup {
    /// A cache with a response that was just stored.
    async fn new(lifetime: Lifetime) -> Self {
        let cache = Arc::new(SharedTtl::new(NonZeroUsize::MIN, lifetime));
        let setup = Self { cache, begun: Arc::default(), gate: Arc::new(Semaphore::new(1)) };
        assert_eq!(setup.ask().await, "1: ttl; fwd=miss; stored");
        setup
    }

    async fn get(&self) -> Result<FreshResponse, Problem> {
        let (begun, gate) = (self.begun.clone(), self.gate.clone());
        let begin = async move {
            let number = begun.fetch_add(1, SeqCst) + 1;
            let computation = async move {
                gate.acquire().await.expect("never closed").forget();
                Ok(Timed::from(Bytes::from(number.to_string())))
            };
            Ok(computation.boxed())
        };
        self.cache.get_or_compute(N(1), begin).await
    }

    /// Which computation the response is from, and its `Cache-Status`.
    async fn ask(&self) -> String {
        show(self.get().await)
    }

    /// The same, when every computation fails.
    async fn ask_failing(&self) -> String {
        self.begun.fetch_add(1, SeqCst);
        let failed = async { Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "on purpose")) };
        let result = show(self.cache.get_or_compute(N(1), failed).await);
        settle().await;
        result
    }

    fn figures(&self) -> [u64; 4] {
        let stats = self.cache.stats_now();
        [stats.hits, stats.misses + stats.collapsed, stats.stale, stats.refreshes]
    }
}

fn show(result: Result<FreshResponse, Problem>) -> String {
    result.map_or_else(
        |problem| problem.status().as_str().to_owned(),
        |response| {
            let body = str::from_utf8(&response.tagged.body).unwrap();
            let status = HeaderValue::from(response.cache_status);
            format!("{body}: {}", status.to_str().unwrap())
        },
    )
}

/// Lets every task run until it waits.
async fn settle() {
    for _ in 0..10 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn no_request_waits_for_a_computation_in_the_background() {
    let setup = Setup::new(lifetime(30, 0)).await;
    advance(TTL + SECOND).await;
    for _ in 0..100 {
        assert_eq!(setup.ask().await, "1: ttl; hit; ttl=-1");
        settle().await;
    }
    assert_eq!(setup.begun.load(SeqCst), 2, "one computation for any number of requests");
    setup.gate.add_permits(1);
    settle().await;
    assert_eq!(setup.ask().await, "2: ttl; hit; ttl=10");
    assert_eq!(setup.figures(), [101, 1, 100, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_does_not_need_the_client_that_started_it() {
    let setup = Setup::new(lifetime(30, 0)).await;
    advance(TTL).await;
    // The client has its response and is gone before the computation begins.
    drop(setup.get().await);
    settle().await;
    setup.gate.add_permits(1);
    settle().await;
    assert_eq!(setup.ask().await, "2: ttl; hit; ttl=10");
}

#[tokio::test(start_paused = true)]
async fn beyond_the_window_a_request_joins_the_refresh_and_never_gets_the_old_response() {
    let setup = Setup::new(lifetime(30, 0)).await;
    advance(TTL).await;
    assert_eq!(setup.ask().await, "1: ttl; hit; ttl=-1");
    settle().await;
    advance(30 * SECOND).await;
    let late = tokio::spawn({
        let setup = setup.clone();
        async move { setup.ask().await }
    });
    settle().await;
    assert!(!late.is_finished());
    setup.gate.add_permits(1);
    assert_eq!(late.await.unwrap(), "2: ttl; fwd=miss; collapsed");
    assert_eq!(setup.begun.load(SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_window_ends_at_exactly_its_end() {
    for (while_revalidate, if_error) in [(30, 0), (0, 30), (30, 30), (30, 5), (5, 30)] {
        let setup = Setup::new(lifetime(while_revalidate, if_error)).await;
        let nanosecond = Duration::from_nanos(1);
        advance(TTL + 30 * SECOND - nanosecond).await;
        assert!(setup.ask_failing().await.starts_with("1: "), "{while_revalidate} {if_error}");
        advance(nanosecond).await;
        assert_eq!(setup.ask_failing().await, "503", "{while_revalidate} {if_error}");
        assert_eq!(setup.cache.stats_now().entries, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn without_windows_an_expired_response_is_never_sent() {
    let setup = Setup::new(TTL.into()).await;
    advance(TTL).await;
    assert_eq!(setup.ask_failing().await, "503");
    setup.gate.add_permits(1);
    assert_eq!(setup.ask().await, "3: ttl; fwd=miss; stored");
    assert_eq!(setup.figures(), [0, 3, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn an_error_is_replaced_by_the_expired_response_within_its_window() {
    let setup = Setup::new(lifetime(0, 30)).await;
    advance(TTL + 2 * SECOND).await;
    assert_eq!(setup.ask_failing().await, "1: ttl; fwd=stale; fwd-status=503; ttl=-2");
    // For a second, there is no other attempt.
    advance(SECOND / 2).await;
    assert_eq!(setup.ask_failing().await, "1: ttl; hit; ttl=-3");
    advance(SECOND / 2).await;
    assert_eq!(setup.ask_failing().await, "1: ttl; fwd=stale; fwd-status=503; ttl=-3");
    advance(SECOND).await;
    setup.gate.add_permits(1);
    let last = setup.begun.load(SeqCst) + 1;
    assert_eq!(setup.ask().await, format!("{last}: ttl; fwd=miss; stored"));
    assert_eq!(setup.figures(), [1, 4, 3, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_an_error_too() {
    let setup = Setup::new(lifetime(0, 30)).await;
    advance(TTL).await;
    let panics = setup.cache.get_or_compute(N(1), async { panic!("on purpose, for this test") });
    assert_eq!(show(panics.await), "1: ttl; fwd=stale; fwd-status=500; ttl=-1");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_for_a_minute_is_tried_once_a_second() {
    let setup = Setup::new(lifetime(100, 0)).await;
    advance(TTL).await;
    for _ in 0..600 {
        advance(SECOND / 10).await;
        assert!(setup.ask_failing().await.starts_with("1: ttl; hit; ttl=-"));
    }
    let [hits, _, stale, refreshes] = setup.figures();
    assert_eq!((hits, stale, refreshes), (600, 600, 60));
}

#[tokio::test(start_paused = true)]
async fn what_a_refresh_brings_after_a_delete_is_not_stored() {
    let setup = Setup::new(lifetime(30, 30)).await;
    advance(TTL).await;
    assert_eq!(setup.ask().await, "1: ttl; hit; ttl=-1");
    settle().await;
    setup.cache.clear().await.unwrap();
    setup.gate.add_permits(1);
    settle().await;
    assert_eq!(setup.cache.stats_now().entries, 0);
    assert_eq!(setup.ask_failing().await, "503", "nothing is left to send");
    setup.gate.add_permits(1);
    assert_eq!(setup.ask().await, "4: ttl; fwd=miss; stored");
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_was_evicted_during_its_refresh_comes_back() {
    let setup = Setup::new(lifetime(30, 0)).await;
    advance(TTL).await;
    assert_eq!(setup.ask().await, "1: ttl; hit; ttl=-1");
    settle().await;
    assert!(setup.cache.get_or_compute(N(2), computed("other")).await.is_ok());
    assert_eq!(setup.cache.stats_now().evictions, 1);
    setup.gate.add_permits(1);
    settle().await;
    assert_eq!(setup.ask().await, "2: ttl; hit; ttl=10");
}

#[tokio::test(start_paused = true)]
async fn with_a_ttl_of_zero_nothing_is_stored_and_so_nothing_is_stale() {
    let setup = Setup {
        cache: Arc::new(SharedTtl::new(
            NonZeroUsize::MIN,
            Lifetime { ttl: Duration::ZERO, ..lifetime(30, 30) },
        )),
        begun: Arc::default(),
        gate: Arc::new(Semaphore::new(2)),
    };
    assert_eq!(setup.ask().await, "1: ttl; fwd=miss");
    assert_eq!(setup.ask().await, "2: ttl; fwd=miss");
    assert_eq!(setup.ask_failing().await, "503");
}

#[test]
fn a_window_of_a_year_is_a_year() {
    let year = Duration::from_secs(366 * 24 * 60 * 60);
    let lifetime = Lifetime { ttl: year, stale_while_revalidate: year, stale_if_error: year };
    let (mut cache, now) = (TtlCache::new(NonZeroUsize::MIN, lifetime), Instant::now());
    cache.insert(1, "value", now);
    assert_eq!(cache.get(1, None, now + 2 * year - SECOND).unwrap().1, Hit::Refresh);
    assert!(cache.get(1, None, now + 2 * year).is_none());
}

#[tokio::test(start_paused = true)]
async fn the_sweeper_drops_an_entry_at_the_end_of_its_window() {
    let lifetime = lifetime(30, 0);
    let cache = Arc::new(SharedTtl::new(NonZeroUsize::MIN, lifetime));
    tokio::spawn(sweep(Arc::downgrade(&cache), lifetime));
    assert!(cache.get_or_compute(N(1), computed("1")).await.is_ok());
    sleep(TTL + 29 * SECOND).await;
    let counts = || cache.stats_now().expirations;
    assert_eq!(counts(), 0);
    sleep(2 * SECOND).await;
    assert_eq!((counts(), cache.stats_now().entries), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_headers_tell_the_truth_about_a_stale_response() {
    let app = app(NonZeroUsize::MIN, lifetime(30, 60));
    let headers = |response: &Response| {
        ["cache-status", "cache-control", "age"]
            .map(|name| response.header(name).unwrap_or("-").to_owned())
    };
    let control = "max-age=10, stale-while-revalidate=30, stale-if-error=60";
    get(&app, "/cached?n=1000").await;
    advance(TTL + Duration::from_millis(2500)).await;
    let response = get(&app, "/cached?n=1000").await;
    assert_eq!(headers(&response), ["ttl; hit; ttl=-3", control, "12"]);
    assert_eq!(get(&app, "/stats").await.json()["stale"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_waits_in_the_queue_in_vain_gets_the_expired_response() {
    let setup = Setup::new(lifetime(0, 30)).await;
    advance(TTL).await;
    let limit = Duration::from_secs(20);
    let begin = async move {
        let queue = tokio::time::timeout(limit, pending::<()>()).await;
        Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("{queue:?}")))
    };
    let response = setup.cache.get_or_compute(N(1), begin).await;
    assert_eq!(show(response), "1: ttl; fwd=stale; fwd-status=503; ttl=-20");
}
