//! Step 1's promises, checked against our program or any other server:
//!
//!     cargo test -p step1_plain --test contract
//!     TARGET=http://127.0.0.1:8000 cargo test -p step1_plain --test contract

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use step1_plain::{
    primes::MAX_N,
    support::testing::{
        Program,
        contract::Server,
        promise::{Reply, may_be_kept, media_type},
    },
};

fn server() -> Server {
    Server::of_step(1, || Program::start(env!("CARGO_BIN_EXE_step1_plain"), &[]))
}

#[test]
fn a_healthy_server_says_so() {
    let server = server();
    let health = server.get("/healthz");
    server.promises("GET /healthz is 200").is_kept(
        health.response.status == 200,
        health.show_status(),
        "Add the route. It does not need to compute anything.",
    );
}

#[test]
fn slow_counts_the_primes_up_to_n() {
    let server = server();
    let promise = server.promises("GET /slow?n=N counts the primes up to N, itself included");
    for (n, primes, largest) in [
        (0, 0, Value::Null),
        (1, 0, Value::Null),
        (2, 1, json!(2)),
        (3, 2, json!(3)),
        (4, 2, json!(3)),
        (25, 9, json!(23)),
        (997, 168, json!(997)),
        (1000, 168, json!(997)),
        (20_000, 2262, json!(19_997)),
    ] {
        let slow = server.get(&format!("/slow?n={n}"));
        let expected = json!({"n": n, "primes": primes, "largest": largest});
        let members = ["n", "primes", "largest"];
        let came = slow.json();
        promise.is_kept(
            slow.response.status == 200
                && members.iter().all(|name| came.get(name) == expected.get(name)),
            slow.show_body(),
            &format!("Send JSON with these members: {expected}."),
        );
        promise.is_kept(
            media_type(&slow) == "application/json",
            slow.show("Content-Type"),
            "Send Content-Type: application/json.",
        );
    }
}

#[test]
fn slow_computes_each_response_again() {
    let server = server();
    let words = "GET /slow computes each response again";
    let (n, first) = server.heavy_n();
    let again = server.get(&format!("/slow?n={n}"));
    if first < Duration::from_millis(20) {
        return server.skip(words, "it computes too fast to tell");
    }
    server.promises(words).is_kept(
        again.took > first / 10,
        format!("{}: it took {first:.1?} at first, and then {:.1?}", again.asked, again.took),
        "Remove the cache from /slow, because later steps are compared with it.",
    );
}

#[test]
fn no_client_may_cache_slow() {
    let server = server();
    let slow = server.get("/slow?n=1000");
    server.promises("browsers and proxies may not cache /slow").is_kept(
        !may_be_kept(&slow),
        slow.show("Cache-Control"),
        "Send Cache-Control: no-store, or no Cache-Control.",
    );
}

#[test]
fn bad_n_is_refused_with_400() {
    let server = server();
    let promise = server.promises(format!(
        "an n that is not a whole number from 0 to {MAX_N} gets a 400 with problem details"
    ));
    for n in ["abc", "-1", "1.5", "10000001", "99999999999999999999"] {
        let reply = server.get(&format!("/slow?n={n}"));
        promise.is_problem(
            &reply,
            400,
            "Check n before you compute, and send 400 if it is not allowed.",
        );
    }
}

#[test]
fn two_values_of_n_are_refused_with_400() {
    let server = server();
    let promise = server.promises("two values of n get a 400 with problem details");
    let reply = server.get("/slow?n=1&n=2");
    promise.is_problem(&reply, 400, "Send 400, because you would silently ignore one of them.");
}

#[test]
fn x_process_time_says_how_long_each_response_took() {
    let server = server();
    let promise = server.promises("X-Process-Time says how many seconds the server worked on it");
    let (n, _) = server.heavy_n();
    let heavy = &*format!("/slow?n={n}");
    for path in ["/healthz", "/slow?n=1000", heavy] {
        let reply = server.get(path);
        let seconds = reply.header("x-process-time").filter(|text| is_decimal(text));
        let Some(seconds) = seconds.and_then(|text| text.parse::<f64>().ok()) else {
            promise.is_broken(
                reply.show("X-Process-Time"),
                "Time the handler, and send seconds as a decimal number, like 0.000123.",
            )
        };
        promise.is_kept(
            fits(&reply, seconds, path == heavy),
            format!("{}, and the client waited {:?}", reply.show("X-Process-Time"), reply.took),
            "Measure from the request's arrival to its response, in seconds.",
        );
    }
}

#[test]
fn server_timing_says_it_too() {
    let server = server();
    let promise = server.promises("Server-Timing says how many milliseconds the app worked on it");
    let (n, _) = server.heavy_n();
    let heavy = &*format!("/slow?n={n}");
    for path in ["/healthz", "/slow?n=1000", heavy] {
        let reply = server.get(path);
        let Some(milliseconds) = reply.header("server-timing").and_then(total_duration) else {
            promise.is_broken(
                reply.show("Server-Timing"),
                "Send it as total;dur=0.123, which the browser's developer tools draw.",
            )
        };
        promise.is_kept(
            fits(&reply, milliseconds / 1000.0, path == heavy),
            format!("{}, and the client waited {:?}", reply.show("Server-Timing"), reply.took),
            "Send milliseconds, a thousand times X-Process-Time.",
        );
    }
}

#[test]
fn head_gets_the_response_of_get_without_the_body() {
    let server = server();
    let promise = server.promises("HEAD gets the response of GET without the body");
    for path in ["/healthz", "/slow?n=1000"] {
        let head = server.connect().request("HEAD", path, &[]);
        promise.is_kept(
            head.response.status == 200,
            head.show_status(),
            "Support HEAD wherever you support GET. Most frameworks have an option for it.",
        );
        let bytes = server.get_bytes(&format!("HEAD {path} HTTP/1.1\r\n"));
        let text = String::from_utf8_lossy(&bytes);
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        promise.is_kept(
            body.is_empty(),
            format!("HEAD {path}: after the headers came {body:?}"),
            "Send only the headers, because the client reads the next response right after them.",
        );
    }
}

#[test]
fn one_connection_serves_several_requests() {
    let server = server();
    let connection = server.connect();
    let replies: Vec<_> = (2..7).map(|n| connection.get(&format!("/slow?n={n}"))).collect();
    let may_close = replies.iter().any(|reply| reply.header("connection").is_some_and(says_close));
    let came: Vec<_> = replies.iter().map(|reply| reply.json()["n"].as_u64()).collect();
    let promise =
        server.promises("a connection serves several requests, or says Connection: close");
    promise.is_kept(
        came == [2, 3, 4, 5, 6].map(Some),
        format!("GET /slow with n from 2 to 6 on one connection: n in the bodies was {came:?}"),
        "Send one response per request, in the order of the requests.",
    );
    promise.is_kept(
        connection.opened() == 1 || may_close || is_http_1_0(&server),
        format!("five requests needed {} connections", connection.opened()),
        "Leave it open after a response, or send Connection: close.",
    );
}

#[test]
fn other_methods_get_a_405_with_the_allowed_ones() {
    let server = server();
    let promise = server.promises(
        "a method that a route does not support gets a 405 with Allow and problem details",
    );
    for path in ["/slow", "/healthz"] {
        let reply = server.connect().request("DELETE", path, &[]);
        promise.is_problem(
            &reply,
            405,
            "Send 405 instead of 404 or 501, because only the method is wrong.",
        );
        let allow = reply.header("allow").unwrap_or("");
        promise.is_kept(
            allow.split(',').any(|method| method.trim() == "GET"),
            reply.show("Allow"),
            "List the methods of the route in the header Allow, such as GET, HEAD.",
        );
    }
}

#[test]
fn unknown_paths_get_a_404() {
    let server = server();
    let promise = server.promises("a path without a route gets a 404 with problem details");
    let reply = server.get("/nowhere");
    promise.is_problem(&reply, 404, "Send 404 for every unknown path.");
}

/// The order of the responses counts, not their times, because on a busy machine everything takes
/// long. A server that blocks sends no response between the request for `/slow` and its response.
#[test]
fn healthz_responds_while_slow_computes() {
    let server = server();
    let words = "GET /healthz responds while GET /slow computes";
    let (n, mut shortest) = server.heavy_n();
    let mut longest = Duration::ZERO;
    for _ in 0..5 {
        let start = Instant::now();
        let slow = server.begin(&format!("/slow?n={n}"));
        // The computation has begun by then.
        thread::sleep(Duration::from_millis(30));
        let mut before_it = 0;
        // The first one may have overtaken the request for `/slow`. The second one has not.
        while before_it < 2 {
            let health = server.get("/healthz");
            longest = longest.max(health.took);
            if slow.has_response() {
                break;
            }
            before_it += 1;
        }
        slow.finish();
        if before_it == 2 {
            return;
        }
        shortest = shortest.min(start.elapsed());
    }
    if shortest < Duration::from_millis(60) {
        return server.skip(words, "it computes too fast to tell");
    }
    server.promises(words).is_broken(
        format!(
            "In five tries, the response of GET /healthz came after the response of \
             GET /slow?n={n}, and it took up to {longest:.1?}"
        ),
        "The computation holds up the event loop, or the only thread. Move it to another thread (in \
         FastAPI, def instead of async def; in Flask, threaded=True). In Python, that thread takes \
         turns of 5 ms with the others, because it holds the GIL while it computes. So /healthz waits \
         for some turns, but not for the whole computation.",
    )
}

#[test]
fn without_n_the_server_chooses_one() {
    let server = server();
    let slow = server.get("/slow");
    server.promises("GET /slow without n uses an n that takes about 0.2 s").is_kept(
        slow.response.status == 200
            && slow.json()["n"].is_u64()
            && slow.took < Duration::from_secs(5),
        format!("{}, after {:.1?}", slow.show_body(), slow.took),
        "Use a default n, a round number that takes about 0.2 s in your language.",
    );
}

/// Digits, perhaps with a point between them.
fn is_decimal(text: &str) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    [whole, part].iter().all(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `dur` of the metric `total` (<https://www.w3.org/TR/server-timing/>).
fn total_duration(value: &str) -> Option<f64> {
    let metric =
        value.split(',').find(|metric| metric.split(';').next().map(str::trim) == Some("total"))?;
    let duration = metric.split(';').find_map(|it| it.trim().strip_prefix("dur="))?;
    duration.trim_matches('"').parse().ok()
}

/// Whether the server may have taken this long: no longer than the client waited, and not almost
/// nothing for a heavy request. A wrong unit makes a factor of a thousand.
fn fits(reply: &Reply, seconds: f64, is_heavy: bool) -> bool {
    let waited = reply.took.as_secs_f64();
    (0.0..=waited + 0.002).contains(&seconds) && (!is_heavy || seconds > waited / 100.0)
}

fn says_close(value: &str) -> bool {
    value.to_ascii_lowercase().contains("close")
}

/// HTTP/1.0 closes without saying so.
fn is_http_1_0(server: &Server) -> bool {
    server.get_bytes("GET /healthz HTTP/1.1\r\n").starts_with(b"HTTP/1.0 ")
}
