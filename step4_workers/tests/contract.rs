//! Step 4's promises, checked against our program or any other server:
//!
//!     cargo test -p step4_workers --test contract
//!     TARGET=http://127.0.0.1:8000 cargo test -p step4_workers --test contract

#![cfg(unix)]

use std::{
    collections::{HashMap, HashSet},
    panic::resume_unwind,
    thread,
};

use step1_plain::support::testing::{
    Program,
    contract::{Connection, Server, some_n},
    promise::Reply,
};

/// The tests compare counts, and other clients of the server can disturb them.
const TRIES: usize = 5;

fn server() -> Server {
    let start = || Program::start(env!("CARGO_BIN_EXE_step4_workers"), &["--workers", "3"]);
    Server::of_step(4, start)
}

fn connections(server: &Server) -> Vec<Connection> {
    (0..12).map(|_| server.connect()).collect()
}

/// `GET` on all connections at once, so that a busy worker leaves the next one to another worker.
fn get_at_once(connections: Vec<Connection>, path: &str) -> Vec<Reply> {
    let ask = |connection: Connection| {
        let path = path.to_owned();
        thread::spawn(move || connection.get(&path))
    };
    let clients: Vec<_> = connections.into_iter().map(ask).collect();
    let join = |client: thread::JoinHandle<_>| client.join().unwrap_or_else(|it| resume_unwind(it));
    clients.into_iter().map(join).collect()
}

#[test]
fn every_response_names_its_worker() {
    let server = server();
    let promise = server.promises("X-Worker of every response is the process id of its worker");
    for path in ["/healthz", "/slow?n=10", "/cached?n=10", "/stats"] {
        let reply = server.get(path);
        promise.is_kept(
            reply.header("x-worker").is_some_and(|worker| worker.parse::<u32>().is_ok()),
            reply.show("X-Worker"),
            "Send it with every response (in Python, os.getpid()).",
        );
    }
}

#[test]
fn more_than_one_worker_responds() {
    let server = server();
    let words = "with several workers, more than one of them responds";
    let workers = server.get("/stats").json()["workers"].as_array().map_or(0, Vec::len);
    if workers == 1 {
        return server.skip(words, "/stats says that there is 1; start the server with more");
    }
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let replies = get_at_once(connections(&server), "/slow?n=50000");
        seen.extend(replies.iter().filter_map(|reply| reply.header("x-worker")).map(str::to_owned));
        if seen.len() > 1 {
            return;
        }
    }
    server.promises(words).is_broken(
        format!("GET /slow on twelve connections at once, three times: X-Worker was {seen:?}"),
        "Start several, and let all of them accept connections.",
    );
}

#[test]
fn stats_have_an_object_for_each_worker() {
    let server = server();
    let promise = server.promises("workers in /stats is a list with an object for each worker");
    let stats = server.get("/stats");
    let workers = stats.json()["workers"].as_array().cloned().unwrap_or_default();
    promise.is_kept(
        !workers.is_empty() && workers.iter().all(|worker| worker.is_object()),
        stats.show_body(),
        "Add it, with the figures of each worker.",
    );
}

#[test]
fn stats_of_every_worker_have_the_same_totals() {
    let server = server();
    let promise = server.promises("hits and misses in /stats are the totals of all workers");
    let connections = connections(&server);
    let mut came = Vec::new();
    for _ in 0..TRIES {
        let path = format!("/cached?n={}", some_n());
        let before = connections[0].stats();
        for connection in &connections {
            connection.get(&path);
        }
        let stats = connections.iter().map(Connection::stats);
        came = stats.map(|stats| stats.responses() - before.responses()).collect();
        if came.iter().all(|risen| *risen == 12) {
            return;
        }
    }
    promise.is_broken(
        format!(
            "after twelve GET /cached on as many connections, hits and misses rose by {came:?}"
        ),
        "Each connection must see 12: keep the counts where all workers can add to them. (Pause other \
         clients of this server.)",
    );
}

#[test]
fn stats_have_the_percentiles_of_each_route() {
    let server = server();
    let promise = server.promises("latency in /stats has the percentiles of each route, in ms");
    let slow = server.get("/slow?n=10");
    promise.is_kept(slow.response.status == 200, slow.show_status(), "Serve /slow as step 1 does.");
    let stats = server.get("/stats");
    let latency = &stats.json()["latency"]["/slow"];
    let percentiles = ["p50", "p90", "p99", "p99.9"].map(|at| latency[at].as_f64());
    promise.is_kept(
        percentiles[0] > Some(0.0) && percentiles.is_sorted(),
        stats.show_body(),
        "Count the responses of all workers by their durations, and add up the counts.",
    );
}

/// How many responses to `/slow` the metrics count.
fn counted(metrics: &Reply) -> Option<f64> {
    let name = "http_request_duration_seconds_count{route=\"/slow\"} ";
    metrics.response.text().lines().find_map(|line| line.strip_prefix(name)?.parse().ok())
}

#[test]
fn metrics_of_every_worker_have_the_same_totals() {
    let server = server();
    let promise = server.promises("/metrics has the totals of all workers, for Prometheus");
    let connections = connections(&server);
    let mut came = Vec::new();
    for _ in 0..TRIES {
        let metrics = connections[0].get("/metrics");
        promise.is_kept(
            metrics.header("content-type").is_some_and(|it| it.starts_with("text/plain;")),
            metrics.show("Content-Type"),
            "Send the text format: text/plain; version=0.0.4; charset=utf-8.",
        );
        let Some(before) = counted(&metrics) else {
            promise.is_broken(
                metrics.show_body(),
                "Add the histogram http_request_duration_seconds with the label route.",
            );
        };
        for connection in &connections {
            connection.get("/slow?n=10");
        }
        let metrics = connections.iter().map(|connection| counted(&connection.get("/metrics")));
        came = metrics.map(|count| count.map(|count| count - before)).collect();
        if came.iter().all(|risen| *risen == Some(12.0)) {
            return;
        }
    }
    promise.is_broken(
        format!("after twelve GET /slow on as many connections, the count rose by {came:?}"),
        "Each connection must see 12: keep the counts where all workers can add to them. (Pause other \
         clients of this server.)",
    );
}

#[test]
fn a_clear_sent_to_any_worker_clears_all_workers() {
    let server = server();
    let promise = server.promises("DELETE /cache to any worker clears the cache of every worker");
    let connections = connections(&server);
    let path = format!("/cached?n={}", some_n());
    for connection in &connections {
        connection.get(&path);
    }
    let deleted = connections[0].request("DELETE", "/cache", &[]);
    promise.is_kept(
        deleted.response.status == 204,
        deleted.show_status(),
        "Clear the cache and respond with 204, which has no body.",
    );
    let mut has_computed = HashMap::new();
    let replies: Vec<_> = connections.iter().map(|connection| connection.get(&path)).collect();
    // With a shared cache, only the first of the workers computes.
    let shared = replies.iter().filter(|reply| reply.verdict().miss).count() == 1;
    for (index, reply) in replies.iter().enumerate() {
        let worker = reply.header("x-worker");
        let miss = reply.verdict().miss;
        let is_first = *has_computed.entry(worker).or_insert(index) == index;
        promise.is_kept(
            miss || !is_first || (shared && index > 0),
            format!("{} from worker {}", reply.show("Cache-Status"), worker.unwrap_or("unknown")),
            "Let each worker check whether the cache was cleared, before it looks into its own.",
        );
    }
}
