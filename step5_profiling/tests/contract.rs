//! Step 5's promises, checked against our program or any other server on this machine with a CPU
//! profiler at Go's paths:
//!
//!     cargo test -p step5_profiling --test contract
//!     TARGET=http://127.0.0.1:8000 cargo test -p step5_profiling --test contract

#![cfg(profiler)]

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use step1_plain::support::testing::{Program, contract::Server, promise::Reply};

fn server() -> Server {
    let start = || Program::start(env!("CARGO_BIN_EXE_step5_profiling"), &["--workers", "1"]);
    Server::of_step(5, start)
}

/// Keeps the server busy until the profile is there, because the profile of an idle server is empty.
fn profile_under_load(server: &Server, path: &str) -> Reply {
    let stop = Arc::new(AtomicBool::new(false));
    let (load, stopped) = (server.connect(), stop.clone());
    let load = thread::spawn(move || {
        while !stopped.load(Relaxed) {
            load.get("/slow?n=50000");
        }
    });
    let profile = server.get(path);
    stop.store(true, Relaxed);
    join(load);
    profile
}

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

#[test]
fn a_profile_is_a_gzipped_file_for_gos_tool() {
    let server = server();
    let promise = server.promises("GET /debug/pprof/profile?seconds=1 is a profile of one second");
    let profile = profile_under_load(&server, "/debug/pprof/profile?seconds=1");
    promise.is_kept(
        profile.response.status == 200,
        profile.show_status(),
        "Take a profile, and send it.",
    );
    promise.is_kept(
        profile.response.body.starts_with(b"\x1f\x8b"),
        profile.show_body(),
        "Send pprof's protobuf, compressed by gzip, which is what go tool pprof reads.",
    );
    promise.is_kept(
        profile.took > Duration::from_millis(900),
        format!("{}: the response came after {:.1?}", profile.asked, profile.took),
        "Take samples for as many seconds as the request says.",
    );
}

#[test]
fn bad_seconds_are_refused_with_400() {
    let server = server();
    let promise = server.promises("seconds that are not a number get a 400");
    for seconds in ["abc", "-1"] {
        let reply = server.get(&format!("/debug/pprof/profile?seconds={seconds}"));
        promise.is_problem(&reply, 400, "Check the parameter before you take the profile.");
    }
}

#[test]
fn one_profile_is_taken_at_a_time() {
    let server = server();
    let promise = server.promises("while a profile is taken, the next one is refused with 409");
    let first = server.connect();
    let first = thread::spawn(move || first.get("/debug/pprof/profile?seconds=2"));
    // It has begun by then, and is not over.
    thread::sleep(Duration::from_millis(500));
    let second = server.get("/debug/pprof/profile?seconds=1");
    join(first);
    promise.is_problem(
        &second,
        409,
        "Refuse the second profile, because two at once would count each other's work.",
    );
}
