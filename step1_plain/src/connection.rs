//! One connection: hyper speaks HTTP/1.1 on it, and the client is held to its turn.
//!
//! A connection alternates between two turns. The server's turn, from a complete request to its
//! answer, is bounded by the handlers. The client's turn, from there to the next complete request,
//! is bounded here, with one clock for all that a client may do to hold a connection: say nothing,
//! send its headers a byte a minute, or not read what it asked for.
//!
//! A client that leaves during the server's turn is noticed, and its handler dropped. Leaving means
//! to close the connection, or to shut down the sending side of it: from here the two look alike.

use std::{
    convert::Infallible,
    io,
    pin::pin,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, SystemTime},
};

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode, Version,
        header::{CONNECTION, HOST},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use hyper::{Request, body::Body as _, body::Incoming, server::conn::http1, service::service_fn};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    select,
    sync::watch,
    time::{Instant, sleep_until, timeout},
};

use crate::{
    app::App,
    primes::MAX_N,
    problem::Problem,
    wire::{Socket, Wire},
};

/// How long a new connection may take to send its first request.
pub const FIRST_REQUEST: Duration = Duration::from_secs(10);
/// How often a connection is looked after: whether it is silent and can give hyper's buffers back,
/// and whether its client is still there.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a client may take to hear that its connection ends.
const CLOSING: Duration = Duration::from_secs(1);
/// How much of what it sends meanwhile is read; more is an upload that nobody asked for.
const UNREAD_AT_CLOSE: u64 = 256 * 1024;
/// The most bytes that the request line and the headers may have together.
pub const MAX_HEAD: usize = 16 * 1024;

/// Whose turn it is.
#[derive(Clone, Copy)]
enum Turn {
    Server,
    Client { until: Instant },
}

/// What the server wants of its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// To go on.
    Serving,
    /// That the next answer is their last. Who is about to send a request gets it answered, and
    /// reads `Connection: close` with it; to close a connection that looks idle would cross the
    /// request on its way.
    Draining,
    /// To end at once, or with the request in flight.
    Closing,
}

/// Serves one connection until the client closes it, breaks a rule or lets its turn pass (from an
/// answer, `keep_alive` to read it and to send the next request), or until the server stops.
pub async fn serve(
    stream: TcpStream,
    app: App,
    keep_alive: Duration,
    phases: watch::Receiver<Phase>,
) {
    let socket = Socket::new(stream);
    let refusal = converse(&socket, &app, keep_alive, phases).await;
    if let Some(problem) = &refusal {
        app.log_unread(problem.status());
    }
    // Whoever does not take the last words within their time is not waited for.
    let _ = timeout(CLOSING, close(socket.into_inner(), refusal)).await;
}

/// Request and answer in turn, to the end; and what is left to say then, if anything.
async fn converse(
    socket: &Socket,
    app: &App,
    keep_alive: Duration,
    mut phases: watch::Receiver<Phase>,
) -> Option<Problem> {
    let mut until = Instant::now() + FIRST_REQUEST;
    // A mutex because a task of tokio's must be `Send`; only this one ever locks it.
    let whose_turn = Mutex::new(Turn::Client { until });
    let turn = || whose_turn.lock().unwrap_or_else(PoisonError::into_inner);
    // Whether the next answer is the last.
    let last = &AtomicBool::new(keep_alive.is_zero());
    let mut phase = *phases.borrow_and_update();
    let mut unread = Bytes::new();
    let mut alarm = pin!(sleep_until(until));
    loop {
        if unread.is_empty() {
            // A silent connection is a socket and nothing else: hyper's buffers are 16 kB, and
            // idle connections can be many.
            alarm.as_mut().reset(until);
            while phase != Phase::Closing {
                select! {
                    biased;
                    () = socket.readable() => break,
                    () = &mut alarm => return None,
                    changed = next_phase(&mut phases) => phase = changed,
                }
            }
            if phase == Phase::Closing {
                return None;
            }
        }
        // What is unread is the beginning of a request, and hyper keeps it until the rest is there.
        let begun = (!unread.is_empty()).then_some(until);
        alarm.as_mut().reset(Instant::now() + PAUSE);

        let service = service_fn(|request| {
            *turn() = Turn::Server;
            let one_host = has_one_host(&request);
            // In a box, so that only a request in flight takes the room.
            let peer = || socket.peer();
            let answer = Box::pin(app.handle_from(&peer, with_axum_body(request)));
            async move {
                let mut response = if one_host { answer.await } else { no_host(app) };
                if last.load(Relaxed) {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                *turn() = Turn::Client { until: Instant::now() + keep_alive.max(CLOSING) };
                Ok::<_, Infallible>(response)
            }
        });
        let mut connection = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .serve_connection(Wire::new(socket, unread), service);
        let ended = loop {
            last.fetch_or(phase != Phase::Serving, Relaxed);
            select! {
                biased;
                ended = &mut connection => break Ok(ended),
                () = &mut alarm => match *turn() {
                    Turn::Server if socket.client_has_left() => return None,
                    Turn::Client { .. } if phase == Phase::Closing => return None,
                    Turn::Client { until } if until <= Instant::now() => break Err(until),
                    Turn::Client { until } if Some(until) != begun && !socket.is_stuck() => {
                        break Err(until);
                    }
                    _ => alarm.as_mut().reset(Instant::now() + PAUSE),
                },
                changed = next_phase(&mut phases), if phase != Phase::Closing => {
                    phase = changed;
                    if phase == Phase::Closing {
                        alarm.as_mut().reset(Instant::now() + CLOSING);
                        std::pin::Pin::new(&mut connection).graceful_shutdown();
                    }
                }
            }
        };
        let parts = connection.into_parts();
        unread = parts.io.into_unread(parts.read_buf);
        match ended {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => return refusal(&error, &unread),
            // Words after a part of an answer would be taken for the rest of it.
            Err(_) if socket.is_stuck() => return None,
            Err(until) if until <= Instant::now() => {
                return (!unread.is_empty()).then(too_late);
            }
            Err(later) => until = later,
        }
    }
}

/// What the server wants, when that changes; its end is a wish to close.
async fn next_phase(phases: &mut watch::Receiver<Phase>) -> Phase {
    match phases.changed().await {
        Ok(()) => *phases.borrow_and_update(),
        Err(_) => Phase::Closing,
    }
}

/// Most requests have no body, and an empty axum body, unlike a wrapped one, needs no allocation.
fn with_axum_body(request: Request<Incoming>) -> Request<Body> {
    request.map(|body| if body.is_end_stream() { Body::empty() } else { Body::new(body) })
}

/// HTTP/1.1 asks for exactly one `Host` (RFC 9112, section 3.2): a proxy that takes the first and a
/// server that takes the second would not speak of the same request.
fn has_one_host(request: &Request<Incoming>) -> bool {
    request.version() != Version::HTTP_11 || request.headers().get_all(HOST).iter().count() == 1
}

fn no_host(app: &App) -> Response {
    app.log_unread(StatusCode::BAD_REQUEST);
    let detail = "an HTTP/1.1 request has exactly one Host header; send one";
    Problem::new(StatusCode::BAD_REQUEST, detail).into_response()
}

/// What to answer to a request that hyper could not read; `head` is as much of it as came.
fn refusal(error: &hyper::Error, head: &[u8]) -> Option<Problem> {
    // (hyper also calls a `Content-Length` too large, when it has read the head and taken it away.)
    let too_large = error.is_parse_too_large() && !head.is_empty();
    let (status, what) = if too_large && !head.contains(&b'\n') {
        (StatusCode::URI_TOO_LONG, "the request line is too long")
    } else if too_large {
        (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large or too many")
    } else if error.is_parse() {
        (StatusCode::BAD_REQUEST, "this is not an HTTP/1.1 request (RFC 9112)")
    } else {
        return None; // The client went away: there is nobody to tell.
    };
    Some(Problem::new(
        status,
        format!(
            "{what}; allowed are {MAX_HEAD} bytes in all, a URL in ASCII with all else \
             percent-encoded, and as its only parameter n=N with N from 0 to {MAX_N}"
        ),
    ))
}

fn too_late() -> Problem {
    let detail = "the request did not arrive whole in its time; send it again, faster";
    Problem::new(StatusCode::REQUEST_TIMEOUT, detail)
}

/// Says the last words, and reads on until the client has heard them. A socket that is closed with
/// bytes unread resets the connection, and the answer may be lost (RFC 9112, section 9.6).
async fn close(mut stream: TcpStream, refusal: Option<Problem>) -> io::Result<()> {
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
    let mut rest = stream.take(UNREAD_AT_CLOSE);
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    Ok(())
}
