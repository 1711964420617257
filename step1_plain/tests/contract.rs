//! What step 1 promises, asked of our program, or of any other server:
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
        health.answer.status == 200,
        health.show_status(),
        "Add the route; it needs to compute nothing.",
    );
}

#[test]
fn an_answer_counts_the_primes_up_to_n() {
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
            slow.answer.status == 200
                && members.iter().all(|name| came.get(name) == expected.get(name)),
            slow.show_body(),
            &format!("The body is JSON with these members: {expected}."),
        );
        promise.is_kept(
            media_type(&slow) == "application/json",
            slow.show("Content-Type"),
            "Say that it is application/json.",
        );
    }
}

#[test]
fn an_answer_is_computed_anew_each_time() {
    let server = server();
    let words = "GET /slow computes its answer anew each time";
    let (n, first) = server.heavy_n();
    let again = server.get(&format!("/slow?n={n}"));
    if first < Duration::from_millis(20) {
        return server.skip(words, "it computes too fast to tell");
    }
    server.promises(words).is_kept(
        again.took > first / 10,
        format!("{}: it took {first:.1?} at first, and then {:.1?}", again.asked, again.took),
        "Take the cache away from /slow: it is what the later steps are measured against.",
    );
}

#[test]
fn an_answer_to_slow_is_kept_by_nobody() {
    let server = server();
    let slow = server.get("/slow?n=1000");
    server.promises("answers of /slow are not cached, by browsers and proxies neither").is_kept(
        !may_be_kept(&slow),
        slow.show("Cache-Control"),
        "Send Cache-Control: no-store, or none at all.",
    );
}

#[test]
fn bad_n_is_refused_with_400() {
    let server = server();
    let promise = server.promises(format!(
        "an n that is no whole number from 0 to {MAX_N} is a 400, as problem details"
    ));
    for n in ["abc", "-1", "1.5", "10000001", "99999999999999999999"] {
        let reply = server.get(&format!("/slow?n={n}"));
        promise.is_problem(
            &reply,
            400,
            "Check n before you compute, and answer 400 if it is not allowed.",
        );
    }
}

#[test]
fn bad_n_is_also_one_that_comes_twice() {
    let server = server();
    let promise = server.promises("an n that comes twice is a 400, as problem details");
    let reply = server.get("/slow?n=1&n=2");
    promise.is_problem(&reply, 400, "One of them would be ignored in silence: answer 400 instead.");
}

#[test]
fn each_answer_says_in_x_process_time_how_long_it_took() {
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
                "Take the time around the handler, and send it as a decimal number, like 0.000123.",
            )
        };
        promise.is_kept(
            fits(&reply, seconds, path == heavy),
            format!("{}, and the client waited {:?}", reply.show("X-Process-Time"), reply.took),
            "Take the time from the request's arrival to its answer; the unit is the second.",
        );
    }
}

#[test]
fn each_answer_says_it_in_server_timing_too() {
    let server = server();
    let promise = server.promises("Server-Timing says how many milliseconds the app worked on it");
    let (n, _) = server.heavy_n();
    let heavy = &*format!("/slow?n={n}");
    for path in ["/healthz", "/slow?n=1000", heavy] {
        let reply = server.get(path);
        let Some(milliseconds) = reply.header("server-timing").and_then(total_duration) else {
            promise.is_broken(
                reply.show("Server-Timing"),
                "Send it as total;dur=0.123; the browser's developer tools draw it.",
            )
        };
        promise.is_kept(
            fits(&reply, milliseconds / 1000.0, path == heavy),
            format!("{}, and the client waited {:?}", reply.show("Server-Timing"), reply.took),
            "The unit is the millisecond: send a thousand times X-Process-Time.",
        );
    }
}

#[test]
fn head_is_answered_like_get_without_the_body() {
    let server = server();
    let promise = server.promises("HEAD is answered like GET, without the body");
    for path in ["/healthz", "/slow?n=1000"] {
        let head = server.connect().request("HEAD", path, &[]);
        promise.is_kept(
            head.answer.status == 200,
            head.show_status(),
            "Let HEAD have the routes that GET has; most frameworks do so if you ask them.",
        );
        let bytes = server.get_bytes(&format!("HEAD {path} HTTP/1.1\r\n"));
        let text = String::from_utf8_lossy(&bytes);
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        promise.is_kept(
            body.is_empty(),
            format!("HEAD {path}: after the headers came {body:?}"),
            "Send only the headers: the next answer on this connection is read from behind them.",
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
        format!("GET /slow with n from 2 to 6 on one connection: in the bodies, n was {came:?}"),
        "Answer in the order in which you are asked, each request by itself.",
    );
    promise.is_kept(
        connection.opened() == 1 || may_close || is_http_1_0(&server),
        format!("five requests needed {} connections", connection.opened()),
        "Keep it open after an answer, or say Connection: close in it.",
    );
}

#[test]
fn unknown_methods_are_a_405_that_names_the_known_ones() {
    let server = server();
    let promise = server
        .promises("a method that a route does not have is a 405, as problem details, with Allow");
    for path in ["/slow", "/healthz"] {
        let reply = server.connect().request("DELETE", path, &[]);
        promise.is_problem(
            &reply,
            405,
            "Answer 405, and not 404 or 501: the path is right, the method is not.",
        );
        let allow = reply.header("allow").unwrap_or("");
        promise.is_kept(
            allow.split(',').any(|method| method.trim() == "GET"),
            reply.show("Allow"),
            "Name the methods that the route has in the header Allow: GET, HEAD.",
        );
    }
}

#[test]
fn unknown_paths_are_a_404() {
    let server = server();
    let promise = server.promises("a path without a route is a 404, as problem details");
    let reply = server.get("/nowhere");
    promise.is_problem(&reply, 404, "Answer 404 for what you do not have.");
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
    server.promises("GET /slow without n chooses one that takes about 0.2 s").is_kept(
        slow.answer.status == 200
            && slow.json()["n"].is_u64()
            && slow.took < Duration::from_secs(5),
        format!("{}, after {:.1?}", slow.show_body(), slow.took),
        "Give n a default: the largest round number that takes about 0.2 s in your language.",
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

/// Whether this may be the time that the server took: no more than the client's, and not next to
/// nothing for what is heavy. Who counts in the wrong unit is off by a thousand.
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
