//! Draining: a worker that is replaced loses no request.
//!
//! To close an idle connection is a race. The client may send its next request at that moment, and then
//! no worker reads it. So a worker that drains first lets its clients end their connections: for a second,
//! every response says `Connection: close`, and a client that hears this opens its next connection to
//! another worker. Then the connections that are still open are idle, and hyper closes them.

use std::time::Duration;

use axum::{
    http::{HeaderValue, header::CONNECTION},
    response::Response,
};
use step1_plain::support::http::serve::Connections;
use tokio::time::{Instant, timeout};

use crate::scoreboard::{own_slot::OwnSlot, slot::State};

/// How long the clients may end their connections. A busy client sends its next request long before.
const DRAIN_FOR: Duration = Duration::from_secs(1);

/// Tells the client to end its connection, if this worker drains.
pub fn say_close(slot: OwnSlot, response: &mut Response) {
    if slot.state() == State::Draining {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

/// Ends all connections within `grace`. Returns false if some were still open then, so that a request
/// has no response.
pub async fn drain(slot: OwnSlot, connections: Connections, grace: Duration) -> bool {
    let until = Instant::now() + grace;
    slot.set_state(State::Draining);
    let _ = timeout(DRAIN_FOR.min(grace), connections.closed()).await;
    connections.shutdown(until.saturating_duration_since(Instant::now())).await
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, future::ready};

    use axum::{extract::Request, response::IntoResponse};
    use step1_plain::support::http::serve::{Options, Tcp, serve};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        sync::oneshot,
        time::sleep,
    };
    use tower::service_fn;

    use super::*;
    use crate::scoreboard::Scoreboard;

    const GRACE: Duration = Duration::from_secs(30);
    const HALF: &[u8] = b"GET / HTTP/1.1\r\n";
    const REST: &[u8] = b"host: test\r\n\r\n";

    async fn read_to_end(client: &mut TcpStream) -> String {
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test(start_paused = true)]
    async fn every_open_connection_has_one_response_left_and_idle_ones_are_closed() {
        let (_, board) = Scoreboard::create().unwrap();
        let slot = OwnSlot::new(board, board.take_slot(1, 0).unwrap());
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
            let options = Options { keep_alive: GRACE, log: None };
            let stop = async { stopping.await.unwrap() };
            let connections = serve(Tcp::from(listener), |_| app, options, stop).await;
            drain(slot, connections, GRACE).await
        });
        let connect = async || TcpStream::connect(address).await.unwrap();
        let [mut silent, mut halfway, mut busy, mut idle] =
            [connect().await, connect().await, connect().await, connect().await];
        halfway.write_all(HALF).await.unwrap();
        for client in [&mut busy, &mut idle] {
            client.write_all(&[HALF, REST].concat()).await.unwrap();
            let mut response = Vec::new();
            while !response.ends_with(b"ok\n") {
                assert!(client.read_buf(&mut response).await.unwrap() > 0);
            }
            assert!(!String::from_utf8(response).unwrap().contains("connection: close"));
        }
        stop.send(()).unwrap();
        sleep(DRAIN_FOR / 2).await;
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
}
