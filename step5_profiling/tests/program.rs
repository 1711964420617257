//! Profiles of the real program under load.

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
use step1_plain::support::testing::{Client, Program, run_command_to_end, signal, wait_until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step5_profiling");

fn start(args: &[&str]) -> Program {
    Program::start(PROGRAM, &[&["--workers", "2", "--ttl", "1h"], args].concat())
}

/// Clients that request `/slow` until they are dropped.
struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts enough clients to keep every worker busy.
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
        self.clients
            .drain(..)
            .for_each(|client| client.join().expect("every request has a response"));
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
    }
}

fn top(program: &Program, parameters: &str) -> Value {
    let path = format!("/debug/pprof/top?seconds=1{parameters}");
    let response = program.connect().request("GET", &path, "accept: application/json\r\n");
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("content-type"), Some("application/json"));
    response.json()
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
    // The caller may be missing at the first and last instructions of the callee.
    let [callee, caller] =
        ["is_prime", "count_primes"].map(|name| of(&format!("step1_plain::primes::{name}")));
    assert!(callee > 50.0 && caller > 0.99 * callee, "{all:#}");

    let one = top(&program, &format!("&worker={}&frequency=50", pids[1]));
    assert_eq!((&one["workers"], &one["asked_hz"]), (&serde_json::json!([pids[1]]), &50.into()));
    let unknown = program.get("/debug/pprof/top?worker=1");
    assert!(unknown.expect_problem(400).contains(&format!("the workers are {pids:?}")));
    load.end();
}

#[test]
fn every_view_says_what_it_is_of() {
    let program = start(&[]);
    let load = Load::on(&program);
    let ask = |view: &str| {
        let response = program.get(&format!("/debug/pprof/{view}?seconds=1"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
        response
    };
    let index = program.get("/debug/pprof/");
    for view in ["flamegraph", "top", "lines", "diff", "profile", "waits", "calls"] {
        assert!(index.text().contains(&format!("href=\"/debug/pprof/{view}")), "{view}");
    }
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

/// What students will do with it, if Go is installed.
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
fn only_one_profile_is_taken_at_a_time() {
    let program = start(&[]);
    let load = Load::on(&program);
    let mut first = program.connect();
    first.send("GET /debug/pprof/top?seconds=2 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let index = || program.get("/debug/pprof/").text().to_owned();
    wait_until(|| index().contains("Now a profile of 2 s is being taken by worker "));
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

/// The client leaves, and then the worker that takes the profile is killed.
#[test]
fn a_profile_that_has_lost_its_client_or_its_worker_ends() {
    let program = start(&[]);
    let load = Load::on(&program);
    let minute = |client: &mut Client| {
        client.send("GET /debug/pprof/top?seconds=60 HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let index = || program.get("/debug/pprof/").text().to_owned();
        wait_until(|| index().contains("a profile of 60 s is being taken"));
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
fn only_a_client_on_this_machine_gets_a_profile() {
    let program = start(&[]);
    for header in ["X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1", "Via: 1.1 proxy"] {
        let headers = format!("{header}\r\n");
        let response = program.connect().request("GET", "/debug/pprof/calls", &headers);
        assert_eq!(response.status, 403, "{header}: {response:?}");
        let response = program.connect().request("GET", "/cached?n=10", &headers);
        assert_eq!(response.status, 200, "{header}: {response:?}");
    }
    // What a page of another site sends, such as one with an image of
    // http://0.0.0.0:8000/debug/pprof/calls.
    for headers in [
        "host: 0.0.0.0:8000\r\n",
        "host: [::ffff:127.0.0.1]:8000\r\n",
        "host: localhost:x@evil.example\r\n",
        "host: localhost\r\nsec-fetch-site: same-site\r\n",
        "host: localhost\r\nsec-fetch-site: none\r\nsec-fetch-site: cross-site\r\n",
        "host: localhost\r\norigin: http://localhost:3000\r\n",
    ] {
        let mut client = program.connect();
        client.send(format!("GET /debug/pprof/calls HTTP/1.1\r\n{headers}\r\n"));
        let detail = client.read(true).expect_problem(403);
        assert!(detail.contains("open http://127.0.0.1"), "{headers}: {detail}");
    }
    let path = std::env::temp_dir().join(format!("step5-{}.sock", std::process::id()));
    let bind = format!("unix:{}", path.display());
    let program = Program::start(PROGRAM, &["-w", "1", "--bind", "127.0.0.1:0", "--bind", &bind]);
    let mut stream = std::os::unix::net::UnixStream::connect(&path).unwrap();
    use std::io::{Read, Write};
    let request = "GET /debug/pprof/calls HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 403 ") && response.contains("--bind 127.0.0.1:8000"));
    assert_eq!(program.get("/debug/pprof/calls").status, 200);
    std::fs::remove_file(path).unwrap();
}

#[test]
fn with_no_profiler_there_are_no_routes_for_it() {
    let program = start(&["--no-profiler"]);
    assert_eq!(program.get("/debug/pprof/").status, 404);
    assert!(!program.get("/").text().contains("/debug/"));
    assert_eq!(program.get("/cached?n=10").json()["primes"], 4);
}

/// With 100 MB of virtual memory.
fn limited(args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 100000 && exec \"$0\" \"$@\"", PROGRAM]).args(args);
    command.args(["--workers", "1", "--bind", "127.0.0.1:0"]);
    command
}

#[test]
fn without_memory_for_the_recording_the_program_says_what_to_do() {
    let stopped = run_command_to_end(&mut limited(&[]));
    assert!(!stopped.status.success(), "{stopped:?}");
    let line = stopped.stderr.lines().find(|line| line.contains(" MiB of shared memory"));
    let line = line.unwrap_or_else(|| panic!("{}", stopped.stderr));
    assert!(line.contains("raise the limit") && line.contains("--no-profiler"), "{line}");

    let program = Program::start_command(&mut limited(&["--no-profiler"]));
    assert_eq!(program.get("/slow?n=10").status, 200);
}

#[test]
fn a_stray_sigprof_ends_no_process() {
    for args in [&["--no-profiler"][..], &[]] {
        let program = start(args);
        let before = pids(&program);
        for pid in [&[program.pid()][..], &before].concat() {
            signal(pid, "PROF");
        }
        thread::sleep(Duration::from_millis(300));
        assert_eq!(pids(&program), before);
    }
}

#[test]
fn signals_of_other_processes_are_no_samples() {
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
fn a_profile_ends_early_when_its_worker_is_to_stop() {
    let program = start(&[]);
    let load = Load::on(&program);
    let mut client = program.connect();
    client.send("GET /debug/pprof/top?seconds=60 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    wait_until(|| program.get("/debug/pprof/").text().contains("is being taken"));
    thread::sleep(Duration::from_millis(500));
    program.signal("HUP");
    // The test's client waits less than a minute.
    let response = client.read(true);
    assert!(response.status == 200 && response.text().contains("is_prime"), "{}", response.text());
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
    let json = "accept: application/json\r\n";
    let rows = program.connect().request("GET", "/debug/pprof/calls", json).json();
    let row = rows.as_array().and_then(|rows| rows.iter().find(|row| row["name"] == name));
    let row = row.unwrap_or_else(|| panic!("no {name} in {rows:#}"));
    row["calls"].as_u64().expect("a number")
}

#[test]
fn every_call_is_counted_including_those_of_workers_that_have_ended() {
    let program = start(&[]);
    for n in 0..20 {
        assert_eq!(program.get(&format!("/slow?n={n}")).status, 200);
        assert_eq!(program.get("/cached?n=5").status, 200);
    }
    program.get("/nowhere");
    program.get("/healthz");
    let heavy = |program: &Program| calls(program, "count_primes()");
    // Each of two workers has computed the cached response itself.
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
fn a_reload_changes_the_algorithm_and_the_response_stays_the_same() {
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
