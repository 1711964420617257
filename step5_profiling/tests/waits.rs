//! Where requests wait, as the real program reports it while the test knows what its requests do.

#![cfg(profiler)]

use std::{thread, time::Duration};

use serde_json::Value;
use step1_plain::support::testing::{
    Client, Program, Response,
    redis::{Redis, free_address},
    signal, wait_until,
};
use step4_workers::scoreboard::slot::State;
use step5_profiling::profiler::{
    sampling::{collect::Profiler, control::now},
    waits::period::Waits,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step5_profiling");

fn start(args: &[&str]) -> Program {
    Program::start(PROGRAM, &[&["--workers", "1", "--ttl", "1h"], args].concat())
}

fn ask(program: &Program, parameters: &str) -> Response {
    let path = format!("/debug/pprof/waits?{parameters}");
    program.connect().request("GET", &path, "accept: application/json\r\n")
}

fn waits(program: &Program, parameters: &str) -> Value {
    let response = ask(program, parameters);
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

/// Requests the waits of this many seconds. The test reads the response later.
fn begin(program: &Program, seconds: u32) -> Client {
    let mut client = program.connect();
    client.send(format!(
        "GET /debug/pprof/waits?seconds={seconds} HTTP/1.1\r\nhost: localhost\r\naccept: \
         application/json\r\n\r\n"
    ));
    client
}

/// The object of a route.
fn route<'a>(waits: &'a Value, name: &str) -> &'a Value {
    let routes = waits["routes"].as_array().expect("a list");
    routes.iter().find(|it| it["route"] == name).unwrap_or_else(|| panic!("no {name}: {waits:#}"))
}

/// The seconds of a route in a state, 0 if it has none.
fn seconds(route: &Value, state: &str) -> f64 {
    let states = route["states"].as_array().expect("a list");
    let of_state = states.iter().find(|it| it["state"] == state);
    of_state.map_or(0.0, |it| it["seconds"].as_f64().expect("a number"))
}

/// Sends long requests to this route on as many connections, one after the other, so that each client always
/// has one under way. All of them request the same numbers, from the largest one down.
fn send(program: &Program, clients: usize, route: &str) -> Vec<Client> {
    let get = |n| format!("GET {route}?n={n} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let requests: String = (0..100).map(|less| get(10_000_000 - less)).collect();
    let send = |_| {
        let mut client = program.connect();
        client.send(&requests);
        client
    };
    (0..clients).map(send).collect()
}

/// What 200 hits and the miss before them do.
fn waits_of_hits(program: &Program) -> Value {
    let mut period = begin(program, 1);
    let mut client = program.connect();
    for _ in 0..200 {
        assert_eq!(client.get("/cached?n=10").status, 200);
    }
    period.read(true).json()
}

/// The share of this route's time that its requests are in a state, from 0 to 1.
fn share(route: &Value, state: &str) -> f64 {
    seconds(route, state) / route["seconds"].as_f64().expect("a number")
}

/// Waits until this many requests are under way.
fn wait_for_requests(program: &Program, count: usize) {
    let in_flight = || {
        let response = ask(program, "seconds=1");
        let value = response.json();
        let routes = value["routes"].as_array().cloned().unwrap_or_default();
        routes.iter().filter_map(|it| it["in_flight"].as_f64()).sum::<f64>()
    };
    wait_until(|| in_flight() > count as f64 - 0.2);
}

/// Each of ten clients of one worker waits for nine others. Few of their requests end in the period, so
/// mostly requests in flight are counted.
#[test]
fn of_ten_requests_at_one_worker_nine_are_in_the_queue() {
    let program = start(&[]);
    let clients = send(&program, 10, "/slow");
    wait_for_requests(&program, 10);
    let waits = waits(&program, "seconds=1");
    let (slow, elapsed) = (route(&waits, "GET /slow"), waits["elapsed_seconds"].as_f64().unwrap());
    assert!((share(slow, "queue") - 0.9).abs() < 0.03, "{waits:#}");
    assert!((share(slow, "compute") - 0.1).abs() < 0.03, "{waits:#}");
    let in_flight = slow["in_flight"].as_f64().unwrap();
    assert!((in_flight - 10.0).abs() < 0.1 && elapsed >= 1.0, "{waits:#}");
    drop(clients);
}

/// Little's law: how many are under way on average is the rate times the latency.
#[test]
fn the_sum_of_all_states_is_the_sum_of_all_latencies() {
    let program = start(&[]);
    let mut period = begin(&program, 4);
    thread::sleep(Duration::from_millis(300));
    let address = program.address;
    let clients = [(); 3].map(|()| {
        thread::spawn(move || {
            let mut client = Client::connect(address);
            let mut seconds = || {
                let response = client.get("/slow?n=300000");
                response.header("x-process-time").unwrap().parse::<f64>().unwrap()
            };
            (0..5).map(|_| seconds()).sum::<f64>()
        })
    });
    let latencies: f64 = clients.into_iter().map(|client| client.join().unwrap()).sum();
    let waits = period.read(true).json();
    let slow = route(&waits, "GET /slow");
    assert_eq!(slow["responses"], 15, "all of them in the period: {waits:#}");
    let states = slow["seconds"].as_f64().unwrap();
    assert!((states / latencies - 1.0).abs() < 0.03, "{states} and {latencies}: {waits:#}");
}

#[test]
fn requests_that_join_a_computation_wait_for_it() {
    let program = start(&[]);
    let clients = send(&program, 5, "/cached");
    wait_for_requests(&program, 5);
    let waits = waits(&program, "seconds=1");
    let cached = route(&waits, "GET /cached");
    assert!((share(cached, "wait") - 0.8).abs() < 0.03, "{waits:#}");
    assert!((share(cached, "compute") - 0.2).abs() < 0.03, "{waits:#}");
    drop(clients);
}

#[test]
fn a_request_ends_when_its_client_leaves_or_its_worker_is_killed() {
    let program = start(&[]);
    let clients = send(&program, 3, "/slow");
    wait_for_requests(&program, 3);
    drop(clients);
    let nothing = || ask(&program, "seconds=1").status == 503;
    wait_until(nothing);

    let clients = send(&program, 3, "/slow");
    wait_for_requests(&program, 3);
    let worker = program.get("/stats").json()["workers"][0]["pid"].as_u64().unwrap();
    signal(worker as u32, "KILL");
    wait_until(|| program.get("/healthz").header("x-worker") != Some(&worker.to_string()));
    wait_until(nothing);
    drop(clients);
}

#[test]
fn an_idle_server_gets_advice_instead_of_waits() {
    let program = start(&[]);
    let detail = ask(&program, "seconds=1").expect_problem(503);
    assert!(detail.contains(" s; give the server work"), "{detail}");
}

#[test]
fn a_request_can_choose_one_worker_and_the_flamegraph() {
    let program = start(&["--workers", "2"]);
    let clients = send(&program, 6, "/slow");
    wait_for_requests(&program, 6);
    let all = waits(&program, "seconds=1");
    assert_eq!(all["workers"].as_array().map(Vec::len), Some(2), "{all:#}");
    let of_each: f64 = all["workers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pid| {
            let one = waits(&program, &format!("seconds=1&worker={pid}"));
            assert_eq!(one["workers"], serde_json::json!([pid]));
            route(&one, "GET /slow")["in_flight"].as_f64().unwrap()
        })
        .sum();
    assert!((of_each - 6.0).abs() < 0.2, "{of_each}");
    let detail = ask(&program, "worker=1").expect_problem(400);
    assert!(detail.contains("there is no worker 1"), "{detail}");

    let picture = program.get("/debug/pprof/waits?seconds=1&view=flamegraph");
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
    assert!(
        picture.text().contains("in the queue (") && picture.text().contains("µs of wall time")
    );
    let text = program.get("/debug/pprof/waits?seconds=1");
    assert!(text.text().contains("  in the queue\n"), "{}", text.text());
    drop(clients);
}

#[test]
fn it_goes_on_beside_a_profile_and_ends_with_its_worker() {
    let program = start(&[]);
    let clients = send(&program, 2, "/slow");
    wait_for_requests(&program, 2);
    let mut profile = program.connect();
    profile.send("GET /debug/pprof/top?seconds=60 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let [mut minute, mut other] = [(); 2].map(|()| begin(&program, 60));
    assert_eq!(ask(&program, "seconds=1").status, 200);
    program.signal("HUP");
    // The test's client waits less than a minute.
    for client in [&mut profile, &mut minute, &mut other] {
        assert_eq!(client.read(true).status, 200);
    }
    drop(clients);
}

#[test]
fn the_period_of_one_worker_ends_with_it() {
    let program = start(&["--workers", "2"]);
    let mut client = program.connect();
    let stats = client.get("/stats").json();
    let own = client.get("/healthz").header("x-worker").unwrap().to_owned();
    let mut pids = stats["workers"].as_array().unwrap().iter().map(|it| it["pid"].to_string());
    let pid = pids.find(|pid| *pid != own).expect("there are two");
    client.send(format!(
        "GET /debug/pprof/waits?seconds=60&worker={pid} HTTP/1.1\r\nhost: localhost\r\n\r\n"
    ));
    signal(pid.parse().unwrap(), "KILL");
    // The test's client waits less than a minute.
    client.read(true).expect_problem(503);
}

#[test]
fn the_log_is_a_state_of_its_own() {
    let program = start(&["--access-log"]);
    let waits = waits_of_hits(&program);
    let cached = route(&waits, "GET /cached");
    assert!(seconds(cached, "log") > 0.0, "{waits:#}");
}

/// The worker's successor is in its slot already, but serves no request yet.
#[tokio::test]
async fn the_requests_of_a_dead_worker_stay_dead_while_its_successor_starts() {
    let (profiler, slot) = Profiler::of_this_process().unwrap();
    let dead = slot.board.take_slot(1, 0).unwrap();
    profiler.recording.gauges[dead].change(0, None, Some("compute"), now());
    let record = || Waits::record(&profiler, Duration::from_millis(20), None, &[Some("route"); 8]);
    assert_eq!(record().await.routes, []);
    slot.board.slot(dead).set_state(State::Ready);
    assert_eq!(record().await.routes.len(), 1, "of a worker that serves it");
    slot.board.free_slot(dead);
    assert_eq!(record().await.routes, []);
}

#[test]
fn the_time_in_redis_is_a_state_of_its_own() {
    let Some(redis) = Redis::start_at(free_address()) else { return };
    let program = start(&["--cache", &redis.url()]);
    let waits = waits_of_hits(&program);
    let cached = route(&waits, "GET /cached");
    assert!(seconds(cached, "redis") > seconds(cached, "rest"), "{waits:#}");
}
