//! Signals, with Gunicorn's meanings.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::{
    fs,
    io::{Seek, SeekFrom},
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

use step1_plain::support::testing::{Program, signal, wait_until};
use support::{Load, PROGRAM, is_alive, scratch, start, wait_for_workers, workers};

const LONG: &str = "GET /slow?n=10000000 HTTP/1.1\r\nhost: test\r\n\r\n";

#[test]
fn term_finishes_the_requests_in_flight_and_exits_with_0() {
    let program = start(&["--workers", "2"]);
    let address = program.address;
    let pids = workers(&program, "ready");
    let mut busy: Vec<_> = (0..4).map(|_| program.connect()).collect();
    for client in &mut busy {
        client.send(LONG);
    }
    wait_until(|| support::connections(&program).iter().sum::<u64>() > 4);
    program.signal("TERM");
    for client in &mut busy {
        assert_eq!(client.read(true).json()["primes"], 664_579);
    }
    let stopped = program.wait();
    assert_eq!(stopped.status.code(), Some(0), "{stopped:?}");
    assert!(TcpStream::connect(address).is_err(), "the port is free");
    assert!(!pids.into_iter().any(is_alive));
}

#[test]
fn while_the_server_stops_new_clients_are_refused_at_once() {
    let program = start(&["--workers", "2"]);
    let mut busy = program.connect();
    let worker: u32 = busy.get("/healthz").header("x-worker").unwrap().parse().unwrap();
    busy.send(LONG);
    wait_until(|| support::connections(&program).iter().sum::<u64>() > 1);
    program.signal("TERM");
    wait_until(|| TcpStream::connect(program.address).is_err());
    assert!(is_alive(worker), "it still computes");
    assert_eq!(busy.read(true).json()["primes"], 664_579);
}

#[test]
fn int_and_quit_do_not_wait_for_requests_in_flight() {
    for name in ["INT", "QUIT"] {
        let program = start(&["--workers", "2"]);
        let pids = workers(&program, "ready");
        let mut busy = program.connect();
        busy.send(LONG.repeat(20));
        wait_until(|| support::connections(&program).iter().sum::<u64>() > 1);
        let start = Instant::now();
        program.signal(name);
        let stopped = program.wait();
        assert!(start.elapsed() < Duration::from_secs(5), "{name}: {:?}", start.elapsed());
        assert_eq!(stopped.status.code(), Some(0), "{name}: {stopped:?}");
        assert!(!stopped.stderr.contains("starting a new one"), "{name}: {stopped:?}");
        assert!(!pids.into_iter().any(is_alive), "{name}");
    }
}

#[test]
fn int_during_a_graceful_stop_does_not_wait_any_longer() {
    let program = start(&["--workers", "1"]);
    let mut busy: Vec<_> = (0..50).map(|_| program.connect()).collect();
    for client in &mut busy {
        client.send(LONG);
    }
    wait_until(|| support::connections(&program).iter().sum::<u64>() > 50);
    program.signal("TERM");
    program.wait_for_log("stopping");
    program.signal("TERM"); // A second TERM is no reason to hurry.
    let start = Instant::now();
    program.signal("INT");
    program.wait_for_log("stopping at once");
    program.wait();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_stop_that_loses_requests_says_so() {
    let program = start(&["--workers", "1", "--graceful-timeout", "500ms"]);
    let mut busy: Vec<_> = (0..50).map(|_| program.connect()).collect();
    for client in &mut busy {
        client.send(LONG);
    }
    wait_until(|| support::connections(&program).iter().sum::<u64>() > 50);
    program.signal("TERM");
    let stopped = program.wait();
    assert_eq!(stopped.status.code(), Some(1), "{stopped:?}");
    assert!(stopped.stderr.contains("--graceful-timeout"), "{stopped:?}");
}

#[test]
fn ttin_adds_a_worker_and_ttou_removes_one_but_never_the_last() {
    let program = start(&["--workers", "1"]);
    // Send one at a time, because the system merges two that wait to be delivered.
    for wanted in 2..=6 {
        program.signal("TTIN");
        program.wait_for_log(&format!("workers wanted: {wanted}"));
    }
    wait_for_workers(&program, 6);
    for wanted in [5, 4, 3, 2, 1, 1, 1] {
        program.signal("TTOU");
        program.wait_for_log(&format!("workers wanted: {wanted}"));
    }
    wait_for_workers(&program, 1);
    program.signal("TTIN");
    wait_for_workers(&program, 2);
}

#[test]
fn a_worker_ignores_hup() {
    let program = start(&["--workers", "1"]);
    let worker = workers(&program, "ready")[0];
    signal(worker, "HUP");
    signal(worker, "HUP");
    // The same process responds after it received the signals.
    for _ in 0..10 {
        assert_eq!(program.get("/healthz").header("x-worker"), Some(&*worker.to_string()));
    }
}

#[test]
fn a_worker_that_gets_a_signal_to_stop_is_replaced() {
    let program = start(&["--workers", "2"]);
    let worker = workers(&program, "ready")[0];
    signal(worker, "TERM");
    wait_until(|| !is_alive(worker));
    assert!(!wait_for_workers(&program, 2).contains(&worker));
}

#[test]
fn usr1_opens_the_access_log_again_and_usr2_says_what_to_do() {
    let log = scratch("access.log");
    let moved = scratch("access.log.1");
    let program = start(&["--workers", "2", "--access-log", log.to_str().unwrap()]);
    program.get("/healthz");
    wait_until(|| fs::read_to_string(&log).unwrap().contains("GET /healthz 200 "));
    fs::rename(&log, &moved).unwrap();
    program.signal("USR1");
    wait_until(|| {
        for _ in 0..8 {
            program.get("/slow?n=10");
        }
        fs::read_to_string(&log).is_ok_and(|text| text.contains("GET /slow?n=10 200 "))
    });
    program.signal("USR2");
    assert!(program.wait_for_log("USR2").contains("HUP"));
    for file in [log, moved] {
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn ttin_and_ttou_at_once_always_leave_a_worker_to_respond() {
    let program = start(&["--workers", "1"]);
    let load = Load::start(program.address, 4);
    for _ in 0..10 {
        program.signal("TTIN");
        program.signal("TTOU");
        load.go_on_for(20);
    }
    assert!(load.stop().is_empty());
    wait_for_workers(&program, 1);
}

#[test]
fn the_access_log_of_a_quick_stop_is_whole() {
    let log = scratch("quick.log");
    let program = start(&["--workers", "1", "--access-log", log.to_str().unwrap()]);
    let mut client = program.connect();
    for _ in 0..500 {
        client.get("/slow?n=10");
    }
    program.signal("INT");
    program.wait();
    assert_eq!(fs::read_to_string(&log).unwrap().lines().count(), 500);
    fs::remove_file(log).unwrap();
}

#[test]
fn an_access_log_on_a_full_disk_has_whole_lines_only_and_says_so_once() {
    const ROOM: u64 = 100;
    let log = scratch("full.log");
    // The limit for a file's size is just above this file. All other files are far smaller.
    let file = fs::File::create(&log).unwrap();
    file.set_len((64 << 20) - ROOM).unwrap();
    let script = format!(
        "trap '' XFSZ; ulimit -f 65536; \
         exec {PROGRAM} --workers 1 --bind 127.0.0.1:0 --access-log {}",
        log.display()
    );
    let program = Program::start_command(Command::new("bash").args(["-c", &script]));
    let ask = |times| (0..times).for_each(|_| assert_eq!(program.get("/healthz").status, 200));
    ask(5);
    program.wait_for_log("loses lines");
    let written = || {
        let mut end = fs::File::open(&log).unwrap();
        end.seek(SeekFrom::Start((64 << 20) - ROOM)).unwrap();
        std::io::read_to_string(end).unwrap()
    };
    // Another line is there until the log notices that it does not fit.
    wait_until(|| written().lines().count() == 1 && written().ends_with('\n'));

    file.set_len(0).unwrap(); // There is room again.
    ask(1);
    wait_until(|| fs::read_to_string(&log).unwrap().contains("GET /healthz 200 "));
    program.signal("TERM");
    let stopped = program.wait();
    assert!(!stopped.stderr.contains("loses lines"), "it was said once: {stopped:?}");
    fs::remove_file(log).unwrap();
}
