//! One connection: hyper speaks HTTP/1.1 on it, and the client is held to its turn.
//!
//! A connection alternates between two turns. The server's turn, from a complete request to its
//! answer, is bounded by the handlers. The client's turn, from there to the next complete request,
//! is bounded here, with one clock for all that a client may do to hold a connection: say nothing,
//! send its headers a byte a minute, or not read what it asked for.

use std::{
    convert::Infallible,
    pin::pin,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use axum::{body::Body, http::StatusCode};
use hyper::{Request, body::Body as _, body::Incoming, server::conn::http1, service::service_fn};
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    select,
    sync::watch,
    time::{Instant, sleep_until, timeout},
};

use crate::{app::App, primes::MAX_N, problem::Problem, wire::Wire};

/// How long a new connection may take to send its first request.
pub const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// How long a client may take, from one answer, to read it and to send its next request.
pub const KEEP_ALIVE: Duration = Duration::from_secs(60);
/// How long a client may take to hear that its connection ends.
const CLOSING: Duration = Duration::from_secs(1);
/// The most bytes that the request line and the headers may have together.
pub const MAX_HEAD: usize = 16 * 1024;

/// Whose turn it is.
#[derive(Clone, Copy)]
enum Turn {
    Server,
    Client { until: Instant },
}

/// Serves one connection until the client closes it, breaks a rule or lets its turn pass, or,
/// once `stop` changes, until the request in flight is answered.
pub async fn serve(stream: TcpStream, app: App, mut stop: watch::Receiver<bool>) {
    let deadline = Instant::now() + FIRST_REQUEST;
    // Locked by this one task only, never across an await; hyper wants its futures `Send`.
    let turn = Mutex::new(Turn::Client { until: deadline });
    let turn = || turn.lock().unwrap_or_else(PoisonError::into_inner);
    let service = service_fn(async |request| {
        *turn() = Turn::Server;
        let response = app.handle(with_axum_body(request)).await;
        *turn() = Turn::Client { until: Instant::now() + KEEP_ALIVE };
        Ok::<_, Infallible>(response)
    });
    let mut connection =
        http1::Builder::new().max_buf_size(MAX_HEAD).serve_connection(Wire::new(stream), service);
    let mut deadline = pin!(sleep_until(deadline));
    let mut stopping = false;
    let ended = loop {
        select! {
            biased;
            ended = &mut connection => break Some(ended),
            () = &mut deadline => {
                let now = Instant::now();
                match *turn() {
                    Turn::Client { until } if until <= now => break None,
                    Turn::Client { until } => deadline.as_mut().reset(until),
                    Turn::Server => deadline.as_mut().reset(now + KEEP_ALIVE),
                }
            }
            _ = stop.changed(), if !stopping => {
                stopping = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let parts = connection.into_parts();
    let refusal = match ended {
        Some(Ok(())) => None,
        Some(Err(error)) => refusal(&error, &parts.read_buf),
        None if parts.read_buf.is_empty() => None,
        None => Some(too_late()),
    };
    // Whoever does not take the last words within their time is not waited for.
    let _ = timeout(CLOSING, close(parts.io.into_inner(), refusal)).await;
}

/// Most requests have no body, and an empty axum body, unlike a wrapped one, needs no allocation.
fn with_axum_body(request: Request<Incoming>) -> Request<Body> {
    request.map(|body| if body.is_end_stream() { Body::empty() } else { Body::new(body) })
}

/// What to answer to a request that hyper could not read; `head` is as much of it as came.
fn refusal(error: &hyper::Error, head: &[u8]) -> Option<Problem> {
    let (status, what) = if error.is_parse_too_large() && !head.contains(&b'\n') {
        (StatusCode::URI_TOO_LONG, "the request line is too long")
    } else if error.is_parse_too_large() {
        (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large or too many")
    } else if error.is_parse() {
        (StatusCode::BAD_REQUEST, "this is not an HTTP/1.1 request (RFC 9112)")
    } else {
        return None; // The client went away: there is nobody to tell.
    };
    Some(Problem::new(
        status,
        format!(
            "{what}; allowed are {MAX_HEAD} bytes in all, a URL of printable ASCII with the rest \
             percent-encoded, and as its only parameter n=N with N from 0 to {MAX_N}"
        ),
    ))
}

fn too_late() -> Problem {
    let detail = "the request did not arrive whole in its time; send it again, faster";
    Problem::new(StatusCode::REQUEST_TIMEOUT, detail)
}

/// Says the last words, and listens until the client has heard them. A socket that is closed with
/// bytes unread resets the connection, and the answer may be lost (RFC 9112, section 9.6).
async fn close(mut stream: TcpStream, refusal: Option<Problem>) -> std::io::Result<()> {
    if let Some(problem) = refusal {
        let body = problem.body();
        let answer = format!(
            "HTTP/1.1 {}\r\ncontent-type: {}\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
             connection: close\r\ndate: {}\r\n\r\n{body}",
            problem.status(),
            Problem::CONTENT_TYPE,
            body.len(),
            httpdate::fmt_http_date(SystemTime::now()),
        );
        stream.write_all(answer.as_bytes()).await?;
    }
    stream.shutdown().await?;
    loop {
        stream.readable().await?;
        match stream.try_read(&mut [0; 4096]) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}
