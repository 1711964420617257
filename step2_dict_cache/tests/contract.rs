//! Step 2's promises, checked against our program or any other server:
//!
//!     cargo test -p step2_dict_cache --test contract
//!     TARGET=http://127.0.0.1:8000 cargo test -p step2_dict_cache --test contract

use step1_plain::support::testing::{
    Program,
    contract::{Server, some_n},
};

/// The tests compare counts, and other clients of the server can disturb them.
const TRIES: usize = 5;

fn server() -> Server {
    Server::of_step(2, || Program::start(env!("CARGO_BIN_EXE_step2_dict_cache"), &[]))
}

#[test]
fn a_first_request_is_a_miss_and_the_second_a_hit() {
    let server = server();
    let promise = server.promises("the first GET /cached of an n is a miss");
    let connection = server.connect();
    let (path, first) = connection.miss(&promise);
    // Each of several workers may have its own cache, so wait for the first one again.
    let mut again = connection.get(&path);
    for _ in 0..20 {
        if again.header("x-worker") == first.header("x-worker") {
            break;
        }
        again = connection.get(&path);
    }
    server.promises(format!("the second GET {path} is a hit")).is_kept(
        again.verdict().hit,
        again.show("Cache-Status"),
        "Store each response under its n, and look there first. With several workers, test just one.",
    );
}

#[test]
fn cached_bodies_are_byte_for_byte_those_of_slow() {
    let server = server();
    let promise = server.promises("/cached sends byte for byte the body of /slow, hit or miss");
    let connection = server.connect();
    let n = some_n();
    let slow = connection.get(&format!("/slow?n={n}"));
    for _ in 0..2 {
        let cached = connection.get(&format!("/cached?n={n}"));
        promise.is_kept(
            (cached.response.status, &cached.response.body) == (200, &slow.response.body),
            format!("{}, and {}", slow.show_body(), cached.show_body()),
            "Store the bytes that /slow sends. The verdict of the cache belongs into a header.",
        );
    }
}

#[test]
fn delete_clears_the_cache() {
    let server = server();
    let promise =
        server.promises("DELETE /cache gets a 204, and what was a hit is a miss after it");
    let connection = server.connect();
    let (path, _) = connection.miss(&server.promises("the first GET /cached of an n is a miss"));
    let deleted = connection.request("DELETE", "/cache", &[]);
    promise.is_kept(
        deleted.response.status == 204,
        deleted.show_status(),
        "Clear the cache, and send 204, which has no body.",
    );
    let again = connection.get(&path);
    promise.is_kept(
        !again.verdict().hit,
        again.show("Cache-Status"),
        "Remove all entries, so that the next request computes its response.",
    );
}

#[test]
fn errors_are_not_cached() {
    let server = server();
    let promise = server.promises("errors of /cached are 400 like those of /slow, and not cached");
    let connection = server.connect();
    let fix = "Check n before you look into the cache, and store only computed responses.";
    let mut grown = 0;
    for _ in 0..TRIES {
        let n = format!("x{}", some_n());
        let before = connection.stats();
        for _ in 0..2 {
            let reply = connection.get(&format!("/cached?n={n}"));
            promise.is_problem(&reply, 400, fix);
            promise.is_kept(!reply.verdict().hit, reply.show("Cache-Status"), fix);
        }
        [grown] = connection.stats().since(&before, ["entries"]);
        if grown <= 0 {
            return;
        }
    }
    promise.is_broken(format!("GET /cached?n=x twice: the entries in /stats rose by {grown}"), fix);
}

#[test]
fn stats_count_a_hit_and_a_miss_as_one_each() {
    let server = server();
    let promise = server.promises("/stats counts each GET /cached once, as a hit or a miss");
    let connection = server.connect();
    let mut risen = [0; 2];
    for _ in 0..TRIES {
        let path = format!("/cached?n={}", some_n());
        let before = connection.stats();
        for _ in 0..6 {
            connection.get(&path);
        }
        risen = connection.stats().since(&before, ["hits", "misses"]);
        // Two workers without a common memory miss twice.
        if risen == [5, 1] || risen == [4, 2] {
            return;
        }
    }
    promise.is_broken(
        format!(
            "GET /cached six times with a new n: hits rose by {}, misses by {}",
            risen[0], risen[1]
        ),
        "Count 5 and 1. (Pause other clients of this server.)",
    );
}

#[test]
fn stats_have_the_figures_of_a_cache() {
    let server = server();
    let promise = server.promises("/stats is JSON with the figures of the cache");
    let stats = server.get("/stats");
    let figures = stats.json();
    promise.is_kept(
        stats.response.status == 200 && figures["cache"].is_string(),
        stats.show_body(),
        "Send a JSON object in which cache names the kind of cache, such as \"dict\".",
    );
    for name in ["hits", "misses", "entries", "capacity", "evictions"] {
        // A cache in another process may not know how full it is.
        let unknown = ["entries", "capacity"].contains(&name)
            && figures.get(name) == Some(&None::<()>.into());
        promise.is_kept(
            figures[name].is_u64() || unknown,
            stats.show_body(),
            &format!("Add {name}, a whole number."),
        );
    }
    promise.is_kept(
        figures["entries"].as_u64() <= figures["capacity"].as_u64(),
        stats.show_body(),
        "There are more entries than the capacity allows. Evict one for each new one.",
    );
}

#[test]
fn stats_have_the_ratio_of_hits_to_all_requests() {
    let server = server();
    let promise =
        server.promises("hit_ratio in /stats is hits divided by all requests, from 0 to 1");
    let connection = server.connect();
    let path = format!("/cached?n={}", some_n());
    for _ in 0..3 {
        connection.get(&path);
    }
    let stats = connection.stats();
    let expected = stats.count("hits") as f64 / stats.responses().max(1) as f64;
    let ratio = stats.0.json()["hit_ratio"].as_f64();
    promise.is_kept(
        ratio.is_some_and(|ratio| (ratio - expected).abs() < 0.01),
        stats.0.show_body(),
        &format!("The other figures make it {expected:.4}. Before the first request it is 0."),
    );
}
