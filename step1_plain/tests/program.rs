//! The real program, over real sockets, with real signals.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    thread,
};

use step1_plain::{
    compute::WAITING,
    primes::MAX_N,
    support::testing::{Client, Program, run_command_to_end, run_to_end, wait_until},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_step1_plain");

fn start() -> Program {
    Program::start(PROGRAM, &[])
}

#[test]
fn it_says_where_it_listens_and_what_to_try_next() {
    let program = start();
    let address = program.address;
    assert_ne!(address.port(), 0, "the real port is named");
    #[cfg(unix)]
    {
        program.signal("TERM");
        let stopped = program.wait();
        let try_slow = format!("curl -i \"http://{address}/slow?n=1000000\"\n");
        assert!(stopped.stdout.contains(&try_slow), "{}", stopped.stdout);
        assert_eq!(stopped.stderr, "");
    }
}

#[cfg(unix)]
#[test]
fn sigterm_and_ctrl_c_finish_the_request_in_flight_and_exit_with_0() {
    for signal in ["TERM", "INT"] {
        let program = start();
        let mut busy = program.connect();
        busy.send(format!("GET /slow?n={MAX_N} HTTP/1.1\r\nhost: test\r\n\r\n"));
        // This response comes after the request above was read, so both have arrived.
        assert_eq!(program.get("/healthz").status, 200);
        program.signal(signal);
        assert_eq!(busy.read(true).json()["primes"], 664_579);
        let stopped = program.wait();
        assert_eq!(stopped.status.code(), Some(0), "{signal}: {stopped:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_does_not_wait_for_anything() {
    let program = start();
    let mut busy: Vec<_> = (0..100).map(|_| program.connect()).collect();
    for client in &mut busy {
        client.send(format!("GET /slow?n={MAX_N} HTTP/1.1\r\nhost: test\r\n\r\n"));
    }
    assert_eq!(program.get("/healthz").status, 200);
    program.signal("TERM");
    wait_until(|| TcpStream::connect(program.address).is_err()); // It has heard the first.
    program.signal("TERM");
    let stopped = program.wait();
    assert_eq!(stopped.status.code(), Some(1));
    assert!(stopped.stderr.contains("before all requests"), "{}", stopped.stderr);
}

#[test]
fn a_port_in_use_is_one_sentence_that_says_what_to_do() {
    let first = start();
    let taken = first.address.to_string();
    let second = run_to_end(PROGRAM, &["--bind", &taken]);
    assert_eq!(second.status.code(), Some(1));
    assert_eq!(second.stdout, "");
    assert_eq!(second.stderr.lines().count(), 1, "{}", second.stderr);
    assert!(second.stderr.contains(&format!("{taken} is in use")), "{}", second.stderr);
    assert!(second.stderr.contains("--bind 127.0.0.1:0"), "{}", second.stderr);
}

#[test]
fn a_bad_flag_names_itself_and_what_is_allowed() {
    for (args, expected) in [
        (&["--bind", "8000"][..], "127.0.0.1:8000"),
        (&["--bind", "nowhere:99999"], "127.0.0.1:8000"),
        (&["--bind", "192.0.2.1:0"], "not an address of this machine"),
        (&["--prot", "8000"], "--prot"),
        (&["8000"], "8000"),
    ] {
        let stopped = run_to_end(PROGRAM, args);
        assert!(!stopped.status.success(), "{args:?}");
        assert!(stopped.stderr.starts_with("error: "), "{args:?}: {}", stopped.stderr);
        assert!(stopped.stderr.contains(expected), "{args:?}: {}", stopped.stderr);
        assert!(!stopped.stderr.contains("panicked"), "{args:?}: {}", stopped.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_bind_in_the_environment_that_makes_no_sense_is_refused() {
    use std::os::unix::ffi::OsStrExt;

    for text in [&b""[..], b"8000", b"\xff"] {
        let bind = std::ffi::OsStr::from_bytes(text);
        let stopped = run_command_to_end(Command::new(PROGRAM).env("BIND", bind));
        assert!(!stopped.status.success(), "{bind:?}");
        assert!(stopped.stderr.starts_with("error: "), "{bind:?}: {}", stopped.stderr);
    }
}

#[test]
fn bytes_that_are_no_request_get_hypers_own_error_and_the_server_lives() {
    let program = start();
    let long = "9".repeat(100_000);
    let many = "x: y\r\n".repeat(200);
    let cases: [(u16, Vec<u8>); 10] = [
        (400, b"GET /slow?n=\x00 HTTP/1.1\r\nhost: test\r\n\r\n".into()),
        (400, b"GET /slow?n=1 HTTP/1.1\r\nhost: \x00\r\n\r\n".into()),
        (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello".into()),
        (400, b"GET / HTTP/2.0\r\n\r\n".into()),
        (400, b"GET  /slow HTTP/1.1\r\n\r\n".into()),
        (400, b"nonsense\r\n\r\n".into()),
        (431, b"GET / HTTP/1.1\r\ncontent-length: 18446744073709551615\r\n\r\n".into()),
        (431, format!("GET /slow?n={long} HTTP/1.1\r\nhost: test\r\n\r\n").into()),
        (431, format!("GET /slow HTTP/1.1\r\nhost: {long}\r\n\r\n").into()),
        (431, format!("GET /slow HTTP/1.1\r\n{many}\r\n").into()),
    ];
    for (status, bytes) in cases {
        let mut stream = TcpStream::connect(program.address).unwrap();
        // The server does not read the rest of a head that is too long, and its response may be lost.
        let mut response = String::new();
        let _ = stream.write_all(&bytes).and_then(|()| stream.read_to_string(&mut response));
        let is_lost = response.is_empty() && bytes.len() > 16_384;
        let expected = format!("HTTP/1.1 {status} ");
        assert!(response.starts_with(&expected) || is_lost, "{status}: {response}");
        assert_eq!(program.get("/healthz").status, 200);
    }
}

#[test]
fn a_request_without_exactly_one_host_is_a_400() {
    let program = start();
    for hosts in ["", "host: a\r\nhost: b\r\n"] {
        let mut client = program.connect();
        client.send(format!("GET /healthz HTTP/1.1\r\n{hosts}\r\n"));
        assert!(client.read(true).expect_problem(400).contains("Host"));
    }
    let mut old = program.connect();
    old.send("GET /healthz HTTP/1.0\r\n\r\n");
    assert_eq!(old.read(true).status, 200, "HTTP/1.0 did not have it yet");
}

#[test]
fn bytes_beyond_ascii_in_a_query_are_a_400() {
    let program = start();
    for bytes in [&b"\xff\xfe"[..], b"\xc3\xa9", "프".as_bytes()] {
        let mut client = program.connect();
        client.send([b"GET /slow?n=", bytes, b" HTTP/1.1\r\nhost: test\r\n\r\n"].concat());
        assert_eq!(client.read(true).status, 400);
    }
}

#[test]
fn nonsense_in_a_pipeline_is_a_400_after_the_responses_before_it() {
    let program = start();
    let mut client = program.connect();
    let request = |n| format!("GET /slow?n={n} HTTP/1.1\r\nhost: test\r\n\r\n");
    client.send([&request(10), &request(100), "nonsense\r\n\r\n"].concat());
    assert_eq!(client.read(true).json()["primes"], 4);
    assert_eq!(client.read(true).json()["primes"], 25);
    assert_eq!(client.read(true).status, 400);
    assert!(client.is_closed());
}

#[test]
fn an_unwanted_upload_gets_its_response_before_it_ends() {
    let program = start();
    let mut client = program.connect();
    client.send("POST /slow HTTP/1.1\r\nhost: test\r\ncontent-length: 100000000000\r\n\r\n");
    client.send(vec![b'x'; 1000]);
    client.read(true).expect_problem(405);
}

#[test]
fn a_thousand_silent_connections_cost_the_others_nothing() {
    let program = start();
    let silent: Vec<_> = (0..1000).map(|_| TcpStream::connect(program.address).unwrap()).collect();
    for _ in 0..100 {
        assert_eq!(program.get("/slow?n=1000").json()["primes"], 168);
    }
    drop(silent);
}

#[test]
fn a_full_queue_refuses_at_once_and_a_client_that_leaves_makes_room() {
    let program = start();
    let ask = || {
        let mut client = program.connect();
        client.send(format!("GET /slow?n={MAX_N} HTTP/1.1\r\nhost: test\r\n\r\n"));
        client
    };
    // One runs, `WAITING` wait.
    let waiting: Vec<_> = (0..=WAITING).map(|_| ask()).collect();
    let refused = ask().read(true);
    refused.expect_problem(503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(program.get("/healthz").status, 200, "/healthz is not in the queue");
    drop(waiting);
    // Requests are refused until the server has noticed that the clients left, which takes less time than a
    // computation.
    wait_until(|| program.get("/slow?n=1000").status != 503);
    assert_eq!(program.get("/slow?n=1000").json()["primes"], 168);
}

#[test]
fn a_client_that_leaves_after_more_than_one_request_makes_room_too() {
    let program = start();
    for more in ["\r\n", "GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n"] {
        let ask = |_| {
            let mut client = program.connect();
            client.send(format!("GET /slow?n={MAX_N} HTTP/1.1\r\nhost: test\r\n\r\n{more}"));
            client
        };
        drop((0..=WAITING).map(ask).collect::<Vec<_>>());
        wait_until(|| program.get("/slow?n=1000").status == 200);
    }
}

#[cfg(unix)]
#[test]
fn a_client_in_the_middle_of_a_request_does_not_hold_up_the_stop() {
    let program = start();
    let mut half = program.connect();
    half.send("GET /slow HT");
    program.signal("TERM");
    assert_eq!(program.wait().status.code(), Some(0));
}

#[test]
fn a_thousand_requests_over_ten_connections_all_get_a_response() {
    let program = start();
    let address = program.address;
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                let mut client = Client::connect(address);
                for _ in 0..100 {
                    assert_eq!(client.get("/slow?n=1000").json()["primes"], 168);
                }
            });
        }
    });
}

#[test]
fn connection_close_in_a_request_closes_the_connection() {
    let program = start();
    let mut client = program.connect();
    client.send("GET /slow?n=10 HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    assert_eq!(client.read(true).status, 200);
    assert!(client.is_closed());
    let mut old = program.connect();
    old.send("GET /slow?n=10 HTTP/1.0\r\n\r\n");
    assert_eq!(old.read(true).status, 200);
    assert!(old.is_closed());
}

#[cfg(unix)]
#[test]
fn the_access_log_has_a_line_a_request_on_standard_error() {
    let program = Program::start(PROGRAM, &["--access-log"]);
    program.get("/slow?n=10");
    program.get("/nowhere");
    program.connect().request("HEAD", "/healthz", "");
    let mut no_host = program.connect();
    no_host.send("GET /healthz HTTP/1.1\r\n\r\n");
    no_host.read(true).expect_problem(400);
    program.signal("TERM");
    let log = program.wait().stderr;
    let lines: Vec<Vec<_>> = log.lines().map(|line| line.split(' ').collect()).collect();
    let expected = [
        ["GET", "/slow?n=10", "200"],
        ["GET", "/nowhere", "404"],
        ["HEAD", "/healthz", "200"],
        ["GET", "/healthz", "400"],
    ];
    assert_eq!(lines.len(), expected.len(), "{log}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(humantime::parse_rfc3339(line[0]).is_ok(), "{log}");
        assert_eq!(line[1..4], expected, "{log}");
        assert!(line[4].parse::<f64>().is_ok() && line[5] == "\"-\"", "{log}");
    }
}

#[test]
fn a_full_log_pipe_does_not_stop_the_server() {
    let mut program = Command::new(PROGRAM)
        .args(["--access-log", "--bind", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let address = first.trim_end().strip_prefix("listening on http://").unwrap();
    let mut client = Client::connect(address.parse().unwrap());
    // More lines than a pipe and the log's own queue have room for.
    for _ in 0..10_000 {
        assert_eq!(client.get("/healthz").status, 200);
    }
    program.kill().unwrap();
    program.wait().unwrap();
}
