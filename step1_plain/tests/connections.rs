//! Connections over real sockets, under a clock that jumps whenever every task waits. So a minute of
//! silence takes no time here.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, routing::get};
use step1_plain::{
    app,
    support::http::serve::{KEEP_ALIVE, Options, Tcp, serve},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, sleep},
};

const GRACE: Duration = Duration::from_secs(30);

/// A server in a task, which stops when `stop` is sent.
struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    stopped: JoinHandle<bool>,
}

impl Server {
    async fn of(app: Router) -> Self {
        Self::with(app, KEEP_ALIVE).await
    }

    async fn with(app: Router, keep_alive: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = oneshot::channel();
        let stopped = tokio::spawn(async move {
            let stop = async { stopping.await.unwrap() };
            let options = Options { keep_alive, log: None };
            let connections = serve(Tcp::from(listener), |_| app.clone(), options, stop).await;
            connections.shutdown(GRACE).await
        });
        Self { address, stop, stopped }
    }

    async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.unwrap())
    }
}

struct Client(TcpStream);

impl Client {
    async fn send(&mut self, bytes: &str) {
        self.0.write_all(bytes.as_bytes()).await.unwrap();
    }

    /// Sends a request and reads its response, up to the end of the JSON or the line.
    async fn ask(&mut self, path: &str) -> String {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
        let mut response = String::new();
        while !response.ends_with(['}', '\n']) || response.ends_with("\r\n") {
            let mut bytes = [0; 1024];
            let n = self.0.read(&mut bytes).await.unwrap();
            assert!(n > 0, "closed after {response:?}");
            response += str::from_utf8(&bytes[..n]).unwrap();
        }
        response
    }

    /// All bytes until the server closes the connection.
    async fn read_to_end(&mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).await.unwrap();
        rest
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_nothing_is_cut_off() {
    let server = Server::of(app()).await;
    let start = Instant::now();
    assert_eq!(server.connect().await.read_to_end().await, "");
    assert_eq!(start.elapsed().as_secs(), KEEP_ALIVE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_a_byte_now_and_then_is_cut_off() {
    let server = Server::of(app()).await;
    let start = Instant::now();
    let mut client = server.connect().await;
    client.send("GET /slow HTTP/1.1\r\nx: ").await;
    for _ in 0..3 {
        sleep(KEEP_ALIVE / 4).await;
        client.send("a").await;
    }
    assert_eq!(client.read_to_end().await, "");
    assert_eq!(start.elapsed().as_secs(), KEEP_ALIVE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_kept_alive_for_its_time_and_each_request_renews_it() {
    let server = Server::of(app()).await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        assert!(client.ask("/healthz").await.starts_with("HTTP/1.1 200 "));
        sleep(KEEP_ALIVE - Duration::from_secs(1)).await;
    }
    assert!(client.ask("/healthz").await.starts_with("HTTP/1.1 200 "));
    let start = Instant::now();
    assert_eq!(client.read_to_end().await, "");
    assert_eq!(start.elapsed().as_secs(), KEEP_ALIVE.as_secs());
}

/// A route whose handler takes this long.
fn slow_for(duration: Duration) -> Router {
    let handler = async move || {
        sleep(duration).await;
        "done\n"
    };
    Router::new().route("/slow", get(handler))
}

#[tokio::test(start_paused = true)]
async fn the_servers_own_time_does_not_count_against_the_client() {
    let server = Server::of(slow_for(KEEP_ALIVE * 5)).await;
    let mut client = server.connect().await;
    assert!(client.ask("/slow").await.ends_with("done\n"));
    assert!(client.ask("/slow").await.ends_with("done\n"), "and neither does the time after it");
}

#[tokio::test(start_paused = true)]
async fn a_request_in_flight_gets_its_response_when_the_server_stops() {
    let server = Server::of(slow_for(Duration::from_secs(5))).await;
    let mut client = server.connect().await;
    client.send("GET /slow HTTP/1.1\r\nhost: test\r\n\r\n").await;
    sleep(Duration::from_secs(1)).await;
    server.stop.send(()).unwrap();
    let response = client.read_to_end().await;
    assert!(response.starts_with("HTTP/1.1 200 ") && response.ends_with("done\n"), "{response}");
    assert!(response.contains("connection: close\r\n"), "{response}");
    assert!(server.stopped.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_when_the_server_stops() {
    let server = Server::of(app()).await;
    let mut client = server.connect().await;
    client.ask("/healthz").await;
    let start = Instant::now();
    server.stop.send(()).unwrap();
    assert_eq!(client.read_to_end().await, "");
    assert!(server.stopped.await.unwrap());
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_ever() {
    let server = Server::of(slow_for(GRACE * 2)).await;
    let mut client = server.connect().await;
    client.send("GET /slow HTTP/1.1\r\nhost: test\r\n\r\n").await;
    sleep(Duration::from_secs(1)).await;
    let start = Instant::now();
    server.stop.send(()).unwrap();
    assert!(!server.stopped.await.unwrap(), "a request has no response");
    assert_eq!(start.elapsed().as_secs(), GRACE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn without_keep_alive_every_response_is_the_last() {
    let server = Server::with(app(), Duration::ZERO).await;
    let mut client = server.connect().await;
    client.send("GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n").await;
    let response = client.read_to_end().await;
    assert!(response.contains("connection: close\r\n") && response.ends_with("ok\n"), "{response}");
}

#[tokio::test]
async fn a_client_that_shuts_down_its_sending_side_still_gets_its_response() {
    // The last one computes for a while, but ends before the server checks whether its client has left.
    for path in ["/healthz", "/slow?n=10", "/slow?n=300000"] {
        let server = Server::of(app()).await;
        let mut clients = Vec::new();
        for _ in 0..if path.ends_with("300000") { 3 } else { 100 } {
            let mut client = server.connect().await;
            client.send(&format!("GET {path} HTTP/1.0\r\n\r\n")).await;
            client.0.shutdown().await.unwrap();
            clients.push(client);
        }
        for mut client in clients {
            let response = client.read_to_end().await;
            assert!(response.starts_with("HTTP/1.0 200 "), "{path}: {response}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_is_dropped_when_its_client_leaves() {
    let (held, mut has_dropped) = oneshot::channel::<()>();
    let held = Arc::new(Mutex::new(Some(held)));
    let handler = async move || {
        let _held = held.lock().unwrap().take();
        pending::<()>().await
    };
    let server = Server::of(Router::new().route("/never", get(handler))).await;
    let mut client = server.connect().await;
    client.send("GET /never HTTP/1.1\r\nhost: test\r\n\r\n").await;
    sleep(Duration::from_secs(1)).await;
    assert!(has_dropped.try_recv().is_err(), "the handler runs");
    drop(client);
    assert!(has_dropped.await.is_err(), "the sender was dropped with the handler");
}
