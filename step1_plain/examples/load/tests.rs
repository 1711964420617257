//! Tests for the typical mistakes of a load generator.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::Duration,
};

use axum::{Router, http::StatusCode, routing::get};
use clap::Parser;
use step1_plain::support::http::run::event_loop;
use tokio::net::{TcpListener, TcpSocket};

use crate::{
    args::Args,
    client::{Target, Trouble},
    loops::{Load, Outcomes, closed_loop, open_loop},
    record::{Outcome, Record},
    schedule::{poisson, steady},
    table::{digits, table},
};

/// A server on its own thread, so that it can stall alone.
fn server(app: Router) -> SocketAddr {
    let (say, address) = mpsc::channel();
    thread::spawn(move || {
        event_loop().unwrap().block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            say.send(listener.local_addr().unwrap()).unwrap();
            serve_all(listener, app).await;
        });
    });
    address.recv().unwrap()
}

async fn serve_all(listener: TcpListener, app: Router) {
    use step1_plain::support::http::serve::{KEEP_ALIVE, Options, Tcp, serve};
    let options = Options { keep_alive: KEEP_ALIVE, log: None };
    serve(Tcp::from(listener), |_| app.clone(), options, std::future::pending()).await;
}

fn load(address: SocketAddr, length: Duration) -> Load {
    let target = Target::parse(&format!("http://{address}/")).unwrap();
    Load { target: Arc::new(target), length, timeout: Duration::from_secs(20) }
}

async fn all(mut outcomes: Outcomes) -> Vec<Outcome> {
    let mut all = Vec::new();
    while let Some(outcome) = outcomes.recv().await {
        all.push(outcome);
    }
    all
}

fn record(length: Duration, outcomes: Vec<Outcome>) -> Record {
    let mut record = Record::new(length);
    outcomes.into_iter().for_each(|outcome| record.add(outcome));
    record
}

const SECOND: Duration = Duration::from_secs(1);
const STALL: Duration = Duration::from_millis(500);
const SLOW: Duration = Duration::from_millis(100);

/// A server that stalls once, for all clients, when it has served 50 requests.
fn stalls_once() -> SocketAddr {
    let requests = Arc::new(AtomicUsize::new(0));
    server(Router::new().route(
        "/",
        get(async move || {
            if requests.fetch_add(1, SeqCst) == 50 {
                thread::sleep(STALL); // Not tokio's, because the event loop itself must stall.
            }
        }),
    ))
}

fn slow_ones(outcomes: &[Outcome]) -> usize {
    outcomes.iter().filter(|outcome| outcome.latency >= SLOW).count()
}

#[tokio::test]
async fn an_open_loop_records_every_request_that_was_due_in_a_stall() {
    let outcomes = all(open_loop(&load(stalls_once(), SECOND * 2), steady(200.0), 1024)).await;
    assert_eq!(outcomes.len(), 400);
    // Of the 100 requests that were due in the stall, 80 were due at least 0.1 s before its end.
    let slow = slow_ones(&outcomes);
    assert!((78..300).contains(&slow), "{slow}");
}

#[tokio::test]
async fn a_closed_loop_records_one_slow_request_for_each_client() {
    let outcomes = all(closed_loop(&load(stalls_once(), SECOND * 2), 1)).await;
    let slow = slow_ones(&outcomes);
    assert!(outcomes.len() > 100 && (1..10).contains(&slow), "{slow} of {}", outcomes.len());
}

#[tokio::test]
async fn with_all_connections_in_use_a_request_waits_and_its_wait_counts() {
    let most = Arc::new(AtomicUsize::new(0));
    let open = Arc::new(AtomicUsize::new(0));
    let seen = most.clone();
    let app = Router::new().route(
        "/",
        get(async move || {
            most.fetch_max(open.fetch_add(1, SeqCst) + 1, SeqCst);
            tokio::time::sleep(Duration::from_millis(50)).await;
            open.fetch_sub(1, SeqCst);
        }),
    );
    // 20 requests are due at once. With two connections, the last pair begins when nine pairs are
    // done.
    let outcomes = all(open_loop(&load(server(app), SECOND), steady(1e6).take(20), 2)).await;
    let longest = outcomes.iter().map(|outcome| outcome.latency).max().unwrap();
    assert_eq!((outcomes.len(), seen.load(SeqCst)), (20, 2));
    assert!(longest >= Duration::from_millis(500), "{longest:?}");
}

#[tokio::test]
async fn every_request_has_an_outcome_also_when_the_server_never_responds() {
    let app = Router::new().route("/", get(std::future::pending::<()>));
    let timeout = Duration::from_millis(300);
    let load = Load { timeout, ..load(server(app), timeout) };
    for max_connections in [1024, 5] {
        let outcomes = all(open_loop(&load, steady(100.0), max_connections)).await;
        let late = outcomes.iter().filter(|outcome| outcome.result == Err(Trouble::Timeout));
        assert_eq!((outcomes.len(), late.count()), (30, 30));
    }
    let record = record(timeout, all(closed_loop(&load, 3)).await);
    assert!(record.requests() >= 3 && record.latency.is_empty());
    assert_eq!(record.errors[&Trouble::Timeout], record.requests());
}

#[tokio::test]
async fn a_request_whose_time_is_over_is_not_sent() {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let timeout = Duration::ZERO;
    let load = Load { timeout, ..load(listener.local_addr().unwrap(), SECOND) };
    let outcomes = all(open_loop(&load, steady(1e6).take(100), 1024)).await;
    assert_eq!(outcomes.len(), 100);
    assert!(outcomes.iter().all(|outcome| outcome.result == Err(Trouble::Timeout)));
    assert!(listener.accept().is_err(), "there was a connection");
}

#[tokio::test]
async fn only_requests_with_a_connection_have_a_task() {
    let app = Router::new().route("/", get(std::future::pending::<()>));
    let load = Load { timeout: STALL * 2, ..load(server(app), SECOND) };
    let outcomes = open_loop(&load, steady(1e6).take(1000), 5);
    tokio::time::sleep(STALL).await;
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert!(tasks < 50, "{tasks}");
    assert_eq!(all(outcomes).await.len(), 1000);
}

#[tokio::test]
async fn the_last_requests_are_waited_for() {
    let app = Router::new().route("/", get(async || tokio::time::sleep(STALL).await));
    let load = load(server(app), Duration::from_millis(100));
    let record = record(load.length, all(open_loop(&load, steady(100.0), 1024)).await);
    assert_eq!((record.latency.len(), record.failed()), (10, 0));
    assert!(record.latency.min() >= 499_000_000, "{}", record.latency.min());
}

#[tokio::test]
async fn errors_are_counted_by_kind_and_are_no_latencies() {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    let app = Router::new().route("/", get(async move || unavailable));
    let length = Duration::from_millis(200);
    let outcomes = all(open_loop(&load(server(app), length), steady(100.0), 1024)).await;
    let record = record(length, outcomes);
    assert_eq!((record.requests(), record.latency.len()), (20, 0));
    assert_eq!(record.errors[&Trouble::Status(unavailable)], 20);
}

#[tokio::test]
async fn without_a_server_every_request_is_an_error() {
    // This socket holds the port, so no other program gets it, but it does not listen.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let load = load(socket.local_addr().unwrap(), Duration::from_millis(200));
    let outcomes = all(open_loop(&load, steady(100.0), 1024)).await;
    assert_eq!(outcomes.len(), 20);
    for outcome in outcomes {
        let sentence = outcome.result.unwrap_err().to_string();
        assert!(sentence.contains("cargo run -p step1_plain"), "{sentence}");
    }
    // A closed loop does not retry as fast as it can.
    assert!((1..=2).contains(&all(closed_loop(&load, 1)).await.len()));
}

#[tokio::test]
async fn a_connection_that_the_server_closes_after_each_response_is_opened_again() {
    let app = Router::new().route("/", get(async || [("connection", "close")]));
    let length = Duration::from_millis(300);
    let load = load(server(app), length);
    for outcomes in
        [all(closed_loop(&load, 2)).await, all(open_loop(&load, steady(100.0), 9)).await]
    {
        let record = record(length, outcomes);
        assert!(record.latency.len() > 2 && record.failed() == 0, "{:?}", record.errors);
    }
}

#[test]
fn steady_requests_are_due_at_equal_distances() {
    let dues: Vec<_> = steady(200.0).take(4).collect();
    assert_eq!(dues, [0, 5, 10, 15].map(Duration::from_millis));
    // No error adds up over a million requests at 3 a second.
    let last = steady(3.0).nth(999_999).unwrap();
    assert_eq!(last.as_secs(), 333_333);
}

#[test]
fn random_requests_have_the_requested_rate_and_exponential_gaps() {
    let dues: Vec<_> = poisson(200.0, 1).take(100_000).collect();
    let gaps: Vec<_> =
        dues.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() * 200.0).collect();
    let share =
        |longer: f64| gaps.iter().filter(|gap| **gap > longer).count() as f64 / gaps.len() as f64;
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    assert!((mean - 1.0).abs() < 0.02, "{mean}");
    for gap in [0.1, 1.0, 3.0] {
        assert!((share(gap) - (-gap).exp()).abs() < 0.01, "{gap}: {}", share(gap));
    }
}

#[test]
fn a_seed_always_gives_the_same_moments() {
    let moments = |seed| poisson(200.0, seed).take(100).collect::<Vec<_>>();
    assert_eq!(moments(1), moments(1));
    assert_ne!(moments(1), moments(2));
}

#[test]
fn the_percentiles_are_those_of_the_list() {
    let mut record = Record::new(SECOND);
    for number in 1..=1000 {
        record.add(Outcome {
            at: Duration::from_millis(number - 1),
            latency: Duration::from_millis(number),
            late: None,
            result: Ok(None),
        });
    }
    for (quantile, milliseconds) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0), (0.999, 999.0)] {
        let value = record.latency.value_at_quantile(quantile) as f64 / 1e6;
        assert!((value / milliseconds - 1.0).abs() < 0.001, "{quantile}: {value}");
    }
    assert!((record.latency.mean() / 500.5e6 - 1.0).abs() < 0.001);
    assert!(record.slices.iter().all(|slice| slice.len() == 10), "each has a hundredth");
}

#[test]
fn what_is_recorded_after_the_end_is_in_the_last_slice() {
    let mut record = Record::new(SECOND);
    let (at, latency) = (SECOND * 3, SECOND);
    record.add(Outcome { at, latency, late: Some(SECOND), result: Ok(None) });
    assert_eq!((record.slices[99].len(), record.late.len()), (1, 1));
}

#[test]
fn numbers_have_three_significant_digits() {
    for (number, text) in [
        (0.0, "0.00"),
        (0.06123, "0.0612"),
        (0.5, "0.500"),
        (1.234, "1.23"),
        (99.94, "99.9"),
        (160.4, "160"),
        (1234.5, "1234"),
    ] {
        assert_eq!(digits(number), text);
    }
}

#[test]
fn a_loop_without_responses_has_no_latency_in_the_table() {
    let mut lost = Record::new(SECOND);
    let trouble = Err(Trouble::Lost);
    lost.add(Outcome { at: SECOND, latency: SECOND, late: None, result: trouble });
    let text = table(&[("closed".to_owned(), lost)]);
    let row = |name| text.lines().find(|line| line.contains(name)).unwrap();
    assert!(row("errors").ends_with(" 1") && row("p99.9").ends_with(" -"), "{text}");
}

#[test]
fn flags_choose_the_loops_and_a_bad_one_is_a_sentence() {
    let parse = |flags: &str| {
        let words =
            ["load", "http://127.0.0.1:8000/slow"].into_iter().chain(flags.split_whitespace());
        Args::try_parse_from(words)
    };
    assert_eq!(parse("").unwrap().loops(), (Some(10), Some(200.0)));
    assert_eq!(parse("--clients 3").unwrap().loops(), (Some(3), None));
    assert_eq!(parse("--rate 0.5").unwrap().loops(), (None, Some(0.5)));
    assert_eq!(parse("--rate 2 --clients 1").unwrap().loops(), (Some(1), Some(2.0)));
    for (flags, sentence) in [
        ("--clients 0", "not a whole number from 1 to"),
        ("--rate 0", "write requests a second"),
        ("--rate NaN", "write requests a second"),
        ("--rate -1", "write requests a second"),
        ("--for 0s", "write a duration"),
        ("--for soon", "write a duration"),
        ("--for -1s", "write a duration"),
        ("--timeout -1s", "write a duration"),
        ("--max-connections x", "not a whole number from 1 to"),
        ("--seed x", "not a whole number from 0 to"),
    ] {
        let error = parse(flags).unwrap_err().to_string();
        assert!(error.contains(sentence), "{flags}: {error}");
    }
}

#[test]
fn a_url_is_understood_or_refused_with_a_sentence() {
    for (url, port) in [
        ("http://127.0.0.1:8000/slow?n=1", 8000),
        ("http://127.0.0.1", 80),
        ("http://[::1]:8000", 8000),
    ] {
        assert_eq!(Target::parse(url).unwrap().addresses[0].port(), port);
    }
    let error = Target::parse("http://127.0.0.1:99999/").unwrap_err();
    assert!(error.contains("no port has the number 99999"), "{error}");
    for url in ["", "127.0.0.1:8000", "https://127.0.0.1/", "http://", "http://a b/", "/slow"] {
        assert!(Target::parse(url).unwrap_err().contains("http://127.0.0.1:8000"), "{url}");
    }
}
