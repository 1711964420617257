//! One cache for all workers, with a Redis for each test, and without it at any moment.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    ops::Deref,
    sync::{Barrier, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use step1_plain::support::testing::{
    Client, Program, Response,
    redis::{self, free_address},
    signal, wait_until,
};
use support::{Load, start, stats};

/// A Redis, for one test at a time.
struct Redis {
    redis: redis::Redis,
    _alone: MutexGuard<'static, ()>,
}

/// One test at a time. Redis has 40 ms to respond, and several tests that compute at once on few cores
/// can make a process wait for longer.
static ALONE: Mutex<()> = Mutex::new(());

impl Redis {
    fn start() -> Option<Self> {
        Self::start_at(free_address(), alone())
    }

    fn start_at(address: SocketAddr, _alone: MutexGuard<'static, ()>) -> Option<Self> {
        Some(Self { redis: redis::Redis::start_at(address)?, _alone })
    }
}

impl Deref for Redis {
    type Target = redis::Redis;

    fn deref(&self) -> &redis::Redis {
        &self.redis
    }
}

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start_with(url: &str, more: &[&str]) -> Program {
    start(&[&["--workers", "3", "--cache", url], more].concat())
}

fn verdict(response: &Response) -> &str {
    response.header("cache-status").unwrap()
}

const STORED: &str = "redis; fwd=miss; stored";
const UNAVAILABLE: &str = "redis; fwd=miss; detail=unavailable";

/// Sends requests until Redis is in use again.
#[track_caller]
fn wait_for_redis(program: &Program) {
    let start = Instant::now();
    wait_until(|| {
        thread::sleep(Duration::from_millis(20));
        // Reach every worker.
        let mut clients: Vec<_> = (0..6).map(|_| program.connect()).collect();
        clients.iter_mut().all(|client| verdict(&client.get("/cached?n=7")) != UNAVAILABLE)
    });
    assert!(start.elapsed() < Duration::from_secs(10), "within seconds: {:?}", start.elapsed());
}

#[test]
fn a_response_that_one_worker_computed_is_a_hit_in_all() {
    let Some(redis) = Redis::start() else { return };
    let program = start_with(&redis.url(), &["--ttl", "1h"]);
    let mut clients: Vec<_> = (0..12).map(|_| program.connect()).collect();
    let responses: Vec<_> = clients.iter_mut().map(|client| client.get("/cached?n=1000")).collect();
    assert_eq!(verdict(&responses[0]), STORED);
    for response in &responses[1..] {
        assert!(verdict(response).starts_with("redis; hit; ttl=3599"), "{response:?}");
        assert_eq!(response.body, responses[0].body);
        assert_eq!(response.header("etag"), responses[0].header("etag"));
        assert_eq!(response.header("age"), Some("0"));
    }
    let stats = stats(&program);
    let figures = ["hits", "misses", "collapsed", "cache_errors"].map(|name| stats[name].as_u64());
    assert_eq!(figures, [11, 1, 0, 0].map(Some), "{stats}");
    assert_eq!(stats["cache"], "redis");
    let again = start_with(&redis.url(), &["--ttl", "1h"]);
    assert!(verdict(&again.get("/cached?n=1000")).starts_with("redis; hit"), "and in all servers");
}

#[test]
fn concurrent_misses_of_all_workers_compute_once() {
    let Some(redis) = Redis::start() else { return };
    let program = start_with(&redis.url(), &[]);
    let address = program.address;
    let barrier = Barrier::new(30);
    thread::scope(|scope| {
        for _ in 0..30 {
            scope.spawn(|| {
                let mut client = Client::connect(address);
                barrier.wait();
                assert_eq!(client.get("/cached?n=3000000").json()["primes"], 216_816);
            });
        }
    });
    let stats = stats(&program);
    let figures = ["misses", "cache_errors"].map(|name| stats[name].as_u64());
    assert_eq!(figures, [1, 0].map(Some), "{stats}");
    assert_eq!(stats["hits"].as_u64().unwrap() + stats["collapsed"].as_u64().unwrap(), 29);
}

#[test]
fn a_computation_that_takes_longer_than_a_lease_is_still_the_only_one() {
    let Some(redis) = Redis::start() else { return };
    let args = ["--workers", "1", "--cache", &redis.url()];
    let (one, two) = (start(&args), start(&args));
    // Keep the compute thread busy for seconds before it reaches the computation with the lease.
    let mut busy: Vec<_> = (0..2).map(|_| one.connect()).collect();
    for client in &mut busy {
        client.send("GET /slow?n=10000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    }
    wait_until(|| support::connections(&one)[0] > 2);
    let mut first = one.connect();
    first.send("GET /cached?n=1000 HTTP/1.1\r\nhost: test\r\n\r\n");
    wait_until(|| stats(&one)["misses"] == 1);
    let start = Instant::now();
    assert_eq!(verdict(&two.get("/cached?n=1000")), "redis; fwd=miss; collapsed");
    assert!(start.elapsed() > Duration::from_secs(2), "longer than a lease: {:?}", start.elapsed());
    assert_eq!(verdict(&first.read(true)), STORED);
}

#[test]
fn a_client_that_leaves_or_a_worker_that_dies_does_not_keep_the_others_waiting() {
    let Some(redis) = Redis::start() else { return };
    let program = start_with(&redis.url(), &[]);
    let mut leaver = program.connect();
    leaver.send("GET /cached?n=9000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    wait_until(|| stats(&program)["misses"] == 1);
    drop(leaver);
    assert_eq!(program.get("/cached?n=9000000").json()["n"], 9_000_000);

    let mut victim = program.connect();
    let worker = victim.get("/healthz").header("x-worker").unwrap().parse().unwrap();
    let misses = stats(&program)["misses"].as_u64();
    victim.send("GET /cached?n=9000001 HTTP/1.1\r\nhost: test\r\n\r\n");
    wait_until(|| stats(&program)["misses"].as_u64() > misses);
    signal(worker, "KILL");
    assert_eq!(program.get("/cached?n=9000001").json()["n"], 9_000_001);
}

#[test]
fn a_clear_reaches_all_servers_and_their_computations() {
    let Some(redis) = Redis::start() else { return };
    let (one, two) = (start_with(&redis.url(), &[]), start_with(&redis.url(), &[]));
    one.get("/cached?n=1000");
    assert!(verdict(&two.get("/cached?n=1000")).starts_with("redis; hit"));
    let mut computing = one.connect();
    computing.send("GET /cached?n=5000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    wait_until(|| stats(&one)["misses"] == 2);
    assert_eq!(two.connect().request("DELETE", "/cache", "").status, 204);
    assert_eq!(verdict(&one.get("/cached?n=1000")), STORED);
    assert_eq!(verdict(&computing.read(true)), "redis; fwd=miss", "it is not stored");
    let after = two.get("/cached?n=5000000");
    assert_eq!(verdict(&after), STORED, "it was from before");
}

#[test]
fn responses_expire_and_with_a_ttl_of_zero_none_is_stored() {
    let Some(redis) = Redis::start() else { return };
    let program = start_with(&redis.url(), &["--ttl", "50ms"]);
    program.get("/cached?n=1000");
    wait_until(|| verdict(&program.get("/cached?n=1000")) == STORED);
    let long = start_with(&redis.url(), &["--ttl", "1h"]);
    let short = start_with(&redis.url(), &["--ttl", "1s"]);
    long.get("/cached?n=3000");
    assert_eq!(short.get("/cached?n=3000").header("age"), Some("0"));
    wait_until(|| verdict(&short.get("/cached?n=3000")) == STORED);
    assert_eq!(long.get("/cached?n=3000").header("age"), Some("0"), "it is new");
    let program = start_with(&redis.url(), &["--ttl", "0"]);
    for _ in 0..3 {
        assert_eq!(verdict(&program.get("/cached?n=2000")), "redis; fwd=miss");
    }
}

#[test]
fn an_expired_response_is_served_by_all_workers_while_one_computes() {
    let Some(redis) = Redis::start() else { return };
    let windows = ["--ttl", "5s", "--stale-while-revalidate", "1h"];
    let program = start_with(&redis.url(), &windows);
    assert_eq!(verdict(&program.get("/cached?n=10000000")), STORED);
    thread::sleep(Duration::from_millis(5100));
    let mut clients: Vec<_> = (0..12).map(|_| program.connect()).collect();
    for client in &mut clients {
        let response = client.get("/cached?n=10000000");
        assert!(verdict(&response).starts_with("redis; hit; ttl=-"), "{response:?}");
        let control = Some("max-age=5, stale-while-revalidate=3600");
        assert_eq!(response.header("cache-control"), control);
    }
    wait_until(|| {
        thread::sleep(Duration::from_millis(20));
        !verdict(&program.get("/cached?n=10000000")).contains("ttl=-")
    });
    let stats = stats(&program);
    assert_eq!((&stats["misses"], &stats["refreshes"]), (&1.into(), &1.into()), "{stats}");
    assert!(stats["stale"].as_u64() >= Some(12), "{stats}");
}

#[test]
fn an_error_is_replaced_by_an_expired_response_unless_it_was_deleted() {
    let Some(redis) = Redis::start() else { return };
    let windows = ["--ttl", "1s", "--stale-if-error", "1h"];
    let program = start_with(&redis.url(), &windows);
    let broken = start_with(&redis.url(), &[&windows[..], &["--request-timeout", "10ms"]].concat());
    let path = "/cached?n=10000000";
    broken.get(path).expect_problem(503);
    assert_eq!(verdict(&program.get(path)), STORED);
    thread::sleep(Duration::from_millis(1100));
    let response = broken.get(path);
    assert_eq!(response.status, 200);
    assert!(verdict(&response).starts_with("redis; fwd=stale; fwd-status=503; ttl=-"));
    assert!(stats(&broken)["stale"].as_u64() > Some(0));
    assert_eq!(broken.connect().request("DELETE", "/cache", "").status, 204);
    thread::sleep(Duration::from_millis(1100));
    broken.get(path).expect_problem(503);
}

#[test]
fn a_redis_that_is_killed_during_a_refresh_fails_no_request() {
    let Some(mut redis) = Redis::start() else { return };
    let windows = ["--ttl", "1s", "--stale-while-revalidate", "1h"];
    let program = start_with(&redis.url(), &windows);
    assert_eq!(verdict(&program.get("/cached?n=3000000")), STORED);
    thread::sleep(Duration::from_millis(1100));
    assert!(verdict(&program.get("/cached?n=3000000")).starts_with("redis; hit; ttl=-"));
    redis.redis.child.kill().unwrap();
    for _ in 0..5 {
        assert_eq!(program.get("/cached?n=1000").status, 200);
        assert_eq!(program.get("/cached?n=3000000").status, 200);
    }
}

#[test]
fn each_part_of_the_time_is_named() {
    let Some(redis) = Redis::start() else { return };
    let program = start_with(&redis.url(), &["--ttl", "1h"]);
    let parts = |response: &Response| -> Vec<_> {
        let timing = response.header("server-timing").unwrap();
        timing.split(", ").map(|part| part.split(';').next().unwrap().to_owned()).collect()
    };
    let miss = program.get("/cached?n=1000");
    assert_eq!(parts(&miss), ["redis", "queue", "compute", "total"]);
    assert_eq!(parts(&program.get("/cached?n=1000")), ["redis", "total"]);

    let program = start_with(&redis.url(), &["--request-timeout", "50ms"]);
    let failed = program.get("/cached?n=10000000");
    assert_eq!((failed.status, parts(&failed)), (503, parts(&miss)));
}

#[test]
fn a_server_starts_without_redis_and_uses_it_when_it_comes() {
    let alone = alone();
    let address = free_address();
    let program = start_with(&format!("redis://{address}"), &[]);
    for _ in 0..5 {
        let start = Instant::now();
        assert_eq!(verdict(&program.get("/cached?n=1000")), UNAVAILABLE);
        assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    }
    program.connect().request("DELETE", "/cache", "").expect_problem(503);
    assert!(stats(&program)["cache_errors"].as_u64() >= Some(5));
    let Some(_redis) = Redis::start_at(address, alone) else { return };
    wait_for_redis(&program);
}

#[test]
fn a_redis_that_is_killed_under_load_fails_no_request() {
    let Some(redis) = Redis::start() else { return };
    let address = redis.address;
    let program = start_with(&redis.url(), &["--ttl", "100ms"]);
    let load = Load::start(program.address, 8);
    load.go_on_for(200);
    drop(redis);
    load.go_on_for(200);
    wait_until(|| stats(&program)["cache_errors"].as_u64() > Some(0));
    let _redis = Redis::start_at(address, alone());
    wait_for_redis(&program);
    load.go_on_for(200);
    let failures = load.stop();
    assert!(failures.is_empty(), "{failures:?}");
    program.signal("TERM");
    let said = program.wait().stderr.matches("redis at ").count();
    assert!(said <= 3 * 4, "once a change and worker, not once a request: {said} times");
}

#[test]
fn a_redis_that_hangs_is_waited_for_once_and_not_by_each_request() {
    let Some(redis) = Redis::start() else { return };
    let program = start_with(&redis.url(), &[]);
    let mut client = program.connect(); // One connection reaches one worker.
    client.get("/cached?n=1000");
    signal(redis.child.id(), "STOP");
    let start = Instant::now();
    for _ in 0..50 {
        assert_eq!(client.get("/cached?n=1000").json()["primes"], 168);
    }
    assert!(start.elapsed() < Duration::from_millis(1500), "{:?} for 50", start.elapsed());
    signal(redis.child.id(), "CONT");
    wait_for_redis(&program);
}

#[test]
fn a_redis_that_responds_slowly_does_not_delay_every_request() {
    let Some(redis) = Redis::start() else { return };
    let program = start_with(&redis.url(), &["--workers", "1", "--ttl", "1ms"]);
    wait_for_redis(&program);
    // Redis still responds to PING, but to no command that writes.
    redis.tell("CLIENT PAUSE 3000 WRITE");
    let start = Instant::now();
    let mut late = 0;
    while start.elapsed() < Duration::from_secs(2) {
        let start = Instant::now();
        program.get("/cached?n=1000");
        late += usize::from(start.elapsed() > Duration::from_millis(30));
    }
    assert!(late < 20, "{late} requests were late in 2 s");
    wait_for_redis(&program);
    program.signal("TERM");
    let said = program.wait().stderr.matches("redis at ").count();
    assert!(said < 20, "said {said} times");
}

#[test]
fn a_server_that_is_not_redis_or_sends_nonsense_does_no_harm() {
    for nonsense in
        ["", "HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n+OK\r\n+OK\r\n+OK\r\n", "$-9\r\n"]
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                thread::spawn(move || {
                    while stream.read(&mut [0; 4096]).is_ok_and(|length| length > 0)
                        && stream.write_all(nonsense.as_bytes()).is_ok()
                    {}
                });
            }
        });
        let program = start_with(&url, &[]);
        for _ in 0..5 {
            assert_eq!(program.get("/cached?n=1000").json()["primes"], 168, "{nonsense:?}");
        }
    }
}

/// Checks that a response is computed and stored, and then a hit.
#[track_caller]
fn assert_stored(program: &Program, path: &str) {
    assert_eq!(verdict(&program.get(path)), STORED, "{path}");
    assert!(verdict(&program.get(path)).starts_with("redis; hit"), "{path}");
}

#[test]
fn a_foreign_value_under_our_key_is_overwritten() {
    let Some(redis) = Redis::start() else { return };
    let program = start_with(&redis.url(), &[]);
    redis.tell("SET step4:2:1000 nonsense PX 100000");
    redis.tell("SET step4:2:2000 nonsense");
    redis.tell("LPUSH step4:2:3000 nonsense");
    // This value is so large that reading it would take longer than a request waits.
    redis.tell("SETRANGE step4:2:4000 100000000 nonsense");
    for path in ["/cached?n=1000", "/cached?n=2000", "/cached?n=3000", "/cached?n=4000"] {
        assert_stored(&program, path);
    }
    redis.tell("SET step4:2:epoch 0");
    redis.tell("SET step4:2:lease:0:5000 stranger");
    assert_eq!(verdict(&program.get("/cached?n=5000")), STORED, "no lease");
    assert_eq!(stats(&program)["cache_errors"], 0);
}

#[test]
fn an_entry_that_would_outlive_its_ttl_is_computed_again() {
    let Some(redis) = Redis::start() else { return };
    let program = start_with(&redis.url(), &[]);
    assert_stored(&program, "/cached?n=1000");
    redis.tell("PEXPIRE step4:2:1000 3600000");
    assert_stored(&program, "/cached?n=1000");
    redis.tell("PERSIST step4:2:1000");
    assert_stored(&program, "/cached?n=1000");
}

#[test]
fn a_deleted_response_is_no_hit_when_redis_loses_the_epoch() {
    let Some(redis) = Redis::start() else { return };
    let program = start_with(&redis.url(), &["--ttl", "1h"]);
    assert_stored(&program, "/cached?n=1000");
    assert_eq!(program.connect().request("DELETE", "/cache", "").status, 204);
    redis.tell("SET step4:2:epoch lost");
    redis.tell("DEL step4:2:epoch");
    assert_stored(&program, "/cached?n=1000");
    redis.tell("DEL step4:2:epoch");
    assert_stored(&program, "/cached?n=1000");
}

#[test]
fn with_any_value_in_place_of_the_epoch_the_cache_works_and_can_be_cleared() {
    let Some(redis) = Redis::start() else { return };
    let program = start_with(&redis.url(), &["--ttl", "1h"]);
    for command in [
        "LPUSH step4:2:epoch nonsense",
        "SET step4:2:epoch nonsense",
        "SET step4:2:epoch \"\"",
        "SET step4:2:epoch \"\\xff 1 \\x00\"",
        "SET step4:2:epoch -1",
        "SET step4:2:epoch 99999999999999999999999",
        "SETRANGE step4:2:epoch 100000000 nonsense",
    ] {
        redis.tell("DEL step4:2:epoch");
        redis.tell(command);
        assert_stored(&program, "/cached?n=1000");
        assert_eq!(program.connect().request("DELETE", "/cache", "").status, 204, "{command}");
        assert_stored(&program, "/cached?n=1000");
    }
    assert_eq!(stats(&program)["cache_errors"], 0);
}

#[test]
fn the_server_works_without_a_redis_that_takes_no_more_values() {
    let Some(redis) = Redis::start() else { return };
    redis.tell("CONFIG SET maxmemory 1");
    let program = start_with(&redis.url(), &[]);
    for n in 1000..1010 {
        assert_eq!(program.get(&format!("/cached?n={n}")).json()["n"], n);
    }
    assert!(stats(&program)["cache_errors"].as_u64() >= Some(10));
}

#[test]
fn a_password_and_a_database_number_come_with_the_url() {
    let Some(redis) = Redis::start() else { return };
    redis.tell("CONFIG SET requirepass se%cret");
    let url = |password| format!("redis://:{password}@{}/3", redis.address);
    let program = start_with(&url("se%25cret"), &[]);
    program.get("/cached?n=1000");
    assert!(verdict(&program.get("/cached?n=1000")).starts_with("redis; hit"));
    let wrong = start_with(&url("wrong"), &[]);
    let line = wrong.wait_for_log("redis at ");
    assert!(!line.contains("wrong@") && line.contains("in the URL"), "{line}");
    assert_eq!(wrong.get("/cached?n=1000").json()["primes"], 168);
}
