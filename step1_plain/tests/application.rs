//! The application as a value: its responses, without a socket.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::time::{Duration, Instant};

use axum::{Router, routing::get};
use step1_plain::{
    app,
    primes::{DEFAULT_N, MAX_N},
    process_time::process_time,
    support::testing::{Response, ask, get as ask_get},
};

#[tokio::test]
async fn slow_counts_the_primes_up_to_n() {
    let app = app();
    for (path, body) in [
        ("/slow?n=0", r#"{"n":0,"primes":0,"largest":null}"#),
        ("/slow?n=1", r#"{"n":1,"primes":0,"largest":null}"#),
        ("/slow?n=2", r#"{"n":2,"primes":1,"largest":2}"#),
        ("/slow?n=1000", r#"{"n":1000,"primes":168,"largest":997}"#),
        ("/slow?n=1000000", r#"{"n":1000000,"primes":78498,"largest":999983}"#),
    ] {
        let response = ask_get(&app, path).await;
        assert_eq!((response.status, response.text()), (200, body));
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn without_a_query_n_is_the_default() {
    assert_eq!(ask_get(&app(), "/slow").await.json()["n"], DEFAULT_N);
}

#[tokio::test]
async fn every_response_says_how_long_it_took_in_both_headers() {
    let app = process_time(app());
    for path in ["/slow?n=100000", "/healthz", "/", "/nowhere", "/slow?n=x"] {
        let response = ask_get(&app, path).await;
        let seconds: f64 = response.header("x-process-time").unwrap().parse().unwrap();
        let timing = response.header("server-timing").unwrap();
        let (parts, timing) = timing.rsplit_once("total;dur=").unwrap();
        // Only computed responses were in the queue.
        assert_eq!(parts.is_empty(), path != "/slow?n=100000", "{path}: {parts}");
        let milliseconds: f64 = timing.parse().unwrap();
        assert!((seconds * 1000.0 - milliseconds).abs() < 0.0005, "{seconds} s, {milliseconds} ms");
        assert!((0.0..10.0).contains(&seconds));
    }
}

#[tokio::test]
async fn the_parts_are_the_queue_and_the_computation() {
    let app = process_time(app());
    let (first, second) =
        tokio::join!(ask_get(&app, "/slow?n=3000000"), ask_get(&app, "/slow?n=1000"));
    let [queue, compute, total] = parts(&second, ["queue", "compute", "total"]);
    let [_, computing, _] = parts(&first, ["queue", "compute", "total"]);
    assert!(queue > 0.5 * computing, "it waited {queue} ms for one of {computing} ms");
    assert!(queue + compute <= total + 0.002, "{queue} + {compute} of {total} ms");
}

/// The milliseconds of each part. There are no other parts.
fn parts<const N: usize>(response: &Response, names: [&str; N]) -> [f64; N] {
    let parts: Vec<_> = response.header("server-timing").unwrap().split(", ").collect();
    assert_eq!(parts.len(), N, "{parts:?}");
    let mut parts = names.iter().zip(parts);
    names.map(|_| {
        let (name, part) = parts.next().unwrap();
        part.strip_prefix(&format!("{name};dur=")).unwrap().parse().unwrap()
    })
}

#[tokio::test]
async fn the_time_is_at_least_what_the_handler_took() {
    async fn busy() {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(2) {}
    }
    let app = process_time(Router::new().route("/busy", get(busy)));
    let response = ask_get(&app, "/busy").await;
    let seconds: f64 = response.header("x-process-time").unwrap().parse().unwrap();
    assert!(seconds >= 0.002, "{seconds}");
}

#[tokio::test]
async fn a_bad_n_is_a_400_that_names_the_parameter_and_what_is_allowed() {
    let app = app();
    for query in [
        "n=abc",
        "n=-1",
        "n=1.5",
        "n=",
        "n",
        "n=99999999999999999999",
        "n=10000001",
        "n=1&n=2",
        "m=1",
        "n=1&debug=true",
        "N=1",
        "n=%zz",
        "n=%",
        "n=%00",
        "n=1%00",
        "n=%ff%fe",
        "%ff=1",
        "n=+1",
        "n=0x10",
        "n=1e3",
        "n=%F0%9F%A6%80",
        "n=%2B5",
    ] {
        let detail = ask_get(&app, &format!("/slow?{query}")).await.expect_problem(400);
        let allowed = format!("n=N once, with N a whole number from 0 to {MAX_N}");
        assert!(detail.contains(&allowed), "{query}: {detail}");
    }
}

#[tokio::test]
async fn head_gets_the_headers_of_get() {
    let app = app();
    for path in ["/slow?n=1000", "/healthz", "/"] {
        let (head, get) = (ask(&app, "HEAD", path, &[]).await, ask_get(&app, path).await);
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), get.header("content-length"));
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
}

#[tokio::test]
async fn a_method_without_a_route_is_told_which_have_one() {
    let app = app();
    for path in ["/slow", "/healthz", "/"] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
            let response = ask(&app, method, path, &[]).await;
            response.expect_problem(405);
            assert_eq!(response.header("allow"), Some("GET,HEAD"), "{method} {path}");
        }
        let options = ask(&app, "OPTIONS", path, &[]).await;
        assert_eq!((options.status, options.header("allow")), (204, Some("GET,HEAD")));
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_404_that_says_where_to_look() {
    for path in ["/nowhere", "/slow/", "/SLOW", "/slow/1", "/%73low", "//slow", "/cached"] {
        let detail = ask_get(&app(), path).await.expect_problem(404);
        assert!(detail.contains("GET /"), "{detail}");
    }
}

#[tokio::test]
async fn a_bad_n_is_named_with_what_came() {
    let app = app();
    for (query, named) in [
        ("n=abc", "n: 'abc'"),
        ("n=%2B5", "n: '+5'"),
        ("m=1", "unknown field `m`"),
        ("n=1&n=2", "duplicate field `n`"),
    ] {
        let detail = ask_get(&app, &format!("/slow?{query}")).await.expect_problem(400);
        assert!(detail.contains(named), "{query}: {detail}");
    }
    let long = format!("/slow?n={}", "9".repeat(10_000));
    assert!(ask_get(&app, &long).await.expect_problem(400).len() < 500);
}

#[tokio::test]
async fn n_may_be_percent_encoded_or_have_leading_zeros() {
    let app = app();
    for query in ["n=42", "n=%34%32", "%6E=42", "&n=42&", "n=000000000000042"] {
        assert_eq!(ask_get(&app, &format!("/slow?{query}")).await.json()["n"], 42, "{query}");
    }
    for query in ["", "?", "?&", "?&&"] {
        assert_eq!(ask_get(&app, &format!("/slow{query}")).await.json()["n"], DEFAULT_N);
    }
}

#[tokio::test]
async fn options_of_the_whole_server_are_204() {
    assert_eq!(ask(&app(), "OPTIONS", "*", &[]).await.status, 204);
}

#[tokio::test]
async fn the_page_names_each_request_to_try() {
    let page = ask_get(&app(), "/").await;
    for path in ["/slow?n=1000000", "/healthz"] {
        assert!(page.text().contains(&format!(">GET {path}</a>")), "{}", page.text());
    }
}

#[tokio::test]
async fn the_page_has_nothing_from_elsewhere_and_nothing_is_run_that_is_not_in_its_files() {
    let page = ask_get(&app(), "/").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{policy}");
    for (name, content_type) in [
        ("lab.js", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ] {
        assert!(page.text().contains(&format!("\"/lab/{name}\"")), "{name}");
        let file = ask_get(&app(), &format!("/lab/{name}")).await;
        assert_eq!((file.status, file.header("content-type")), (200, Some(content_type)));
    }
    for path in ["/lab/nothing.js", "/lab/%ff", "/lab/", "/lab/../Cargo.toml"] {
        ask_get(&app(), path).await.expect_problem(404);
    }
}

#[tokio::test]
async fn the_board_has_the_same_policy_and_none_of_the_labs() {
    let (page, board) = (ask_get(&app(), "/").await, ask_get(&app(), "/board").await);
    assert_eq!((board.status, board.header("cache-control")), (200, Some("no-store")));
    for name in ["content-type", "content-security-policy"] {
        assert_eq!(board.header(name), page.header(name));
    }
    for name in ["board.js", "board.css", "style.css"] {
        assert!(board.text().contains(&format!("\"/lab/{name}\"")), "{name}");
    }
    for name in ["board.js", "tries.js", "worksheets.js", "board.css"] {
        assert_eq!(ask_get(&app(), &format!("/lab/{name}")).await.status, 200);
        assert!(!page.text().contains(name), "the labs need no {name}");
    }
    assert!(!board.text().contains("lab.js"));
}

#[tokio::test]
async fn a_panic_in_a_handler_is_a_500_and_the_application_lives() {
    async fn broken() {
        panic!("on purpose, for this test");
    }
    async fn broken_later() {
        tokio::task::yield_now().await;
        panic!("on purpose, for this test");
    }
    let router = Router::new().route("/now", get(broken)).route("/later", get(broken_later));
    let app = process_time(app().merge(router));
    for path in ["/now", "/later"] {
        let response = ask_get(&app, path).await;
        response.expect_problem(500);
        assert!(response.header("x-process-time").is_some());
        assert_eq!(ask_get(&app, "/healthz").await.status, 200);
    }
}

#[tokio::test]
async fn healthz_responds_during_a_computation() {
    let app = app();
    let busy = app.clone();
    let slow = tokio::spawn(async move { ask_get(&busy, &format!("/slow?n={MAX_N}")).await });
    for _ in 0..100 {
        assert_eq!(ask_get(&app, "/healthz").await.status, 200);
        tokio::task::yield_now().await;
    }
    assert!(!slow.is_finished(), "a hundred responses take less time than one computation");
    slow.abort();
}
