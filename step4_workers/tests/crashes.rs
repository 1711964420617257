//! When a worker dies, another one takes its place. When the master dies, it leaves nothing behind.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::{
    fs,
    net::TcpListener,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use step1_plain::support::testing::{Program, run_command_to_end, signal, wait_until};
use support::{Load, PROGRAM, is_alive, scratch, start, stats, wait_for_workers, workers};

#[test]
fn a_killed_worker_is_replaced_and_the_log_says_how_it_ended() {
    let program = start(&["--workers", "2"]);
    let victim = workers(&program, "ready")[0];
    signal(victim, "KILL");
    let line = program.wait_for_log("was ended by");
    assert!(line.contains(&victim.to_string()), "{line}");
    assert!(line.contains("SIGKILL") && line.contains("out of memory"), "{line}");
    assert!(line.contains("starting a new one at once"), "{line}");
    wait_for_workers(&program, 2);
    assert_eq!(stats(&program)["restarts"]["signal"], 1);
}

#[test]
fn the_counts_of_a_killed_worker_remain() {
    let program = start(&["--workers", "1", "--ttl", "1h"]);
    for _ in 0..50 {
        program.get("/cached?n=1000");
    }
    let before = stats(&program);
    assert_eq!((before["hits"].clone(), before["misses"].clone()), (49.into(), 1.into()));
    signal(workers(&program, "ready")[0], "KILL");
    wait_until(|| stats(&program)["restarts"]["signal"] == 1);
    let after = stats(&program);
    assert_eq!((after["hits"].clone(), after["misses"].clone()), (49.into(), 1.into()));
    assert!(after["requests"].as_u64() > before["requests"].as_u64());
    assert_eq!(after["entries"], 0, "its memory is gone");
}

#[test]
fn a_crash_fails_only_the_requests_of_its_worker() {
    let program = start(&["--workers", "3"]);
    let load = Load::start(program.address, 16);
    let mut victims = Vec::new();
    for _ in 0..5 {
        load.go_on_for(100);
        let victim = workers(&program, "ready")[0];
        signal(victim, "KILL");
        victims.push(victim);
        wait_until(|| !is_alive(victim));
    }
    load.go_on_for(100);
    let failures = load.stop();
    for failure in &failures {
        assert!(!failure.refused, "{failure:?}");
        // A connection's first request names no worker yet, so only later ones can be checked.
        assert!(failure.worker.is_none_or(|worker| victims.contains(&worker)), "{failure:?}");
    }
    assert!(failures.len() <= 5 * 16, "{failures:?}");
}

#[test]
fn a_worker_with_a_stuck_event_loop_is_ended_and_replaced() {
    let program = start(&["--workers", "2", "--timeout", "1"]);
    let stuck = workers(&program, "ready")[0];
    signal(stuck, "STOP");
    let line = program.wait_for_log("its event loop has been blocked");
    assert!(line.contains(&stuck.to_string()) && line.contains("--timeout"), "{line}");
    let line = program.wait_for_log("starting a new one");
    assert!(!line.contains("memory"), "the master knows why: {line}");
    assert!(!is_alive(stuck), "an abort that does not help is followed by a kill");
    assert!(!wait_for_workers(&program, 2).contains(&stuck));
    assert_eq!(stats(&program)["restarts"]["timeout"], 1);
}

#[test]
fn without_a_timeout_a_worker_may_be_stuck() {
    let program = start(&["--workers", "2", "--timeout", "0"]);
    let stuck = workers(&program, "ready")[0];
    signal(stuck, "STOP");
    thread::sleep(Duration::from_millis(1500)); // Give the master time to act. It should not.
    assert!(is_alive(stuck));
    signal(stuck, "CONT");
    assert_eq!(program.get("/healthz").status, 200);
}

#[test]
fn a_worker_with_a_long_computation_is_not_stuck() {
    let program = start(&["--workers", "1", "--timeout", "1"]);
    let worker = workers(&program, "ready")[0].to_string();
    let mut busy = program.connect();
    let start = Instant::now();
    // Longer than the timeout in total, even in a release build.
    busy.send("GET /slow?n=10000000 HTTP/1.1\r\nhost: test\r\n\r\n".repeat(2));
    for _ in 0..2 {
        assert_eq!(busy.read(true).header("x-worker"), Some(&*worker));
    }
    assert!(start.elapsed() > Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(program.get("/healthz").header("x-worker"), Some(&*worker));
}

#[test]
fn a_request_that_exceeds_its_timeout_gets_a_503() {
    let program = start(&["--workers", "1", "--request-timeout", "100ms"]);
    for path in ["/slow?n=10000000", "/cached?n=10000000"] {
        let detail = program.get(path).expect_problem(503);
        assert!(detail.contains("100ms"), "{detail}");
    }
    assert_eq!(program.get("/slow?n=1000").status, 200);
}

#[test]
fn a_worker_that_has_served_its_max_requests_is_replaced_without_a_lost_request() {
    let program =
        start(&["--workers", "2", "--max-requests", "100", "--max-requests-jitter", "20"]);
    let first = workers(&program, "ready");
    let load = Load::start(program.address, 8);
    wait_until(|| {
        thread::sleep(Duration::from_millis(20));
        stats(&program)["restarts"]["max_requests"].as_u64().unwrap() >= 10
    });
    let failures = load.stop();
    assert!(failures.is_empty(), "{failures:?}");
    assert!(!first.into_iter().any(is_alive));
}

#[test]
fn when_the_master_is_killed_its_workers_finish_their_requests_and_end() {
    let program = start(&["--workers", "3"]);
    let address = program.address;
    let pids = workers(&program, "ready");
    let mut busy = program.connect();
    busy.send("GET /slow?n=10000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    wait_until(|| support::connections(&program).iter().sum::<u64>() > 1);
    program.signal("KILL");
    assert_eq!(busy.read(true).json()["primes"], 664_579);
    wait_until(|| !pids.iter().any(|&pid| is_alive(pid)));
    wait_until(|| TcpListener::bind(address).is_ok());
}

#[test]
fn when_the_master_is_killed_no_worker_outlasts_the_graceful_timeout() {
    let program = start(&["--workers", "1", "--graceful-timeout", "1s"]);
    let mut busy: Vec<_> = (0..50).map(|_| program.connect()).collect();
    for client in &mut busy {
        client.send("GET /slow?n=10000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    }
    wait_until(|| support::connections(&program).iter().sum::<u64>() > 50);
    let worker = workers(&program, "ready")[0];
    program.signal("KILL");
    wait_until(|| !is_alive(worker));
}

#[test]
fn a_useful_worker_is_replaced_at_once_however_often_it_is_killed() {
    let program = start(&["--workers", "1"]);
    for _ in 0..8 {
        let worker: u32 = program.get("/healthz").header("x-worker").unwrap().parse().unwrap();
        signal(worker, "KILL");
        let line = program.wait_for_log(&format!("worker {worker} was ended by"));
        assert!(line.contains("starting a new one at once"), "{line}");
        wait_until(|| !is_alive(worker));
    }
    assert_eq!(stats(&program)["restarts"]["signal"], 8);
}

#[cfg(target_os = "linux")]
#[test]
fn as_process_1_of_a_container_it_reaps_the_orphans_of_others() {
    // The shell starts an orphan and becomes the program. `sleep` outlives the subshell that started
    // it.
    let script = format!("(sleep 0.2 &) ; exec {PROGRAM} --bind 127.0.0.1:0 --workers 1");
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--mount-proc", "sh", "-c", &script]);
    if !Command::new("unshare")
        .args(["--pid", "--fork", "true"])
        .status()
        .is_ok_and(|it| it.success())
    {
        eprintln!("SKIPPED: only root may start a process as number 1");
        return;
    }
    let program = Program::start_command(&mut command);
    let children = |pid: u32| -> Vec<u32> {
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        children.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
    };
    let master = children(program.pid())[0];
    // There is one worker, and no zombie.
    wait_until(|| children(master).len() == 1);
    thread::sleep(Duration::from_millis(600));
    assert_eq!(children(master).len(), 1);
    signal(master, "TERM");
}

#[test]
fn a_server_whose_workers_cannot_start_says_why_and_exits_with_3() {
    // The master starts its workers by its own name, which leads to another program here.
    let broken = scratch("broken");
    fs::write(&broken, "#!/bin/sh\necho my disk is full >&2\nexit 7\n").unwrap();
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(PROGRAM);
    command.arg0(&broken).args(["--bind", "127.0.0.1:0", "--workers", "2"]);
    let stopped = run_command_to_end(&mut command);
    assert_eq!(stopped.status.code(), Some(3), "{stopped:?}");
    assert_eq!(stopped.stdout, "");
    for line in ["my disk is full", "ended with exit code 7", "no worker became ready"] {
        assert!(stopped.stderr.contains(line), "{stopped:?}");
    }
    assert!(!stopped.stderr.contains("starting a new one"), "{stopped:?}");
    fs::remove_file(broken).unwrap();
}

/// The number of the master's open descriptors, its memory in kB, and its children, dead ones included.
fn possessions(program: &Program) -> (usize, u64, usize) {
    let pid = program.pid();
    let fds = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let rss = rss.trim().trim_end_matches(" kB").parse().unwrap();
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    (fds, rss, children.split_whitespace().count())
}

#[cfg(target_os = "linux")]
#[test]
fn fifty_crashes_and_fifty_reloads_leave_nothing_behind() {
    let program = start(&["--workers", "2"]);
    let round = |round: usize| {
        let victim = wait_for_workers(&program, 2)[round % 2];
        signal(victim, "KILL");
        wait_until(|| !is_alive(victim));
        program.signal("HUP");
        program.wait_for_log("reloaded: generation");
    };
    (0..5).for_each(round);
    wait_for_workers(&program, 2);
    let (fds, rss, children) = possessions(&program);
    assert_eq!(children, 2);
    (5..50).for_each(round);
    wait_for_workers(&program, 2);
    let (fds_after, rss_after, children_after) = possessions(&program);
    assert_eq!((fds_after, children_after), (fds, 2));
    assert!(rss_after < rss + 1024, "{rss} kB and then {rss_after} kB");
    let worker = workers(&program, "ready")[0];
    let fds = fs::read_dir(format!("/proc/{worker}/fd")).unwrap().count();
    assert!(fds < 50, "a worker inherits what it needs, and has {fds} descriptors open");
}
