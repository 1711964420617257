//! The real program, over real sockets.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{sync::Barrier, thread};

use step1_plain::support::testing::{Client, Program, run_to_end, wait_until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step3_ttl_cache");

#[test]
fn a_hundred_clients_at_once_cause_one_computation_and_get_the_same_response() {
    let program = Program::start(PROGRAM, &["--ttl", "1h"]);
    let address = program.address;
    let start = Barrier::new(100);
    let tags: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = (0..100)
            .map(|_| {
                scope.spawn(|| {
                    let mut client = Client::connect(address);
                    start.wait();
                    let response = client.get("/cached?n=1000000");
                    assert_eq!(response.json()["primes"], 78_498);
                    response.header("etag").unwrap().to_owned()
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    assert!(tags.iter().all(|tag| *tag == tags[0]));
    let stats = program.get("/stats").json();
    let figure = |name: &str| stats[name].as_u64().unwrap();
    assert_eq!(figure("misses"), 1, "{stats}");
    assert_eq!(figure("hits") + figure("collapsed"), 99, "{stats}");
}

#[test]
fn hits_misses_and_collapsed_add_up_while_responses_expire_and_are_evicted() {
    let program = Program::start(PROGRAM, &["--ttl", "1ms", "--capacity", "8"]);
    let address = program.address;
    thread::scope(|scope| {
        for client in 0..10 {
            scope.spawn(move || {
                let mut connection = Client::connect(address);
                for i in 0..100 {
                    let n = 5000 + (client + i) % 16;
                    assert_eq!(connection.get(&format!("/cached?n={n}")).json()["n"], n);
                }
            });
        }
    });
    let stats = program.get("/stats").json();
    let figure = |name: &str| stats[name].as_u64().unwrap();
    assert_eq!(figure("hits") + figure("misses") + figure("collapsed"), 1000, "{stats}");
    // Each computation stored one response, and each response is still there, expired or evicted.
    let gone = figure("evictions") + figure("expirations");
    assert_eq!(figure("entries") + gone, figure("misses"), "{stats}");
}

#[test]
fn a_client_that_leaves_does_not_stop_the_computation_for_the_others() {
    let program = Program::start(PROGRAM, &[]);
    let mut first = program.connect();
    first.send("GET /cached?n=5000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    wait_until(|| program.get("/stats").json()["misses"] == 1);
    let mut second = program.connect();
    second.send("GET /cached?n=5000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    wait_until(|| program.get("/stats").json()["collapsed"] == 1);
    drop(first);
    let response = second.read(true);
    assert_eq!(response.json()["primes"], 348_513);
    assert_eq!(response.header("cache-status"), Some("ttl; fwd=miss; collapsed"));
}

#[test]
fn a_response_is_stored_although_its_only_client_left_during_the_computation() {
    let program = Program::start(PROGRAM, &["--ttl", "1h"]);
    let mut impatient = program.connect();
    impatient.send("GET /cached?n=10000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    wait_until(|| program.get("/stats").json()["misses"] == 1);
    drop(impatient);
    wait_until(|| program.get("/stats").json()["entries"] == 1);
    let response = program.get("/cached?n=10000000");
    assert!(response.header("cache-status").unwrap().starts_with("ttl; hit"), "{response:?}");
}

#[test]
fn an_expired_response_is_served_while_the_next_one_is_computed() {
    let program = Program::start(PROGRAM, &["--ttl", "1ms", "--stale-while-revalidate", "1h"]);
    program.get("/cached?n=1000");
    for _ in 0..10 {
        let response = program.get("/cached?n=1000");
        assert!(response.header("cache-status").unwrap().starts_with("ttl; hit"), "{response:?}");
        let control = Some("max-age=0, stale-while-revalidate=3600");
        assert_eq!(response.header("cache-control"), control);
    }
    wait_until(|| {
        program.get("/cached?n=1000");
        program.get("/stats").json()["refreshes"].as_u64() > Some(0)
    });
    assert_eq!(program.get("/stats").json()["misses"], 1, "no request waited but the first");
}

#[test]
fn a_time_that_makes_no_sense_is_refused_with_examples() {
    for flag in ["--ttl", "--stale-while-revalidate", "--stale-if-error"] {
        for time in ["soon", "-1", "-1s", "", "10x", "9000h", "1e3"] {
            let stopped = run_to_end(PROGRAM, &[flag, time]);
            assert!(!stopped.status.success(), "{flag} {time}");
            for part in [flag, "500ms, 10s, 1m or 1h"] {
                assert!(stopped.stderr.contains(part), "{flag} {time}: {}", stopped.stderr);
            }
        }
    }
}

#[test]
fn every_way_to_write_a_time_to_live_is_understood() {
    for (ttl, seconds) in [("500ms", 0.5), ("10s", 10.0), ("1m", 60.0), ("90", 90.0), ("0", 0.0)] {
        let program = Program::start(PROGRAM, &["--ttl", ttl]);
        assert_eq!(program.get("/stats").json()["ttl_seconds"], seconds, "{ttl}");
    }
}
