//! The real program, over real sockets.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{sync::Barrier, thread};

use step1_plain::support::testing::{Client, Program, run_to_end};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step2_dict_cache");

#[test]
fn hits_and_misses_add_up_to_the_requests_of_many_clients_at_once() {
    let program = Program::start(PROGRAM, &["--capacity", "8"]);
    let address = program.address;
    let start = Barrier::new(10);
    thread::scope(|scope| {
        for client in 0..10 {
            let start = &start;
            scope.spawn(move || {
                let mut connection = Client::connect(address);
                start.wait();
                for i in 0..100 {
                    let n = (client * 7 + i * 3) % 16;
                    let response = connection.get(&format!("/cached?n={n}"));
                    assert_eq!(response.json()["n"], n);
                }
            });
        }
    });
    let stats = program.get("/stats").json();
    let figure = |name: &str| stats[name].as_u64().unwrap();
    assert_eq!(figure("hits") + figure("misses"), 1000, "{stats}");
    assert_eq!(figure("entries"), 8, "{stats}");
    // Two that miss the same key at once both store it, so there may be fewer evictions.
    assert!(figure("evictions") <= figure("misses") - 8, "{stats}");
}

#[test]
fn delete_is_for_this_servers_page_and_for_programs() {
    let program = Program::start(PROGRAM, &[]);
    let mut client = Client::connect(program.address);
    for (headers, status) in [
        ("host: localhost", 204),
        ("host: localhost:8000\r\norigin: http://localhost:8000", 204),
        ("host: localhost:8000\r\norigin: http://localhost:3000", 403),
        ("host: rebound.example\r\norigin: http://rebound.example", 403),
    ] {
        client.send(format!("DELETE /cache HTTP/1.1\r\n{headers}\r\n\r\n"));
        assert_eq!(client.read(true).status, status, "{headers}");
    }
}

#[test]
fn a_capacity_that_makes_no_sense_is_refused_with_what_is_allowed() {
    for capacity in ["0", "-1", "many", "1.5", "", "1000001", "99999999999999999999"] {
        let stopped = run_to_end(PROGRAM, &["--capacity", capacity]);
        assert!(!stopped.status.success(), "{capacity}");
        let expected = "a whole number from 1 to 1000000";
        assert!(stopped.stderr.contains(expected), "{capacity}: {}", stopped.stderr);
        assert!(stopped.stderr.contains("--capacity"), "{capacity}: {}", stopped.stderr);
    }
}

#[cfg(unix)]
#[test]
fn the_access_log_says_what_the_cache_did() {
    let program = Program::start(PROGRAM, &["--access-log"]);
    program.get("/cached?n=10");
    program.get("/cached?n=10");
    program.signal("TERM");
    let log = program.wait().stderr;
    let verdicts: Vec<_> = log.lines().filter_map(|line| line.split('"').nth(1)).collect();
    assert_eq!(verdicts, ["dict; fwd=miss; stored", "dict; hit"], "{log}");
}
