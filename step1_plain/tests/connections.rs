//! One connection over a real socket, under a clock that jumps whenever everybody waits: a minute
//! of silence takes no time here.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{future::pending, time::Duration};

use axum::{Router, routing::get};
use step1_plain::{
    app,
    app::App,
    connection::{self, FIRST_REQUEST, Phase},
    server::{self, Limits},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep},
};

const KEEP_ALIVE: Duration = Duration::from_secs(60);

struct Connected {
    client: TcpStream,
    phase: watch::Sender<Phase>,
    served: JoinHandle<()>,
}

/// A client, and the server's end of its connection.
async fn connect(app: App) -> Connected {
    connect_for(app, KEEP_ALIVE).await
}

async fn connect_for(app: App, keep_alive: Duration) -> Connected {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let (phase, phases) = watch::channel(Phase::Serving);
    let served = tokio::spawn(connection::serve(stream, app, keep_alive, phases));
    Connected { client, phase, served }
}

impl Connected {
    async fn send(&mut self, bytes: &str) {
        self.client.write_all(bytes.as_bytes()).await.unwrap();
    }

    /// Sends a request and reads what comes, up to the end of the JSON or the line.
    async fn ask(&mut self, path: &str) -> String {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
        let mut answer = String::new();
        while !answer.ends_with(['}', '\n']) || answer.ends_with("\r\n") {
            let mut bytes = [0; 1024];
            let n = self.client.read(&mut bytes).await.unwrap();
            assert!(n > 0, "closed after {answer:?}");
            answer += str::from_utf8(&bytes[..n]).unwrap();
        }
        answer
    }

    /// All that comes until the server closes the connection.
    async fn read_to_end(&mut self) -> String {
        let mut rest = String::new();
        self.client.read_to_string(&mut rest).await.unwrap();
        rest
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_cut_off() {
    let start = Instant::now();
    let mut connected = connect(app()).await;
    assert_eq!(connected.read_to_end().await, "");
    assert_eq!(start.elapsed().as_secs(), FIRST_REQUEST.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_a_byte_now_and_then_gets_408() {
    let start = Instant::now();
    let mut connected = connect(app()).await;
    connected.send("GET /slow HTTP/1.1\r\nx: ").await;
    for _ in 0..3 {
        sleep(FIRST_REQUEST / 4).await;
        connected.send("a").await;
    }
    let answer = connected.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("content-type: application/problem+json\r\n"), "{answer}");
    assert_eq!(start.elapsed().as_secs(), FIRST_REQUEST.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_kept_alive_for_its_time_and_each_request_renews_it() {
    let mut connected = connect(app()).await;
    for _ in 0..3 {
        assert!(connected.ask("/slow?n=10").await.starts_with("HTTP/1.1 200 "));
        sleep(KEEP_ALIVE - Duration::from_secs(1)).await;
    }
    assert!(connected.ask("/slow?n=10").await.starts_with("HTTP/1.1 200 "));
    let start = Instant::now();
    assert_eq!(connected.read_to_end().await, "");
    assert_eq!(start.elapsed().as_secs(), KEEP_ALIVE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn the_servers_own_time_is_not_counted_against_the_client() {
    async fn long() -> &'static str {
        sleep(KEEP_ALIVE * 5).await;
        "done\n"
    }
    let app = App::new("test", Router::new().route("/long", get(long)).into());
    let mut connected = connect(app).await;
    assert!(connected.ask("/long").await.ends_with("done\n"));
    assert!(connected.ask("/long").await.ends_with("done\n"), "and neither is it the time after");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_its_answers_is_cut_off() {
    let mut connected = connect(app()).await;
    let request = "GET / HTTP/1.1\r\nhost: test\r\n\r\n".repeat(100);
    // Written until both sockets' buffers are full, and then the server gives up.
    while connected.client.write_all(request.as_bytes()).await.is_ok() {}
    connected.served.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_request_in_flight_is_answered_when_the_server_stops() {
    async fn long() -> &'static str {
        sleep(Duration::from_secs(5)).await;
        "done\n"
    }
    let app = App::new("test", Router::new().route("/long", get(long)).into());
    let mut connected = connect(app).await;
    connected.send("GET /long HTTP/1.1\r\nhost: test\r\n\r\n").await;
    sleep(Duration::from_secs(1)).await;
    connected.phase.send_replace(Phase::Closing);
    let answer = connected.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("done\n"), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn while_the_server_drains_every_connection_has_one_answer_left() {
    let mut silent = connect(app()).await;
    let mut idle = connect(app()).await;
    let mut halfway = connect(app()).await;
    idle.ask("/healthz").await;
    halfway.send("GET /healthz HTTP/1.1\r\n").await;
    sleep(Duration::from_secs(1)).await;
    for connected in [&silent, &idle, &halfway] {
        connected.phase.send_replace(Phase::Draining);
    }
    sleep(Duration::from_secs(1)).await;
    halfway.send("host: test\r\n\r\n").await;
    silent.send("GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n").await;
    idle.send("GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n").await;
    for mut connected in [silent, idle, halfway] {
        let answer = connected.read_to_end().await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains("connection: close\r\n"), "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_stays_idle_while_the_server_drains_is_closed_in_the_end() {
    let mut connected = connect(app()).await;
    connected.ask("/healthz").await;
    connected.phase.send_replace(Phase::Draining);
    sleep(Duration::from_secs(1)).await;
    connected.phase.send_replace(Phase::Closing);
    let start = Instant::now();
    assert_eq!(connected.read_to_end().await, "");
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn without_keep_alive_every_answer_is_the_last() {
    let mut connected = connect_for(app(), Duration::ZERO).await;
    connected.send("GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n").await;
    let answer = connected.read_to_end().await;
    assert!(answer.contains("connection: close\r\n") && answer.ends_with("ok\n"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_ever() {
    let app = App::new("test", Router::new().route("/never", get(pending::<()>)).into());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    client.write_all(b"GET /never HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    let stop = sleep(Duration::from_secs(1));
    let start = Instant::now();
    let limits = Limits { drain: Duration::from_secs(1), ..Limits::default() };
    assert!(!server::serve(listener, app, limits, stop).await, "a request was left unanswered");
    assert_eq!(start.elapsed().as_secs(), 1 + limits.grace.as_secs());
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_when_the_server_stops() {
    let mut connected = connect(app()).await;
    connected.ask("/slow?n=10").await;
    let start = Instant::now();
    connected.phase.send_replace(Phase::Closing);
    assert_eq!(connected.read_to_end().await, "");
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_handler_is_dropped_when_its_client_leaves() {
    struct Dropped(Option<tokio::sync::oneshot::Sender<()>>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            let _ = self.0.take().unwrap().send(());
        }
    }
    let (dropped, has_dropped) = tokio::sync::oneshot::channel();
    let dropped = std::sync::Arc::new(std::sync::Mutex::new(Some(Dropped(Some(dropped)))));
    let handler = async move || {
        let _held = dropped.lock().unwrap().take();
        pending::<()>().await
    };
    let app = App::new("test", Router::new().route("/never", get(handler)).into());
    let mut connected = connect(app).await;
    connected.send("GET /never HTTP/1.1\r\nhost: test\r\n\r\n").await;
    sleep(Duration::from_secs(1)).await;
    drop(connected.client);
    has_dropped.await.unwrap();
    connected.served.await.unwrap();
}
