//! The workers share connections, figures and sockets.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod support;

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::{
        fd::{AsFd, AsRawFd},
        unix::net::UnixStream,
    },
    path::Path,
    process::Command,
    thread,
    time::Duration,
};

use step1_plain::support::testing::{Client, Program, run_command_to_end, run_to_end, wait_until};
use step4_workers::support::inherit::bequeath;
use support::{PROGRAM, connections, scratch, start, stats, wait_for_workers, workers};

#[test]
fn keep_alive_connections_are_spread_evenly() {
    let program = start(&["--workers", "4", "--keep-alive", "30s"]);
    let mut clients: Vec<_> = (0..64).map(|_| Client::connect(program.address)).collect();
    for client in &mut clients {
        assert_eq!(client.get("/healthz").status, 200);
    }
    let connections = connections(&program);
    let (most, fewest) = (connections.iter().max().unwrap(), connections.iter().min().unwrap());
    // 16 each, and the connection for `/stats`. Some were open while another client came and went.
    assert!(most - fewest <= 2, "{connections:?}");
}

#[test]
fn occasional_clients_go_from_worker_to_worker() {
    let program = start(&["--workers", "3"]);
    let mut workers: Vec<_> = (0..9)
        .map(|_| {
            thread::sleep(Duration::from_millis(20)); // Until the last client has left.
            program.get("/healthz").header("x-worker").unwrap().to_owned()
        })
        .collect();
    for round in workers.chunks(3).skip(1) {
        assert_eq!(round, &workers[..3], "one after another");
    }
    workers.dedup();
    assert_eq!(workers.len(), 9, "never twice the same");
}

#[test]
fn a_stuck_sibling_does_not_hold_up_the_others() {
    let program = start(&["--workers", "2", "--timeout", "0"]);
    let stuck = workers(&program, "ready")[0];
    step1_plain::support::testing::signal(stuck, "STOP");
    let mut clients: Vec<_> = (0..50).map(|_| Client::connect(program.address)).collect();
    for client in &mut clients {
        assert_eq!(client.get("/healthz").status, 200);
    }
    step1_plain::support::testing::signal(stuck, "KILL");
}

#[test]
fn connections_in_the_mailboxes_of_stuck_workers_are_served_however_many_there_are() {
    let program = start(&["--workers", "3", "--timeout", "0"]);
    let stuck: Vec<_> = workers(&program, "ready").into_iter().take(2).collect();
    stuck.iter().for_each(|pid| step1_plain::support::testing::signal(*pid, "STOP"));
    // A mailbox has room for some 280.
    let mut clients: Vec<_> = (0..900).map(|_| Client::connect(program.address)).collect();
    for client in &mut clients {
        client.send("GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n");
    }
    for client in &mut clients {
        assert_eq!(client.read(true).status, 200);
    }
    stuck.iter().for_each(|pid| step1_plain::support::testing::signal(*pid, "KILL"));
}

#[test]
fn every_response_names_its_worker_and_all_show_the_same_totals() {
    let program = start(&["--workers", "3"]);
    let mut clients: Vec<_> = (0..12).map(|_| program.connect()).collect();
    let mut names: Vec<u32> = clients
        .iter_mut()
        .map(|client| client.get("/cached?n=1000").header("x-worker").unwrap().parse().unwrap())
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut pids = workers(&program, "ready");
    pids.sort_unstable();
    assert_eq!(names, pids);
    for client in &mut clients {
        let response = client.get("/stats");
        let stats = response.json();
        let figure = |name: &str| stats[name].as_u64().unwrap();
        // One miss for each private cache, which is the chapter's surprise.
        assert_eq!((figure("misses"), figure("hits")), (3, 9), "{stats}");
        assert_eq!((figure("entries"), figure("capacity")), (3, 3 * 1024), "{stats}");
        let own: u64 = stats["workers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|worker| worker["hits"].as_u64().unwrap() + worker["misses"].as_u64().unwrap())
            .sum();
        assert_eq!(own, 12, "{stats}");
        assert!(response.text().starts_with("{\"cache\":\"ttl\",\"hits\":9,"), "the steps' order");
    }
    let stats = stats(&program);
    for worker in stats["workers"].as_array().unwrap() {
        assert_eq!(worker["generation"], 1);
        #[cfg(target_os = "linux")]
        assert!(worker["memory_bytes"].as_u64() > Some(1_000_000), "{worker}");
    }
}

#[test]
fn a_clear_reaches_every_worker_and_its_computation() {
    // The clients are idle while a slow machine computes.
    let program = start(&["--workers", "3", "--ttl", "1h", "--keep-alive", "30"]);
    let mut clients: Vec<_> = (0..12).map(|_| program.connect()).collect();
    for client in &mut clients {
        client.get("/cached?n=1000");
    }
    let mut computing = program.connect();
    computing.send("GET /cached?n=5000000 HTTP/1.1\r\nhost: test\r\n\r\n");
    wait_until(|| stats(&program)["misses"] == 4);
    assert_eq!(clients[0].request("DELETE", "/cache", "").status, 204);
    assert_eq!(stats(&program)["entries"], 0);
    let response = computing.read(true);
    assert_eq!(response.header("cache-status"), Some("ttl; fwd=miss"), "it is not stored");
    let mut missed = 0;
    for client in &mut clients {
        let response = client.get("/cached?n=1000");
        missed += usize::from(response.header("cache-status") == Some("ttl; fwd=miss; stored"));
    }
    assert_eq!(missed, 3, "once in each worker");
}

/// The response to one request, on any stream.
fn ask(mut stream: impl Read + Write) -> String {
    let request = "GET /healthz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn it_listens_on_several_addresses_and_on_a_unix_socket() {
    let socket = scratch("several.sock");
    let unix = format!("unix:{}", socket.display());
    let program = start(&["--workers", "2", "--bind", "127.0.0.1:0", "--bind", &unix]);
    assert_eq!(program.line().trim_end(), format!("listening on {unix}"));
    let second = program.line();
    let second: SocketAddr =
        second.trim_end().strip_prefix("listening on http://").unwrap().parse().unwrap();
    assert_ne!(second, program.address);
    for _ in 0..10 {
        assert!(ask(TcpStream::connect(second).unwrap()).starts_with("HTTP/1.1 200 "));
        assert!(ask(UnixStream::connect(&socket).unwrap()).ends_with("ok\n"));
        assert_eq!(program.get("/healthz").status, 200);
    }
    program.signal("TERM");
    assert_eq!(program.wait().status.code(), Some(0));
    assert!(!socket.exists(), "the file goes with the server");
}

#[test]
fn a_socket_that_systemd_opened_is_used_instead_of_bind() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let program = bequeath(&[listener.as_fd()], || {
        // In systemd's convention, the first one is number 3. (dash knows only one-digit numbers.)
        let script = format!(
            "exec 3<&{}; LISTEN_PID=$$ LISTEN_FDS=1 exec {PROGRAM} --workers 2 --bind 127.0.0.1:1",
            listener.as_raw_fd()
        );
        Ok(Program::start_command(Command::new("bash").args(["-c", &script])))
    })
    .unwrap();
    assert_eq!(program.address, listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(program.get("/healthz").status, 200);
    program.signal("HUP");
    program.wait_for_log("generation 2 serves");
    assert_eq!(program.get("/healthz").status, 200);
}

#[test]
fn missing_inherited_sockets_are_an_error() {
    let script = format!("LISTEN_PID=$$ LISTEN_FDS=2 exec {PROGRAM} --workers 1");
    let stopped = run_command_to_end(Command::new("bash").args(["-c", &script]));
    assert_eq!(stopped.status.code(), Some(1), "{stopped:?}");
    assert!(stopped.stderr.starts_with("error: LISTEN_FDS: "), "{stopped:?}");
}

#[test]
fn a_socket_that_is_meant_for_another_process_is_not_taken() {
    let mut command = Command::new(PROGRAM);
    command.args(["--bind", "127.0.0.1:0"]).env("LISTEN_PID", "1").env("LISTEN_FDS", "1");
    assert_eq!(Program::start_command(&mut command).get("/healthz").status, 200);
}

#[test]
fn the_pid_file_names_the_master_and_a_second_one_is_refused() {
    let file = scratch("master.pid");
    let args = ["--workers", "1", "--pid", file.to_str().unwrap()];
    let program = start(&args);
    let pid = program.pid();
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{pid}\n"));
    let second = run_to_end(PROGRAM, &[&args[..], &["--bind", "127.0.0.1:0"]].concat());
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    assert!(second.stderr.contains(&format!("a server is running ({pid})")), "{second:?}");
    program.signal("TERM");
    program.wait();
    assert!(!Path::new(&file).exists());
}

#[test]
fn a_pid_file_that_cannot_be_written_leaves_nothing_behind() {
    let folder = scratch("pid");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("master.pid");
    // The limit is a file of 0 bytes, which acts like a full disk.
    let script = format!("trap '' XFSZ; ulimit -f 0; exec {PROGRAM} --pid {}", file.display());
    let stopped = run_command_to_end(Command::new("bash").args(["-c", &script]));
    assert_eq!(stopped.status.code(), Some(1), "{stopped:?}");
    let expected = format!("error: cannot write {}: ", file.display());
    assert!(stopped.stderr.starts_with(&expected), "{stopped:?}");
    fs::remove_dir(folder).unwrap(); // It is empty.
}

#[test]
fn a_port_in_use_is_one_sentence_with_the_fix() {
    let program = start(&["--workers", "1"]);
    let taken = program.address.to_string();
    let second = run_to_end(PROGRAM, &["--bind", &taken]);
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    assert_eq!(second.stderr.lines().count(), 1, "{second:?}");
    assert!(second.stderr.contains(&format!("{taken} is in use")), "{second:?}");
    assert_eq!(second.stdout, "");
}

#[test]
fn without_keep_alive_every_response_closes_its_connection() {
    let program = start(&["--workers", "1", "--keep-alive", "0"]);
    let mut client = program.connect();
    assert_eq!(client.get("/healthz").header("connection"), Some("close"));
    assert!(client.is_closed());
}

#[test]
fn a_worker_that_stays_is_found_by_its_siblings_after_they_come_and_go() {
    let program = start(&["--workers", "2"]);
    program.signal("TTIN");
    wait_for_workers(&program, 3);
    program.signal("TTOU");
    let left = wait_for_workers(&program, 2);
    for _ in 0..20 {
        let worker = program.get("/healthz").header("x-worker").unwrap().parse().unwrap();
        assert!(left.contains(&worker), "{worker} of {left:?}");
    }
}
