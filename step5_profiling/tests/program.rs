//! The real program, asked for profiles while it works.

#![cfg(profiler)]

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::Value;
use step1_plain::support::testing::{Answer, Client, Program, signal, wait_until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step5_profiling");

fn start(args: &[&str]) -> Program {
    Program::start(PROGRAM, &[&["--workers", "2", "--ttl", "1h"], args].concat())
}

/// Clients who ask for the slow answer until they are dropped.
struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    /// On the program, so that every worker has something to do.
    fn on(program: &Program) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let clients = (0..4).map(|_| {
            let (mut client, stop) = (program.connect(), stop.clone());
            thread::spawn(move || {
                while !stop.load(Relaxed) {
                    assert_eq!(client.get("/slow?n=50000").status, 200);
                }
            })
        });
        Self { stop: stop.clone(), clients: clients.collect() }
    }

    fn end(mut self) {
        self.stop.store(true, Relaxed);
        self.clients.drain(..).for_each(|client| client.join().expect("every request is answered"));
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
    }
}

fn top(program: &Program, parameters: &str) -> Value {
    let path = format!("/debug/pprof/top?seconds=1{parameters}");
    let answer = program.connect().request("GET", &path, "accept: application/json\r\n");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}

fn pids(program: &Program) -> Vec<u32> {
    let stats = program.get("/stats").json();
    let workers = stats["workers"].as_array().expect("a list");
    workers.iter().map(|worker| worker["pid"].as_u64().expect("a number") as u32).collect()
}

#[test]
fn one_request_profiles_all_workers_or_the_one_it_names() {
    let program = start(&[]);
    let load = Load::on(&program);
    let pids = pids(&program);

    let all = top(&program, "");
    assert_eq!(all["workers"], serde_json::json!(pids));
    assert_eq!((&all["asked_hz"], &all["dropped"]), (&99.into(), &0.into()));
    let of = |function: &str| {
        let rows = all["functions"].as_array().unwrap().iter();
        let row = rows.clone().find(|row| row["function"] == function);
        row.unwrap_or_else(|| panic!("{all:#}"))["cumulative_percent"].as_f64().unwrap()
    };
    // But for the first and last instructions of the latter, where the chain misses its caller.
    let [callee, caller] =
        ["is_prime", "count_primes"].map(|name| of(&format!("step1_plain::primes::{name}")));
    assert!(callee > 50.0 && caller > 0.99 * callee, "{all:#}");

    let one = top(&program, &format!("&worker={}&frequency=50", pids[1]));
    assert_eq!((&one["workers"], &one["asked_hz"]), (&serde_json::json!([pids[1]]), &50.into()));
    let nobody = program.get("/debug/pprof/top?worker=1");
    assert!(nobody.expect_problem(400).contains(&format!("there are {pids:?}")));
    load.end();
}

#[test]
fn every_view_says_what_it_is_of() {
    let program = start(&[]);
    let load = Load::on(&program);
    let ask = |view: &str| {
        let answer = program.get(&format!("/debug/pprof/{view}?seconds=1"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        answer
    };
    let detail = ask("diff").expect_problem(404);
    assert!(detail.contains("there is nothing to compare with yet"), "{detail}");

    let lines = ask("lines");
    assert!(lines.text().contains(" samples of "), "{}", lines.text());
    assert!(lines.text().contains("\nstep1_plain/src/primes.rs\n"), "{}", lines.text());
    assert!(lines.text().contains("if n.is_multiple_of(divisor) {"), "{}", lines.text());

    for view in ["flamegraph", "diff"] {
        let svg = ask(view);
        assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
        assert!(svg.text().contains("is_prime") && svg.text().contains(" samples of "));
    }

    let file = ask("profile");
    let disposition = "attachment; filename=\"profile.pb.gz\"";
    assert_eq!(file.header("content-disposition"), Some(disposition));
    assert_eq!(file.body[..2], [0x1f, 0x8b], "gzip's magic number");
    load.end();
}

/// What students will do with it; only where Go is installed.
#[test]
fn go_tool_pprof_reads_the_file() {
    if Command::new("go").arg("version").output().is_err() {
        assert!(std::env::var_os("GO_TESTS_REQUIRED").is_none(), "go is not installed");
        println!("SKIPPED: go is not installed");
        return;
    }
    let program = start(&[]);
    let load = Load::on(&program);
    let path = std::env::temp_dir().join(format!("step5-{}.pb.gz", std::process::id()));
    std::fs::write(&path, program.get("/debug/pprof/profile?seconds=1").body).unwrap();
    load.end();
    let ask = |how: &str| {
        let output = Command::new("go").args(["tool", "pprof", how]).arg(&path).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(ask("-top").contains("step1_plain::primes::is_prime"));
    let list = ask("-list=is_prime");
    let hot = list.lines().find(|line| line.contains("if n.is_multiple_of(divisor) {")).unwrap();
    let cumulative = hot.split_whitespace().nth(1).unwrap();
    assert!(cumulative.ends_with("s"), "there is time at the hot line: {hot}");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn one_profile_at_a_time_and_the_next_one_is_told_so() {
    let program = start(&[]);
    let load = Load::on(&program);
    let mut first = program.connect();
    first.send("GET /debug/pprof/top?seconds=2 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let index = || program.get("/debug/pprof/").text().to_owned();
    wait_until(|| index().contains("A profile of 2 s is being taken by worker "));
    let second = program.get("/debug/pprof/flamegraph?seconds=1");
    let detail = second.expect_problem(409);
    assert!(detail.starts_with("a profile of 2 s is being taken by worker "), "{detail}");
    assert!(second.header("retry-after").is_some());
    assert_eq!(first.read(true).status, 200);
    wait_until(|| index().contains("No profile is being taken."));
    load.end();
}

#[test]
fn an_idle_server_says_that_it_is_idle() {
    let program = start(&[]);
    let detail = program.get("/debug/pprof/profile?seconds=1").expect_problem(503);
    assert!(detail.starts_with("no samples: the workers used 0.0"), "{detail}");
}

/// Whoever asked for a minute and leaves, and whoever is killed meanwhile.
#[test]
fn nobody_keeps_the_profiler_who_is_not_there() {
    let program = start(&[]);
    let load = Load::on(&program);
    let minute = |client: &mut Client| {
        client.send("GET /debug/pprof/top?seconds=60 HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let index = || program.get("/debug/pprof/").text().to_owned();
        wait_until(|| index().contains("A profile of 60 s is being taken"));
        let index = index();
        let pid = index.split("taken by worker ").nth(1).unwrap().split(',').next().unwrap();
        pid.parse::<u32>().unwrap()
    };
    let mut client = program.connect();
    minute(&mut client);
    drop(client);
    wait_until(|| program.get("/debug/pprof/").text().contains("No profile is being taken."));
    drop(load);

    let mut client = program.connect();
    signal(minute(&mut client), "KILL");
    wait_until(|| program.get("/debug/pprof/top?seconds=1").status != 409);
}

#[test]
fn nobody_from_elsewhere_is_let_in() {
    let program = start(&[]);
    for header in ["X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1", "Via: 1.1 proxy"] {
        let headers = format!("{header}\r\n");
        let answer = program.connect().request("GET", "/debug/pprof/calls", &headers);
        assert_eq!(answer.status, 403, "{header}: {answer:?}");
        let answer = program.connect().request("GET", "/cached?n=10", &headers);
        assert_eq!(answer.status, 200, "{header}: {answer:?}");
    }
    let path = std::env::temp_dir().join(format!("step5-{}.sock", std::process::id()));
    let bind = format!("unix:{}", path.display());
    let program = Program::start(PROGRAM, &["-w", "1", "--bind", "127.0.0.1:0", "--bind", &bind]);
    let mut stream = std::os::unix::net::UnixStream::connect(&path).unwrap();
    use std::io::{Read, Write};
    let request = "GET /debug/pprof/calls HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("--bind 127.0.0.1:8000"));
    assert_eq!(program.get("/debug/pprof/calls").status, 200);
}

#[test]
fn there_is_none_with_no_profiler() {
    let program = start(&["--no-profiler"]);
    assert_eq!(program.get("/debug/pprof/").status, 404);
    assert!(!program.get("/").text().contains("/debug/"));
    assert_eq!(program.get("/cached?n=10").json()["primes"], 4);
}

#[test]
fn signals_from_elsewhere_are_no_samples() {
    let program = start(&["--workers", "1"]);
    let (mut client, worker) = (program.connect(), pids(&program)[0]);
    client.send("GET /debug/pprof/top?seconds=1 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    for _ in 0..50 {
        signal(worker, "PROF");
    }
    let detail = client.read(true).expect_problem(503);
    assert!(detail.contains("no samples"), "{detail}");
}

#[test]
fn a_profile_is_answered_early_when_its_worker_is_to_stop() {
    let program = start(&[]);
    let load = Load::on(&program);
    let mut client = program.connect();
    client.send("GET /debug/pprof/top?seconds=60 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    wait_until(|| program.get("/debug/pprof/").text().contains("is being taken"));
    thread::sleep(Duration::from_millis(500));
    program.signal("HUP");
    // The client's patience is less than a minute.
    let answer = client.read(true);
    assert!(answer.status == 200 && answer.text().contains("is_prime"), "{}", answer.text());
    drop(load);
}

#[test]
fn what_is_not_understood_is_refused() {
    let program = start(&[]);
    for query in
        ["seconds=0", "seconds=61", "frequency=250", "n=1", "worker=x", "seconds=1&seconds=2"]
    {
        let detail = program.get(&format!("/debug/pprof/profile?{query}")).expect_problem(400);
        assert!(detail.contains("seconds from 1 to 60"), "{query}: {detail}");
    }
    let detail = program.get("/debug/pprof/calls?seconds=1").expect_problem(400);
    assert!(detail.contains("this route has no parameters"), "{detail}");
    assert_eq!(program.get("/debug/pprof/heap").status, 404);
}

fn calls(program: &Program, name: &str) -> u64 {
    let answer: Answer =
        program.connect().request("GET", "/debug/pprof/calls", "accept: application/json\r\n");
    let rows = answer.json();
    let row = rows.as_array().and_then(|rows| rows.iter().find(|row| row["name"] == name));
    let row = row.unwrap_or_else(|| panic!("no {name} in {rows:#}"));
    row["calls"].as_u64().expect("a number")
}

#[test]
fn every_call_is_counted_also_those_of_workers_that_are_gone() {
    let program = start(&[]);
    for n in 0..20 {
        assert_eq!(program.get(&format!("/slow?n={n}")).status, 200);
        assert_eq!(program.get("/cached?n=5").status, 200);
    }
    program.get("/nowhere");
    program.get("/healthz");
    let heavy = |program: &Program| calls(program, "count_primes()");
    // Each of two workers has computed the cached answer itself.
    let computed = heavy(&program);
    assert!((21..=22).contains(&computed), "{computed}");
    assert_eq!(calls(&program, "GET /slow"), 20);
    assert_eq!(calls(&program, "GET /cached"), 20);
    assert_eq!(calls(&program, "anything else"), 1);
    assert_eq!(calls(&program, "GET /healthz"), 1);
    let gone = pids(&program);
    program.signal("HUP");
    program.wait_for_log("reloaded: generation 2 serves");
    wait_until(|| pids(&program).iter().all(|pid| !gone.contains(pid)));
    assert_eq!(heavy(&program), computed);
    assert_eq!(program.get("/slow?n=3").status, 200);
    assert_eq!((heavy(&program), calls(&program, "GET /slow")), (computed + 1, 21));
}

#[test]
fn the_better_algorithm_gives_the_same_answer_and_a_reload_brings_it() {
    let path = std::env::temp_dir().join(format!("step5-{}.toml", std::process::id()));
    std::fs::write(&path, "algorithm = 'trial'\nno_profiler = false\n").unwrap();
    let program = start(&["--config", path.to_str().unwrap()]);
    let trial = program.get("/slow?n=100000").body;
    {
        let _load = Load::on(&program);
        assert_eq!(program.get("/debug/pprof/flamegraph?seconds=1").status, 200);
    }
    std::fs::write(&path, "algorithm = 'sieve'\n").unwrap();
    program.signal("HUP");
    program.wait_for_log("reloaded: generation 2 serves");
    wait_until(|| !program.get("/stats").text().contains("draining"));
    let by_trial = calls(&program, "count_primes()");
    assert_eq!(program.get("/slow?n=100000").body, trial);
    assert_eq!(calls(&program, "count_primes()"), by_trial);
    assert_eq!(calls(&program, "sieve_primes()"), 1);
    let _load = Load::on(&program);
    for (shape, function) in [("after", "sieve_primes"), ("before", "is_prime")] {
        let after = program.get(&format!("/debug/pprof/diff?seconds=1&shape={shape}"));
        assert!(after.text().contains(function), "{shape}");
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn settings_of_this_step_are_checked_like_the_others() {
    for (args, expected) in [
        (
            ["--algorithm", "guess"],
            "'guess' for '--algorithm <NAME>' [possible values: trial, sieve]",
        ),
        (["--no-profiler", "perhaps"], "[possible values: true, false]"),
    ] {
        let output = Command::new(PROGRAM).args(args).arg("--check-config").output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(expected) && output.status.code() == Some(2), "{error}");
    }
    let output = Command::new(PROGRAM).args(["--algorithm", "sieve", "--print-config"]).output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(text.contains("algorithm = \"sieve\"  # --algorithm\n"), "{text}");
    assert!(text.contains("no_profiler = \"false\"  # default\n"), "{text}");
}
