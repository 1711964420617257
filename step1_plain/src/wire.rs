//! The bytes of one connection, as hyper reads and writes them.
//!
//! hyper answers a request that it cannot parse by itself, with an empty 400 or 431. The house
//! promises a problem that says what to do, for every error. So that one answer is held back here,
//! and [`connection`](crate::connection) writes a better one.

use std::{
    future::poll_fn,
    io,
    net::IpAddr,
    pin::{Pin, pin},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::{io::Interest, net::TcpStream};

/// A TCP stream as hyper sees it: what was read too early comes again, and hyper's own error
/// answers go nowhere.
pub struct Wire<'a> {
    socket: &'a Socket,
    unread: Bytes,
}

/// The connection itself, which outlives its [`Wire`]s.
pub struct Socket {
    /// Locked for one call at a time, by the one task that serves it.
    stream: Mutex<TokioIo<TcpStream>>,
    stuck: AtomicBool,
}

impl Socket {
    /// Wraps an accepted connection.
    pub fn new(stream: TcpStream) -> Self {
        Self { stream: Mutex::new(TokioIo::new(stream)), stuck: AtomicBool::new(false) }
    }

    /// Waits until there is something to read, or the end.
    pub async fn readable(&self) {
        // An error is something to read, too.
        let _ = poll_fn(|cx| self.stream().inner().poll_read_ready(cx)).await;
    }

    /// Whether a part of an answer still waits, until the client reads what came before.
    pub fn is_stuck(&self) -> bool {
        self.stuck.load(Relaxed)
    }

    /// Whether the client has closed its side, be there bytes before that end or not.
    pub fn client_has_left(&self) -> bool {
        let stream = self.stream();
        let ready = pin!(stream.inner().ready(Interest::READABLE));
        let now = ready.poll(&mut Context::from_waker(Waker::noop()));
        matches!(now, Poll::Ready(Ok(ready)) if ready.is_read_closed())
    }

    /// The address of the other side, unless this is a Unix socket, which has none.
    pub fn peer(&self) -> Option<IpAddr> {
        Some(self.stream().inner().peer_addr().ok()?.ip())
    }

    /// The stream, when nobody else needs it any more.
    pub fn into_inner(self) -> TcpStream {
        self.stream.into_inner().unwrap_or_else(PoisonError::into_inner).into_inner()
    }

    fn stream(&self) -> MutexGuard<'_, TokioIo<TcpStream>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Wire<'a> {
    /// A wire over this socket, on which `unread` comes before anything else.
    pub fn new(socket: &'a Socket, unread: Bytes) -> Self {
        Self { socket, unread }
    }

    /// What is still unread: `read` was taken off this wire, but not used.
    pub fn into_unread(self, read: Bytes) -> Bytes {
        if self.unread.is_empty() { read } else { [read, self.unread].concat().into() }
    }
}

impl Read for Wire<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let fits = self.unread.len().min(buf.remaining());
            buf.put_slice(&self.unread.split_to(fits));
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut *self.socket.stream()).poll_read(cx, buf)
    }
}

impl Write for Wire<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = match automatic_answer(buf) {
            // Said to be written, so that hyper goes on and reports the error.
            Some(0) => Poll::Ready(Ok(buf.len())),
            Some(start) => Pin::new(&mut *self.socket.stream()).poll_write(cx, &buf[..start]),
            None => Pin::new(&mut *self.socket.stream()).poll_write(cx, buf),
        };
        let whole = matches!(written, Poll::Ready(Ok(length)) if length == buf.len());
        self.socket.stuck.store(!whole, Relaxed);
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.socket.stream()).poll_flush(cx)
    }

    /// Nothing yet: there may be an answer to write first.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Where in `buf` hyper's own error answer starts, if it ends there: a 4xx of no length. Ours have
/// a body, and a `content-length` that tells, also where HEAD leaves the body out.
fn automatic_answer(buf: &[u8]) -> Option<usize> {
    let text = str::from_utf8(buf.ends_with(b"\r\n\r\n").then_some(buf)?).ok()?;
    // Answers to earlier requests of a pipeline may stand before it.
    let start = text.rfind("HTTP/1.").filter(|&start| text[start + 8..].starts_with(" 4"))?;
    text[start..].contains("\r\ncontent-length: 0\r\n").then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYPERS: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\ndate: now\r\n\r\n";

    #[test]
    fn hypers_empty_error_is_held_back_and_what_stands_before_it_is_not() {
        assert_eq!(automatic_answer(HYPERS.as_bytes()), Some(0));
        let before = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        let both = [before, HYPERS].concat();
        assert_eq!(automatic_answer(both.as_bytes()), Some(before.len()));
    }

    #[test]
    fn it_is_held_back_in_http_1_0_too() {
        assert_eq!(automatic_answer(HYPERS.replace("1.1", "1.0").as_bytes()), Some(0));
    }

    #[test]
    fn our_own_answers_pass() {
        for ours in [
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 204 No Content\r\nallow: GET,HEAD\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 120\r\n\r\n",
        ] {
            assert_eq!(automatic_answer(ours.as_bytes()), None, "{ours}");
        }
    }
}
