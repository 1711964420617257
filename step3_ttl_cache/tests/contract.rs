//! Step 3's promises, checked against our program or any other server:
//!
//!     cargo test -p step3_ttl_cache --test contract
//!     TARGET=http://127.0.0.1:8000 cargo test -p step3_ttl_cache --test contract
//!
//! The expiry test needs a short TTL, so start your server with a TTL of 3 seconds.

use std::{
    collections::HashMap,
    panic::resume_unwind,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

use step1_plain::support::testing::{
    Program,
    contract::{Connection, Server, some_n},
    promise::{Reply, max_age},
};

/// The longest TTL that a test waits for.
const SHORT: f64 = 5.0;

fn server() -> Server {
    Server::of_step(3, || Program::start(env!("CARGO_BIN_EXE_step3_ttl_cache"), &["--ttl", "3s"]))
}

fn ttl_seconds(connection: &Connection) -> Option<f64> {
    connection.stats().0.json()["ttl_seconds"].as_f64()
}

/// Two requests. The first one stores the response, and the second one gets it from the cache.
fn hit(connection: &Connection) -> (String, Reply) {
    let path = format!("/cached?n={}", some_n());
    connection.get(&path);
    let reply = connection.get(&path);
    (path, reply)
}

#[test]
fn a_fresh_response_says_its_ttl() {
    let server = server();
    let promise = server.promises("Cache-Control: max-age of /cached is the TTL in whole seconds");
    let connection = server.connect();
    let ttl = ttl_seconds(&connection);
    let (_, hit) = hit(&connection);
    let seconds = max_age(&hit);
    promise.is_kept(
        seconds.is_some() && ttl.is_none_or(|ttl| seconds == Some(ttl as u64)),
        format!(
            "{}, and ttl_seconds in /stats {}",
            hit.show("Cache-Control"),
            ttl.map_or("was missing".to_owned(), |ttl| format!("was {ttl}")),
        ),
        "Send max-age with hits and misses. Browsers and proxies store the response this long.",
    );
}

#[test]
fn a_hit_says_its_age_in_seconds() {
    let server = server();
    let promise = server.promises("Age of a hit is its age in seconds");
    let connection = server.connect();
    let start = Instant::now();
    let (path, mut hit) = hit(&connection);
    if ttl_seconds(&connection).is_none_or(|ttl| ttl >= 2.0) {
        thread::sleep(Duration::from_millis(1200));
        hit = connection.get(&path);
    }
    let age = hit.header("age").and_then(|age| age.parse::<u64>().ok());
    let passed = start.elapsed().as_secs_f64();
    let at_least = if passed < 1.2 { 0 } else { 1 };
    promise.is_kept(
        age.is_some_and(|age| age >= at_least && age as f64 <= passed.ceil()),
        format!("{}, {passed:.1} s after the first request", hit.show("Age")),
        "Store when each response was computed, and send the whole seconds since then.",
    );
    let left = hit.verdict().ttl;
    let max_age = max_age(&hit).unwrap_or(u64::MAX);
    promise.is_kept(
        left.is_none_or(|left| left >= 0 && left as u64 <= max_age),
        hit.show("Cache-Status"),
        "Send the rest of max-age as its ttl, in seconds.",
    );
}

#[test]
fn the_etag_names_the_bytes() {
    let server = server();
    let promise = server.promises("the ETag of /cached names its bytes");
    let connection = server.connect();
    let (path, first) = hit(&connection);
    let again = connection.get(&path);
    let (_, other) = hit(&connection);
    let tags = [&first, &again, &other].map(|reply| reply.header("etag").unwrap_or(""));
    let opaque = tags[0].strip_prefix("W/").unwrap_or(tags[0]);
    promise.is_kept(
        opaque.len() > 2 && opaque.starts_with('"') && opaque.ends_with('"'),
        first.show("ETag"),
        "Send a hash of the body, in double quotes.",
    );
    promise.is_kept(
        tags[0] == tags[1],
        format!("{}, and then {}", first.show("ETag"), tags[1]),
        "Hash only the body, so that the same bytes have the same tag.",
    );
    promise.is_kept(
        tags[0] != tags[2],
        format!("{}, as for {}", first.show("ETag"), other.asked),
        "Hash the body, so that other bytes have another tag.",
    );
}

#[test]
fn a_client_that_has_the_response_gets_a_304() {
    let server = server();
    let promise =
        server.promises("a client with the ETag in If-None-Match gets a 304 without a body");
    let connection = server.connect();
    let (path, full) = hit(&connection);
    let tag = full.header("etag").unwrap_or("");
    promise.is_kept(!tag.is_empty(), full.show("ETag"), "Send one with each response of /cached.");
    let opaque = tag.strip_prefix("W/").unwrap_or(tag);
    for (named, fix) in [
        (tag.to_owned(), "Compare it with the response's tag, and send 304 if they are equal."),
        (format!("W/{opaque}"), "Ignore a W/ before the tag here (RFC 9110, 13.1.2)."),
        (format!("\"other\", {tag}"), "Accept a list of tags with commas between them."),
        ("*".to_owned(), "Let the star match any tag."),
    ] {
        let known = connection.request("GET", &path, &[("If-None-Match", &named)]);
        promise.is_kept(
            known.response.status == 304,
            format!("{} with If-None-Match: {named}", known.show_status()),
            fix,
        );
        promise.is_kept(
            known.header("etag") == Some(tag),
            format!("If-None-Match: {named}, {}", known.show("ETag")),
            "Send the ETag and the Cache-Control that a 200 would have.",
        );
    }
    let other = connection.request("GET", &path, &[("If-None-Match", "\"other\"")]);
    promise.is_kept(
        (other.response.status, &other.response.body) == (200, &full.response.body),
        format!("{} with If-None-Match: \"other\"", other.show_status()),
        "Send the full response, because the client has other bytes.",
    );
}

#[test]
fn six_at_once_are_computed_once() {
    let server = server();
    let promise =
        server.promises("of six requests at once for a response that is not cached, one computes");
    let (n, _) = server.heavy_n();
    // A nearby n, because heavy_n has already requested this one.
    let path = format!("/cached?n={}", n - 1 - some_n() % 10_000);
    let start = Arc::new(Barrier::new(6));
    let ask = |_| {
        let (connection, start, path) = (server.connect(), start.clone(), path.clone());
        thread::spawn(move || {
            start.wait();
            connection.get(&path)
        })
    };
    let clients: Vec<_> = (0..6).map(ask).collect();
    let join = |client: thread::JoinHandle<_>| client.join().unwrap_or_else(|it| resume_unwind(it));
    let replies: Vec<Reply> = clients.into_iter().map(join).collect();
    let mut by_worker = HashMap::<_, usize>::new();
    for reply in &replies {
        promise.is_kept(
            (reply.response.status, &reply.response.body) == (200, &replies[0].response.body),
            reply.show_body(),
            "Send all of them the same response.",
        );
        let computed = reply.verdict().computed();
        *by_worker.entry(reply.header("x-worker")).or_default() += usize::from(computed);
    }
    let said: Vec<_> = replies.iter().filter_map(|reply| reply.header("cache-status")).collect();
    promise.is_kept(
        said.len() == 6 && by_worker.values().all(|misses| *misses <= 1),
        format!("GET {path} six times at once: Cache-Status was {said:?}"),
        "If a computation is running, let other requests wait for it, and send collapsed. Each worker may \
         compute once.",
    );
}

#[test]
fn stats_have_the_figures_of_expiry() {
    let server = server();
    let promise = server.promises("/stats has ttl_seconds, expirations and collapsed");
    let stats = server.get("/stats");
    let figures = stats.json();
    promise.is_kept(
        figures["ttl_seconds"].as_f64().is_some_and(|ttl| ttl >= 0.0),
        stats.show_body(),
        "Add ttl_seconds, how long a response is fresh.",
    );
    for name in ["expirations", "collapsed"] {
        promise.is_kept(
            figures[name].is_u64(),
            stats.show_body(),
            &format!("Add {name}, a whole number."),
        );
    }
}

#[test]
fn an_expired_response_is_computed_again() {
    let server = server();
    let words = "after its TTL, a response is computed again, and counted in expirations";
    let promise = server.promises(words);
    let connection = server.connect();
    let ttl = match ttl_seconds(&connection) {
        Some(ttl) if ttl <= SHORT => ttl,
        ttl => {
            let seconds = ttl.map_or("none".to_owned(), |ttl| ttl.to_string());
            let why = format!("ttl_seconds is {seconds}; start the server with a TTL of 3 seconds");
            return server.skip(words, why);
        }
    };
    let (path, _) = connection.miss(&server.promises("the first GET /cached of an n is a miss"));
    let before = connection.stats();
    thread::sleep(Duration::from_secs_f64(ttl + 0.1));
    let again = connection.get(&path);
    promise.is_kept(
        again.verdict().miss,
        format!("{}, {} s later", again.show("Cache-Status"), ttl + 0.1),
        "Store when each response was computed, and drop it after ttl_seconds.",
    );
    let [expired] = connection.stats().since(&before, ["expirations"]);
    promise.is_kept(
        expired >= 1 || ttl == 0.0,
        format!("expirations in /stats rose by {expired}"),
        "Count each response that expires.",
    );
}
