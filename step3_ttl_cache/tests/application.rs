//! The application as a value, under a clock that the test moves.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use axum::Router;
use bytes::Bytes;
use step1_plain::{
    slow::N,
    support::testing::{Response, ask, computed, get},
};
use step2_dict_cache::cache::Cache;
use step3_ttl_cache::{app, shared_ttl::SharedTtl, sweep::sweep};
use tokio::{
    runtime::Handle,
    time::{advance, sleep},
};

const TTL: Duration = Duration::from_secs(10);

fn app_of(capacity: usize, ttl: Duration) -> Router {
    app(NonZeroUsize::new(capacity).unwrap(), ttl)
}

/// The headers of a stored response: Cache-Status, Cache-Control, Age.
fn freshness(response: &Response) -> [&str; 3] {
    ["cache-status", "cache-control", "age"].map(|name| response.header(name).unwrap_or("-"))
}

async fn figure(app: &Router, name: &str) -> u64 {
    get(app, "/stats").await.json()[name].as_u64().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_response_ages_and_is_computed_again_at_exactly_its_ttl() {
    let app = app_of(10, TTL);
    let slow = get(&app, "/slow?n=1000").await;
    for (pass, expected) in [
        (0, ["ttl; fwd=miss; stored", "max-age=10", "0"]),
        (0, ["ttl; hit; ttl=10", "max-age=10", "0"]),
        (2_500, ["ttl; hit; ttl=7", "max-age=10", "2"]),
        (7_499, ["ttl; hit; ttl=0", "max-age=10", "9"]),
        (1, ["ttl; fwd=miss; stored", "max-age=10", "0"]),
        (9_999, ["ttl; hit; ttl=0", "max-age=10", "9"]),
        (30_000, ["ttl; fwd=miss; stored", "max-age=10", "0"]),
    ] {
        advance(Duration::from_millis(pass)).await;
        let response = get(&app, "/cached?n=1000").await;
        assert_eq!((response.status, &response.body), (200, &slow.body));
        assert_eq!(freshness(&response), expected, "after {pass} ms more");
    }
}

#[tokio::test(start_paused = true)]
async fn the_figures_tell_expirations_from_evictions_and_add_up() {
    let app = app_of(2, TTL);
    for n in [1, 2, 3, 3] {
        get(&app, &format!("/cached?n={n}")).await;
    }
    advance(TTL).await;
    get(&app, "/cached?n=3").await;
    assert_eq!(
        get(&app, "/stats").await.text(),
        r#"{"cache":"ttl","hits":1,"misses":4,"collapsed":0,"stale":0,"refreshes":0,"hit_ratio":0.2,"entries":1,"capacity":2,"evictions":1,"expirations":2,"ttl_seconds":10.0}"#
    );
}

#[tokio::test(start_paused = true)]
async fn the_memory_of_an_expired_response_is_freed_without_a_request() {
    let cache = Arc::new(SharedTtl::new(NonZeroUsize::MIN, TTL));
    tokio::spawn(sweep(Arc::downgrade(&cache), TTL.into()));
    // Bytes that can be watched: they own a reference to `memory`.
    let memory = Arc::new([0_u8; 10]);
    let body = Bytes::from_owner(Watched(memory.clone()));
    drop(cache.get_or_compute(N(1), computed(body)).await);
    assert_eq!(Arc::strong_count(&memory), 2, "stored");
    sleep(TTL - Duration::from_secs(1)).await;
    assert_eq!(Arc::strong_count(&memory), 2, "still fresh");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(Arc::strong_count(&memory), 1, "freed");
}

#[tokio::test(start_paused = true)]
async fn the_application_starts_a_sweeper_which_ends_with_it() {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let app = app_of(10, TTL);
    get(&app, "/cached?n=10").await;
    sleep(Duration::from_millis(1)).await; // The task of the computation ends, too.
    assert_eq!(tasks(), 1);
    drop(app);
    sleep(TTL * 2).await;
    assert_eq!(tasks(), 0);
}

struct Watched(Arc<[u8; 10]>);

impl AsRef<[u8]> for Watched {
    fn as_ref(&self) -> &[u8] {
        &*self.0
    }
}

#[tokio::test]
async fn an_if_match_that_names_another_tag_is_a_412() {
    let app = app_of(10, TTL);
    let etag = get(&app, "/cached?n=1000").await.header("etag").unwrap().to_owned();
    for (list, status) in [
        (etag.clone(), 200),
        ("*".to_owned(), 200),
        (format!("\"x\", {etag}"), 200),
        ("\"x\"".to_owned(), 412),
        (format!("W/{etag}"), 412),
    ] {
        let response = ask(&app, "GET", "/cached?n=1000", &[("if-match", &list)]).await;
        assert_eq!(response.status, status, "{list}");
    }
    // It comes before If-None-Match (RFC 9110, section 13.2.2).
    let both = [("if-match", "\"x\""), ("if-none-match", "*")];
    ask(&app, "GET", "/cached?n=1000", &both).await.expect_problem(412);
}

#[tokio::test(start_paused = true)]
async fn whoever_has_the_bytes_gets_304_and_the_same_headers() {
    let app = app_of(10, TTL);
    let full = get(&app, "/cached?n=1000").await;
    let etag = full.header("etag").unwrap();
    assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 10, "strong: {etag}");
    advance(Duration::from_secs(3)).await;
    for named in [etag, "*", &format!("W/{etag}"), &format!("\"other\", {etag}")] {
        for method in ["GET", "HEAD"] {
            let known = ask(&app, method, "/cached?n=1000", &[("if-none-match", named)]).await;
            assert_eq!((known.status, known.body.len()), (304, 0), "{named}");
            assert_eq!(freshness(&known), ["ttl; hit; ttl=7", "max-age=10", "3"]);
            assert_eq!(known.header("etag"), Some(etag));
        }
    }
    let other = ask(&app, "GET", "/cached?n=1000", &[("if-none-match", "\"other\"")]).await;
    assert_eq!((other.status, &other.body), (200, &full.body));
    // Even after it has expired, because the next computation returns the same bytes.
    advance(TTL).await;
    let again = ask(&app, "GET", "/cached?n=1000", &[("if-none-match", etag)]).await;
    assert_eq!((again.status, freshness(&again)[0]), (304, "ttl; fwd=miss; stored"));
}

#[tokio::test]
async fn different_responses_have_different_tags_and_the_same_response_the_same() {
    let (one, other) = (app_of(1, TTL), app_of(1, TTL));
    let etag = async |app, path| get(app, path).await.header("etag").unwrap().to_owned();
    assert_eq!(etag(&one, "/cached?n=1000").await, etag(&other, "/cached?n=1000").await);
    assert_ne!(etag(&one, "/cached?n=1000").await, etag(&one, "/cached?n=1001").await);
    // The same in every process and on every machine, so it can be written down here.
    assert_eq!(etag(&one, "/cached?n=1000").await, "\"94145de48c9df13e\"");
}

#[tokio::test]
async fn errors_are_never_said_to_be_fresh() {
    let response = ask(&app_of(1, TTL), "GET", "/cached?n=x", &[("if-none-match", "*")]).await;
    response.expect_problem(400);
    assert_eq!((response.header("etag"), response.header("age")), (None, None));
}

#[tokio::test(start_paused = true)]
async fn below_a_second_clients_are_told_to_keep_nothing() {
    let app = app_of(1, Duration::from_millis(900));
    get(&app, "/cached?n=10").await;
    advance(Duration::from_millis(899)).await;
    let response = get(&app, "/cached?n=10").await;
    assert_eq!(freshness(&response), ["ttl; hit; ttl=0", "max-age=0", "0"]);
}

#[tokio::test(start_paused = true)]
async fn with_a_ttl_of_zero_every_request_computes() {
    let app = app_of(10, Duration::ZERO);
    for _ in 0..3 {
        let response = get(&app, "/cached?n=10").await;
        assert_eq!(freshness(&response), ["ttl; fwd=miss", "max-age=0", "0"]);
    }
    assert_eq!(figure(&app, "misses").await, 3);
    assert_eq!(figure(&app, "entries").await, 0);
    assert_eq!(figure(&app, "expirations").await, 0);
}

#[tokio::test(start_paused = true)]
async fn delete_clears_the_cache_and_counts_neither_evictions_nor_expirations() {
    let app = app_of(10, TTL);
    get(&app, "/cached?n=10").await;
    assert_eq!(ask(&app, "DELETE", "/cache", &[]).await.status, 204);
    advance(TTL * 2).await;
    for name in ["entries", "evictions", "expirations"] {
        assert_eq!(figure(&app, name).await, 0, "{name}");
    }
}
