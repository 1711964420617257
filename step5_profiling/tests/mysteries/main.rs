//! Each mystery, measured from outside: the right tool tells the faulty server from the fixed one, and a
//! tempting one does not.
//!
//! ```sh
//! cargo build -p step5_profiling --example mystery
//! cargo test -p step5_profiling --test mysteries -- --nocapture
//! ```

#![cfg(profiler)]

mod command_line;
mod load;
mod verdict;

use std::{
    env,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use step1_plain::support::testing::{Client, Program};

use crate::{
    load::{cached, closed_loop, open_loop, while_under},
    verdict::{Figures, compare},
};

/// Each test measures, so only one runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path of the example, which is built beside the tests.
fn mystery() -> String {
    let test = env::current_exe().expect("the system knows this program");
    let profile = test.parent().and_then(|deps| deps.parent()).expect("it is in target/*/deps");
    let path = profile.join("examples/mystery");
    let build = "cargo build -p step5_profiling --example mystery";
    assert!(path.exists(), "{} is not there; build it: {build}", path.display());
    path.into_os_string().into_string().expect("the path is UTF-8")
}

/// Starts a mystery of step 3, whose pages stay fresh.
fn start(number: &str, fixed: bool) -> Program {
    start_with(number, &[], fixed)
}

/// Starts a mystery of step 5, with one worker.
fn start_worker(number: &str, fixed: bool) -> Program {
    start_with(number, &["--workers", "1", "--keep-alive", "1m"], fixed)
}

fn start_with(number: &str, args: &[&str], fixed: bool) -> Program {
    let fixed: &[_] = if fixed { &["--fixed"] } else { &[] };
    Program::start(&mystery(), &[&[number, "--ttl", "1h"], args, fixed].concat())
}

/// A figure of `/stats`.
fn stat(program: &Program, name: &str) -> f64 {
    program.get("/stats").json()[name].as_f64().expect("a number")
}

/// A view under `/debug/pprof/`, as JSON, of one second.
fn view(program: &Program, name: &str) -> Value {
    let path = format!("/debug/pprof/{name}?seconds=1");
    let response = program.connect().request("GET", &path, "accept: application/json\r\n");
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

/// The cumulative share of CPU time of the function whose name ends like this, in percent.
fn cpu_share(program: &Program, name: &str) -> f64 {
    let top = view(program, "top");
    let mut rows = top["functions"].as_array().expect("a list").iter();
    let row = rows.find(|row| row["function"].as_str().is_some_and(|it| it.ends_with(name)));
    row.map_or(0.0, |row| row["cumulative_percent"].as_f64().expect("a number"))
}

/// The share of the time of all requests to `/cached` that is in no known state, in percent.
fn rest_share(program: &Program) -> f64 {
    let waits = view(program, "waits");
    let find = |list: &Value, key: &str, name: &str| {
        list.as_array().expect("a list").iter().find(|it| it[key] == name).cloned()
    };
    let route = find(&waits["routes"], "route", "GET /cached").expect("it has requests");
    let rest = find(&route["states"], "state", "rest");
    let seconds = |of: &Value| of["seconds"].as_f64().expect("a number");
    100.0 * rest.map_or(0.0, |rest| seconds(&rest)) / seconds(&route)
}

/// The share of these times that are below this bound, in percent.
fn within(bound: Duration, times: &[Duration]) -> f64 {
    let fast = times.iter().filter(|time| **time < bound).count();
    100.0 * fast as f64 / times.len() as f64
}

fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}

#[test]
fn the_first_is_seen_in_stats() {
    let _alone = alone();
    compare("1", |fixed| {
        let program = start("1", fixed);
        let mut client = program.connect();
        for _round in 0..2 {
            (1..=150).for_each(|n| drop(cached(&mut client, 1000 * n)));
        }
        let (evictions, hits) = (stat(&program, "evictions"), stat(&program, "hits"));
        (0..10).for_each(|_| drop(cached(&mut client, 150_000)));
        Figures {
            right: ("evictions", evictions.max(1.0)),
            wrong: ("hits of one page", stat(&program, "hits") - hits),
        }
    });
}

#[test]
fn the_second_is_seen_in_the_memory_of_the_workers() {
    let _alone = alone();
    compare("2", |fixed| {
        let program = start_worker("2", fixed);
        let mut client = program.connect();
        let memory = || {
            let memory = &program.get("/stats").json()["workers"][0]["memory_bytes"];
            memory.as_f64().expect("Linux knows it") / 1e6
        };
        let mut load = |requests| (0..requests).for_each(|_| drop(cached(&mut client, 1000)));
        load(2000); // Until the worker has what it needs.
        let before = memory();
        load(10_000);
        Figures {
            // Less than one is noise.
            right: ("MB more after 10,000 requests", (memory() - before).max(1.0)),
            wrong: ("entries", stat(&program, "entries")),
        }
    });
}

#[test]
fn the_third_is_seen_in_the_cpu_profile() {
    let _alone = alone();
    compare("3", |fixed| {
        let program = start_worker("3", fixed);
        let mut client = program.connect();
        (1..=1000).for_each(|n| drop(cached(&mut client, n)));
        let counts = || ["hits", "misses"].map(|name| stat(&program, name));
        let before = counts();
        let hit = |client: &mut Client, _| drop(cached(client, 1000));
        let share =
            while_under(&program, &[&hit, &hit], || cpu_share(&program, "three::Pages::note"));
        let after = counts();
        let [hits, misses] = [after[0] - before[0], after[1] - before[1]];
        Figures {
            // A few samples of a hundred are noise.
            right: ("% of CPU time", share.max(5.0)),
            wrong: ("hit ratio", hits / (hits + misses)),
        }
    });
}

#[test]
fn the_fourth_is_seen_in_an_open_loop() {
    let _alone = alone();
    compare("4", |fixed| {
        let program = start_worker("4", fixed);
        let bound = Duration::from_millis(20);
        let mut client = program.connect();
        cached(&mut client, 1000);
        // Another program's load comes and goes, and the fault is there in each second.
        let seconds = (0..3).map(|_| open_loop(&program, 1000, Duration::from_secs(1)));
        let least = seconds.map(|times| 100.0 - within(bound, &times)).fold(100.0, f64::min);
        let closed = closed_loop(&mut client, 1000, Duration::from_secs(1));
        Figures {
            right: ("% above 20 ms in an open loop", least.max(1.0)),
            wrong: ("% below 20 ms in a closed loop", within(bound, &closed)),
        }
    });
}

#[test]
fn the_fifth_is_seen_in_the_waits() {
    let _alone = alone();
    compare("5", |fixed| {
        let program = start_worker("5", fixed);
        cached(&mut program.connect(), 1000);
        let hit = |client: &mut Client, _| {
            cached(client, 1000);
            thread::sleep(Duration::from_millis(10)); // So that hits hardly need CPU time.
        };
        let miss = |client: &mut Client, round| drop(cached(client, 1_000_001 + round));
        while_under(&program, &[&hit, &hit, &hit, &miss], || Figures {
            right: ("% of the requests' time is rest", rest_share(&program).max(5.0)),
            wrong: ("% of CPU time", cpu_share(&program, "count_primes")),
        })
    });
}

#[test]
fn the_sixth_is_seen_by_the_clients_clock_only() {
    let _alone = alone();
    compare("6", |fixed| {
        let program = start("6", fixed);
        let mut client = program.connect();
        cached(&mut client, 1000);
        let mut server = Vec::new();
        let clients: Vec<_> = (0..40)
            .map(|_| {
                let sent = Instant::now();
                let response = cached(&mut client, 1000);
                let time = response.header("x-process-time").expect("every response has it");
                server.push(Duration::from_secs_f64(time.parse().expect("it is a number")));
                sent.elapsed()
            })
            .collect();
        let bound = Duration::from_millis(20);
        Figures {
            right: ("ms by the client's clock", 1e3 * median(&clients).as_secs_f64()),
            wrong: ("% below 20 ms by the server's clock", within(bound, &server)),
        }
    });
}
