//! HUP: new settings and a new program, without a lost request.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::{
    fs,
    net::TcpStream,
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use step1_plain::support::testing::{Client, Program, signal, wait_until};
use support::{
    Load, PROGRAM, connections, is_alive, scratch, start, stats, wait_for_workers, workers,
};

/// Installs a program in one step, as a build does, so that the path never has half of it.
fn install(script: &str, path: &Path) {
    let fresh = path.with_extension("fresh");
    fs::write(&fresh, script).unwrap();
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(fresh, path).unwrap();
}

/// Starts the program from a path of this test's own.
fn start_copy(path: &Path, args: &[&str]) -> Program {
    // A link, not a copy, because the system does not execute a file that is open for writing. This
    // process could have a copy open when another test starts a program.
    fs::hard_link(PROGRAM, path).or_else(|_| fs::copy(PROGRAM, path).map(drop)).unwrap();
    Program::start(path.to_str().unwrap(), args)
}

/// Waits until this many workers have started, the first ones included.
fn wait_for_starts(program: &Program, count: usize) {
    (0..count).for_each(|_| drop(program.wait_for_log(" started")));
}

#[test]
fn reloads_under_load_lose_no_request() {
    let program = start(&["--workers", "3"]);
    let load = Load::start(program.address, 16);
    for reload in 1..=20 {
        program.signal("HUP");
        program.wait_for_log(&format!("generation {} serves", reload + 1));
        load.go_on_for(50);
    }
    let failures = load.stop();
    assert!(failures.is_empty(), "{failures:?}");
    wait_for_workers(&program, 3); // The old ones have finished.
    let stats = stats(&program);
    assert_eq!(stats["restarts"]["reload"], 60, "{stats}");
}

#[test]
fn totals_of_stats_do_not_go_backwards_in_a_reload() {
    let program = start(&["--workers", "2"]);
    for _ in 0..20 {
        program.get("/cached?n=1000");
    }
    let before = stats(&program);
    program.signal("HUP");
    program.wait_for_log("generation 2 serves");
    wait_for_workers(&program, 2);
    let after = stats(&program);
    for figure in ["hits", "misses", "requests"] {
        assert!(after[figure].as_u64() >= before[figure].as_u64(), "{figure}: {before} {after}");
    }
    let hits_of_the_living: u64 =
        after["workers"].as_array().unwrap().iter().map(|w| w["hits"].as_u64().unwrap()).sum();
    assert_eq!(hits_of_the_living, 0, "they are new: {after}");
}

#[test]
fn a_reload_reads_the_settings_again() {
    let file = scratch("settings.toml");
    fs::write(&file, "workers = 1\nttl = '10s'").unwrap();
    let program = start(&["--config", file.to_str().unwrap()]);
    assert_eq!(stats(&program)["ttl_seconds"], 10.0);
    let pid = scratch("moved.pid");
    let settings = format!("workers = 3\nttl = '1m'\npidfile = '{}'", pid.display());
    fs::write(&file, settings).unwrap();
    program.signal("HUP");
    program.wait_for_log("generation 2 serves");
    wait_for_workers(&program, 3);
    assert_eq!(stats(&program)["ttl_seconds"], 60.0);
    assert_eq!(fs::read_to_string(&pid).unwrap(), format!("{}\n", program.pid()));
    fs::write(&file, "workers = 3\npidfile = '/nowhere/at/all.pid'").unwrap();
    program.signal("HUP");
    assert!(program.wait_for_log("reload failed").contains("/nowhere/at/all.pid"));
    assert!(pid.exists(), "the one that is there stays");
    program.signal("TERM");
    program.wait();
    assert!(!pid.exists());
    fs::remove_file(file).unwrap();
}

#[test]
fn a_reload_makes_a_new_unix_socket_if_its_file_is_gone() {
    let socket = scratch("gone.sock");
    let unix = format!("unix:{}", socket.display());
    let program = start(&["--workers", "1", "--bind", "127.0.0.1:0", "--bind", &unix]);
    fs::remove_file(&socket).unwrap();
    program.signal("HUP");
    program.wait_for_log(&format!("listening on {unix}"));
    UnixStream::connect(&socket).unwrap();
    program.signal("TERM");
    program.wait();
    assert!(!socket.exists(), "the file goes with the server");
}

#[test]
fn a_reload_with_a_mistake_in_the_file_changes_nothing_and_names_it() {
    let file = scratch("mistake.toml");
    fs::write(&file, "workers = 2").unwrap();
    let program = start(&["--config", file.to_str().unwrap()]);
    let before = workers(&program, "ready");
    fs::write(&file, "workers = 2\ntll = '1m'").unwrap();
    program.signal("HUP");
    let line = program.wait_for_log("reload failed");
    assert!(line.contains(&format!("{}:2: unknown key tll", file.display())), "{line}");
    assert_eq!(workers(&program, "ready"), before);
    fs::remove_file(file).unwrap();
}

#[test]
fn if_new_workers_do_not_become_ready_the_old_ones_stay() {
    let path = scratch("unready");
    let program = start_copy(&path, &["--workers", "2"]);
    let before = workers(&program, "ready");
    let load = Load::start(program.address, 4);
    install("#!/bin/sh\necho broken >&2\nexit 7\n", &path);
    program.signal("HUP");
    let line = program.wait_for_log("ended with exit code 7");
    assert!(!line.contains("starting a new one"), "{line}");
    program.wait_for_log("reload failed");
    assert_eq!(wait_for_workers(&program, 2), before);
    install(&format!("#!/bin/sh\nexec {PROGRAM}\n"), &path);
    program.signal("HUP");
    program.wait_for_log("generation 3 serves");
    assert!(load.stop().is_empty());
    fs::remove_file(path).unwrap();
}

#[test]
fn after_a_rebuild_a_reload_starts_the_new_program() {
    let path = scratch("program");
    let program = start_copy(&path, &["--workers", "2"]);
    let mark = scratch("mark");
    install(&format!("#!/bin/sh\ntouch {}\nexec {PROGRAM}\n", mark.display()), &path);
    let load = Load::start(program.address, 4);
    program.signal("HUP");
    program.wait_for_log("generation 2 serves");
    assert!(mark.exists(), "the new program was not started");
    assert!(load.stop().is_empty());
    for file in [path, mark] {
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn a_reload_works_when_the_program_is_deleted() {
    let path = scratch("deleted");
    let program = start_copy(&path, &["--workers", "1"]);
    fs::remove_file(path).unwrap();
    program.signal("HUP");
    program.wait_for_log("is gone");
    program.wait_for_log("generation 2 serves");
    assert_eq!(program.get("/healthz").status, 200);
}

#[test]
fn a_stop_does_not_wait_for_a_hanging_reload() {
    let path = scratch("hanging");
    let program = start_copy(&path, &["--workers", "2"]);
    let before = workers(&program, "ready");
    install("#!/bin/sh\nexec sleep 60\n", &path);
    program.signal("HUP");
    wait_for_starts(&program, 4);
    assert_eq!(workers(&program, "ready"), before, "the old ones serve");
    let start = Instant::now();
    program.signal("TERM");
    let stopped = program.wait();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(stopped.status.code(), Some(0), "{stopped:?}");
    fs::remove_file(path).unwrap();
}

#[test]
fn a_request_in_flight_is_finished_by_its_own_worker() {
    let program = start(&["--workers", "1"]);
    let old = workers(&program, "ready")[0];
    let mut busy = program.connect();
    busy.send("GET /slow?n=10000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    // A response to a later request shows that the same worker has the one above, too.
    assert_eq!(program.get("/healthz").status, 200);
    program.signal("HUP");
    wait_until(|| workers(&program, "draining") == [old]);
    assert_ne!(program.get("/healthz").header("x-worker"), Some(&*old.to_string()));
    let response = busy.read(true);
    assert_eq!(response.header("x-worker"), Some(&*old.to_string()));
    assert_eq!(response.header("connection"), Some("close"));
    assert_eq!(response.json()["primes"], 664_579);
    wait_until(|| !is_alive(old));
}

#[test]
fn a_reload_moves_to_another_address_and_frees_the_old_one() {
    let file = scratch("moved.toml");
    let socket = scratch("moved.sock");
    fs::write(&file, "workers = 1\nbind = ['127.0.0.1:0']").unwrap();
    let mut command = Command::new(PROGRAM);
    let program = Program::start_command(command.args(["--config", file.to_str().unwrap()]));
    let old = program.address;
    let bind = format!("workers = 1\nbind = 'unix:{}'", socket.display());
    fs::write(&file, bind).unwrap();
    program.signal("HUP");
    program.wait_for_log(&format!("listening on unix:{}", socket.display()));
    wait_until(|| TcpStream::connect(old).is_err());
    assert!(socket.exists());
    program.signal("TERM");
    assert_eq!(program.wait().status.code(), Some(0));
    assert!(!socket.exists(), "the file goes with the server");
    fs::remove_file(file).unwrap();
}

#[test]
fn a_reload_does_not_take_the_next_request_from_a_client_that_pauses() {
    let program = start(&["--workers", "2", "--keep-alive", "3s"]);
    let [mut silent, mut halfway, mut idle] = [(); 3].map(|()| Client::connect(program.address));
    idle.get("/healthz");
    halfway.send("GET /healthz HTTP/1.1\r\n");
    wait_until(|| connections(&program).iter().sum::<u64>() > 3); // And the connection for `/stats`.
    program.signal("HUP");
    program.wait_for_log("generation 2 serves");
    thread::sleep(Duration::from_millis(1500)); // The pause.
    halfway.send("host: test\r\n\r\n");
    assert_eq!(halfway.read(true).status, 200);
    for client in [&mut silent, &mut idle] {
        let response = client.get("/healthz");
        assert_eq!(response.status, 200);
        assert_eq!(response.header("connection"), Some("close"));
    }
}

#[test]
fn reloads_during_a_reload_end_with_one_generation() {
    let program = start(&["--workers", "2"]);
    program.signal("HUP");
    wait_for_starts(&program, 3); // It is under way.
    program.signal("HUP");
    program.wait_for_log("generation 3 serves");
    wait_until(|| {
        thread::sleep(Duration::from_millis(5));
        let stats = stats(&program);
        let workers = stats["workers"].as_array().unwrap();
        workers.len() == 2 && workers[0]["generation"] == workers[1]["generation"]
    });
}

#[test]
fn a_reload_during_a_failing_one_comes_after_it() {
    let path = scratch("fixed");
    let program = start_copy(&path, &["--workers", "1"]);
    let mark = scratch("failing");
    install(&format!("#!/bin/sh\ntouch {}\nsleep 0.3\nexit 7\n", mark.display()), &path);
    program.signal("HUP");
    wait_until(|| mark.exists()); // The shell has read it by now.
    install(&format!("#!/bin/sh\nexec {PROGRAM}\n"), &path);
    program.signal("HUP");
    program.wait_for_log("reload failed");
    program.wait_for_log("generation 3 serves");
    for file in [path, mark] {
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn a_worker_that_dies_while_a_reload_hangs_is_replaced_by_one_of_its_own_generation() {
    let path = scratch("stuck");
    let program = start_copy(&path, &["--workers", "1"]);
    let first = workers(&program, "ready")[0];
    let mark = scratch("sleeping");
    install(&format!("#!/bin/sh\ntouch {}\nexec sleep 60\n", mark.display()), &path);
    program.signal("HUP");
    wait_until(|| mark.exists()); // The shell has read it by now.
    install(&format!("#!/bin/sh\nexec {PROGRAM}\n"), &path);
    signal(first, "KILL");
    program.wait_for_log("reload failed");
    let stats = stats(&program);
    let is_first = |worker: &serde_json::Value| worker["generation"] == 1;
    assert!(stats["workers"].as_array().unwrap().iter().any(is_first), "{stats}");
    for file in [path, mark] {
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn a_reload_that_fixes_a_crash_does_not_wait_for_the_back_off() {
    let path = scratch("looping");
    let program = start_copy(&path, &["--workers", "2"]);
    install("#!/bin/sh\nexit 7\n", &path);
    signal(workers(&program, "ready")[0], "KILL");
    program.wait_for_log("starting a new one in 3.2s");
    install(&format!("#!/bin/sh\nexec {PROGRAM}\n"), &path);
    let start = Instant::now();
    program.signal("HUP");
    program.wait_for_log("generation 2 serves");
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    fs::remove_file(path).unwrap();
}

#[test]
fn requests_in_flight_keep_the_timeout_of_their_workers_start() {
    let file = scratch("shorter.toml");
    fs::write(&file, "workers = 1\ngraceful_timeout = 30").unwrap();
    let program = start(&["--config", file.to_str().unwrap()]);
    let mut busy: Vec<_> = (0..3).map(|_| program.connect()).collect();
    for client in &mut busy {
        client.send("GET /slow?n=10000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    }
    wait_until(|| connections(&program)[0] > 3);
    fs::write(&file, "workers = 1\ngraceful_timeout = 0").unwrap();
    program.signal("HUP");
    for client in &mut busy {
        assert_eq!(client.read(true).json()["primes"], 664_579);
    }
    fs::remove_file(file).unwrap();
}

#[test]
fn an_unavailable_new_address_leaves_the_old_one() {
    let file = scratch("taken.toml");
    fs::write(&file, "workers = 1\nbind = '127.0.0.1:0'").unwrap();
    let mut command = Command::new(PROGRAM);
    let program = Program::start_command(command.args(["--config", file.to_str().unwrap()]));
    let bind = format!("workers = 1\nbind = ['127.0.0.1:0', '{}']", program.address);
    fs::write(&file, bind).unwrap();
    program.signal("HUP");
    assert!(program.wait_for_log("reload failed").contains("in use"));
    assert_eq!(program.get("/healthz").status, 200);
    fs::remove_file(file).unwrap();
}
