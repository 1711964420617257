//! The application as a value: `/cached`, `/stats` and `DELETE /cache`.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{future::pending, net::SocketAddr, num::NonZeroUsize, sync::Arc};

use axum::{Extension, Router, extract::ConnectInfo, http::StatusCode};
use step1_plain::{
    slow::N,
    support::{
        http::problem::Problem,
        testing::{ask, computed, get},
    },
};
use step2_dict_cache::{app, cache::Cache, dict_cache::DictCache, shared_dict::SharedDict};
use tower::Layer;

fn app_of(capacity: usize) -> Router {
    app(NonZeroUsize::new(capacity).unwrap())
}

/// The figures of `/stats` by name.
async fn stats<const COUNT: usize>(app: &Router, names: [&str; COUNT]) -> [u64; COUNT] {
    let stats = get(app, "/stats").await.json();
    names.map(|name| stats[name].as_u64().unwrap_or_else(|| panic!("no {name} in {stats}")))
}

#[tokio::test]
async fn the_first_request_is_a_miss_and_the_next_a_hit_with_the_same_bytes_as_slow() {
    let app = app_of(10);
    let slow = get(&app, "/slow?n=1000").await;
    for cache_status in ["dict; fwd=miss; stored", "dict; hit", "dict; hit"] {
        let cached = get(&app, "/cached?n=1000").await;
        assert_eq!(cached.header("cache-status"), Some(cache_status));
        assert_eq!((cached.status, &cached.body), (200, &slow.body));
        assert_eq!(cached.header("content-type"), Some("application/json"));
    }
    assert_eq!(slow.header("cache-status"), None, "/slow uses no cache");
}

#[tokio::test]
async fn the_same_number_is_the_same_key_however_it_is_written() {
    let app = app_of(10);
    for path in ["/cached?n=42", "/cached?n=042", "/cached?n=%34%32", "/cached?&n=42"] {
        get(&app, path).await;
    }
    assert_eq!(stats(&app, ["hits", "misses", "entries"]).await, [3, 1, 1]);
}

#[tokio::test]
async fn every_request_is_a_hit_or_a_miss_and_the_ratio_says_how_many_were_hits() {
    let app = app_of(10);
    let fresh = get(&app, "/stats").await.json();
    assert_eq!(fresh["hit_ratio"], 0.0);
    for n in [1, 2, 1, 1, 3, 2, 1, 1] {
        get(&app, &format!("/cached?n={n}")).await;
    }
    let stats = get(&app, "/stats").await;
    assert_eq!(
        stats.text(),
        r#"{"cache":"dict","hits":5,"misses":3,"hit_ratio":0.625,"entries":3,"capacity":10,"evictions":0}"#
    );
    assert_eq!(stats.header("content-type"), Some("application/json"));
    assert_eq!(stats.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_full_cache_evicts_the_least_recently_used() {
    let app = app_of(2);
    for n in [1, 2, 1, 3, 1, 2] {
        get(&app, &format!("/cached?n={n}")).await;
    }
    let figures = stats(&app, ["hits", "misses", "entries", "capacity", "evictions"]).await;
    assert_eq!(figures, [2, 4, 2, 2, 2]);
}

#[tokio::test]
async fn delete_clears_the_cache_but_not_the_counts() {
    let app = app_of(10);
    get(&app, "/cached?n=5").await;
    get(&app, "/cached?n=5").await;
    let deleted = ask(&app, "DELETE", "/cache", &[]).await;
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    assert_eq!(stats(&app, ["hits", "misses", "entries", "evictions"]).await, [1, 1, 0, 0]);
    let again = get(&app, "/cached?n=5").await;
    assert_eq!(again.header("cache-status"), Some("dict; fwd=miss; stored"));
}

#[tokio::test]
async fn delete_is_refused_to_pages_of_other_sites_and_then_removes_nothing() {
    let app = app_of(10);
    get(&app, "/cached?n=5").await;
    let host = ("host", "lab.example:8000");
    for (name, value) in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        ask(&app, "DELETE", "/cache", &[host, (name, value)]).await.expect_problem(403);
    }
    assert_eq!(stats(&app, ["entries"]).await, [1]);
    let own_page = [host, ("origin", "http://lab.example:8000"), ("sec-fetch-site", "same-origin")];
    assert_eq!(ask(&app, "DELETE", "/cache", &own_page).await.status, 204);
}

#[tokio::test]
async fn a_client_on_this_machine_deletes_by_no_name_that_may_be_rebound() {
    let from = |client: &str| {
        let client: Option<SocketAddr> = Some(client.parse().unwrap());
        Extension(ConnectInfo(client)).layer(app_of(10))
    };
    for (client, host, status) in [
        ("127.0.0.1:50000", "localhost:8000", 204),
        ("[::1]:50000", "[::1]:8000", 204),
        ("127.0.0.1:50000", "rebound.example:8000", 403),
        ("[::ffff:127.0.0.1]:50000", "rebound.example:8000", 403),
        ("192.168.0.7:50000", "lab.example:8000", 204),
    ] {
        let origin = format!("http://{host}");
        let page = [("host", host), ("origin", &origin)];
        let deleted = ask(&from(client), "DELETE", "/cache", &page).await;
        assert_eq!(deleted.status, status, "{client} calls the server {host}");
    }
}

#[tokio::test]
async fn a_bad_request_is_neither_a_hit_nor_a_miss() {
    let app = app_of(10);
    for query in ["n=abc", "n=-1", "n=10000001", "m=1", "n=1&n=2", "n="] {
        get(&app, &format!("/cached?{query}")).await.expect_problem(400);
    }
    assert_eq!(stats(&app, ["hits", "misses", "entries"]).await, [0, 0, 0]);
}

#[tokio::test]
async fn a_parameter_that_a_route_does_not_have_is_refused() {
    let app = app_of(10);
    get(&app, "/cached?n=5").await;
    ask(&app, "DELETE", "/cache?n=5", &[]).await.expect_problem(400);
    get(&app, "/stats?verbose=1").await.expect_problem(400);
    assert_eq!(stats(&app, ["entries"]).await, [1], "and no entry was removed");
}

#[tokio::test]
async fn head_uses_the_cache_like_get() {
    let app = app_of(10);
    let head = ask(&app, "HEAD", "/cached?n=1000", &[]).await;
    let get = get(&app, "/cached?n=1000").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()));
    assert_eq!(get.header("cache-status"), Some("dict; hit"));
}

#[tokio::test]
async fn each_route_has_its_methods_and_names_them() {
    let app = app_of(10);
    for (path, allow) in [("/cached", "GET,HEAD"), ("/stats", "GET,HEAD"), ("/cache", "DELETE")] {
        let refused = ask(&app, "POST", path, &[]).await;
        refused.expect_problem(405);
        assert_eq!(refused.header("allow"), Some(allow), "{path}");
        let options = ask(&app, "OPTIONS", path, &[]).await;
        assert_eq!((options.status, options.header("allow")), (204, Some(allow)), "{path}");
    }
}

#[tokio::test]
async fn the_page_adds_this_steps_requests_and_labs_to_step_1s() {
    let page = get(&app_of(1), "/").await;
    for path in
        [">GET /cached?n=", ">GET /stats", ">DELETE /cache<", ">GET /slow?n=", ">GET /healthz"]
    {
        assert!(page.text().contains(path), "{path}: {}", page.text());
    }
    let [below, own] = ["where_time_goes.js", "cache_effect.js"].map(|lab| page.text().find(lab));
    assert!(below < own && below.is_some(), "{}", page.text());
}

fn shared_dict() -> Arc<SharedDict> {
    Arc::new(SharedDict::new(DictCache::new(NonZeroUsize::new(10).unwrap())))
}

async fn figures(cache: &SharedDict) -> [u64; 3] {
    let stats = serde_json::to_value(cache.stats().await).unwrap();
    ["hits", "misses", "entries"].map(|name| stats[name].as_u64().unwrap())
}

#[tokio::test]
async fn a_failed_computation_is_not_stored() {
    let cache = shared_dict();
    let failed = async { Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "on purpose")) };
    assert!(cache.get_or_compute(N(1), failed).await.is_err());
    assert_eq!(figures(&cache).await, [0, 1, 0]);
    assert!(cache.get_or_compute(N(1), computed("1")).await.is_ok());
    assert_eq!(figures(&cache).await, [0, 2, 1]);
}

#[tokio::test]
async fn a_computation_whose_client_has_left_is_not_stored() {
    let cache = shared_dict();
    {
        let mut given_up = std::pin::pin!(cache.get_or_compute(N(1), pending()));
        let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(given_up.as_mut().poll(cx)));
        assert!(polled.await.is_pending());
    }
    assert_eq!(figures(&cache).await, [0, 1, 0]);
}

#[tokio::test]
async fn a_hit_does_not_compute() {
    let cache = shared_dict();
    assert!(cache.get_or_compute(N(1), computed("1")).await.is_ok());
    let never = async { panic!("this response is already stored") };
    assert!(cache.get_or_compute(N(1), never).await.is_ok());
}

#[tokio::test]
async fn a_response_requested_before_a_clear_is_not_stored_after_it() {
    let cache = shared_dict();
    let clearing = cache.clone();
    let cleared_meanwhile = async move {
        clearing.clear().await?;
        computed("old").await
    };
    assert!(cache.get_or_compute(N(1), cleared_meanwhile).await.is_ok());
    assert_eq!(figures(&cache).await, [0, 1, 0]);
}
