//! Draining: a worker that is replaced loses no request.
//!
//! Closing an idle connection is a race, because the client may send its next request at that moment.
//! Then no worker would read it. So a draining worker lets its clients end their connections: every
//! response says `Connection: close`, and the client opens its next connection to another worker. An
//! idle connection stays open until `--keep-alive` is over, as it would without the reload. Until then,
//! the worker costs only its memory.

use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use axum::{
    http::{HeaderValue, header::CONNECTION},
    response::Response,
};
use step1_plain::support::http::serve::Connections;
use tokio::{
    select,
    time::{Instant, sleep},
};

use super::accept::ring_all;
use crate::{
    scoreboard::slot::{OwnSlot, State},
    support::mailbox::Mailbox,
};

/// How long clients may continue when the whole server stops. A busy client sends its next request much
/// sooner.
const STOP_AFTER: Duration = Duration::from_secs(1);

/// How much of the graceful timeout is left to close connections that are still idle.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// How long a worker waits for connections on their way to it. A sibling that dies during a handover
/// leaves a wrong count behind.
const ARRIVE_WITHIN: Duration = Duration::from_millis(100);

/// Tells the client to end its connection, if this worker is draining.
pub fn say_close(slot: OwnSlot, response: &mut Response) {
    if slot.state() == State::Draining {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

/// The first step: leaves new connections to the siblings. Returns when no connection is on its way to
/// this worker, which must go on accepting until then.
pub async fn leave(slot: OwnSlot, mailboxes: &[Mailbox]) {
    slot.set_state(State::Draining);
    ring_all(slot, mailboxes);
    let start = Instant::now();
    while slot.in_mailbox.load(SeqCst) > 0 && start.elapsed() < ARRIVE_WITHIN {
        sleep(Duration::from_millis(1)).await;
    }
}

/// Ends all connections within `grace`. Returns false if some were still open then, so that a request
/// got no response.
pub async fn drain(slot: OwnSlot, connections: Connections, grace: Duration) -> bool {
    let until = Instant::now() + grace;
    select! {
        () = connections.closed() => return true,
        () = server_stops(slot) => {}
        () = sleep(grace.saturating_sub(CLOSE_WITHIN)) => {}
    }
    connections.shutdown(until.saturating_duration_since(Instant::now())).await
}

/// Waits until no sibling would accept a client that comes back.
async fn server_stops(slot: OwnSlot) {
    loop {
        sleep(STOP_AFTER).await;
        if !slot.board.workers().any(|sibling| sibling.state().accepts()) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, future::ready, net::SocketAddr};

    use axum::{extract::Request, response::IntoResponse};
    use step1_plain::support::http::serve::{Options, Tcp, serve};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        sync::oneshot,
        task::JoinHandle,
    };
    use tower::service_fn;

    use super::*;
    use crate::scoreboard::Scoreboard;

    const GRACE: Duration = Duration::from_secs(30);
    const KEEP_ALIVE: Duration = Duration::from_secs(2);
    const HALF: &[u8] = b"GET / HTTP/1.1\r\n";
    const REST: &[u8] = b"host: test\r\n\r\n";

    /// Starts a worker that drains when told to stop, and returns its address.
    async fn serve_and_drain(slot: OwnSlot) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<bool>) {
        slot.set_state(State::Ready);
        let app = service_fn(move |_: Request| {
            let mut response = "ok\n".into_response();
            say_close(slot, &mut response);
            ready(Ok::<_, Infallible>(response))
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = oneshot::channel();
        let served = tokio::spawn(async move {
            let options = Options { keep_alive: KEEP_ALIVE, log: None };
            let stop = async {
                stopping.await.unwrap();
                slot.set_state(State::Draining);
            };
            let connections = serve(Tcp::from(listener), |_| app, options, stop).await;
            drain(slot, connections, GRACE).await
        });
        (address, stop, served)
    }

    async fn read_to_end(client: &mut TcpStream) -> String {
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        text
    }

    async fn ask(client: &mut TcpStream) -> String {
        client.write_all(&[HALF, REST].concat()).await.unwrap();
        let mut response = Vec::new();
        while !response.ends_with(b"ok\n") {
            assert!(client.read_buf(&mut response).await.unwrap() > 0);
        }
        String::from_utf8(response).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn while_siblings_accept_each_kept_alive_connection_gets_one_more_response() {
        let (_, board) = Scoreboard::create().unwrap();
        let [slot, sibling] = [1, 2].map(|it| OwnSlot::new(board, board.take_slot(it, 0).unwrap()));
        sibling.set_state(State::Ready);
        let (address, stop, served) = serve_and_drain(slot).await;
        let connect = async || TcpStream::connect(address).await.unwrap();
        let [mut silent, mut halfway, mut busy, mut idle] =
            [connect().await, connect().await, connect().await, connect().await];
        halfway.write_all(HALF).await.unwrap();
        for client in [&mut busy, &mut idle] {
            assert!(!ask(client).await.contains("connection: close"));
        }
        stop.send(()).unwrap();
        sleep(KEEP_ALIVE - Duration::from_millis(100)).await;
        halfway.write_all(REST).await.unwrap();
        for client in [&mut silent, &mut busy] {
            client.write_all(&[HALF, REST].concat()).await.unwrap();
        }
        for client in [&mut silent, &mut halfway, &mut busy] {
            let response = read_to_end(client).await;
            assert!(response.contains("connection: close\r\n"), "{response}");
            assert!(response.ends_with("ok\n"), "{response}");
        }
        assert_eq!(read_to_end(&mut idle).await, "");
        assert!(served.await.unwrap(), "it ends before its grace is over");
    }

    #[tokio::test(start_paused = true)]
    async fn when_the_whole_server_stops_idle_connections_are_closed_after_a_second() {
        let (_, board) = Scoreboard::create().unwrap();
        let slot = OwnSlot::new(board, board.take_slot(1, 0).unwrap());
        let (address, stop, served) = serve_and_drain(slot).await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        assert!(!ask(&mut idle).await.contains("connection: close"));
        let start = Instant::now();
        stop.send(()).unwrap();
        assert_eq!(read_to_end(&mut idle).await, "");
        assert!(start.elapsed() < KEEP_ALIVE, "{:?}", start.elapsed());
        assert!(served.await.unwrap());
    }
}
