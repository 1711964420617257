//! The bytes of one connection, as hyper reads and writes them.
//!
//! hyper answers a request that it cannot parse by itself, with an empty 400 or 431. The house
//! promises a problem that says what to do, for every error. So that one answer is held back here,
//! and [`connection`](crate::connection) writes a better one.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A TCP stream that does not let hyper's own error answers through.
pub struct Wire(TokioIo<TcpStream>);

impl Wire {
    /// Wraps an accepted connection.
    pub fn new(stream: TcpStream) -> Self {
        Self(TokioIo::new(stream))
    }

    /// The connection, when hyper is done with it.
    pub fn into_inner(self) -> TcpStream {
        self.0.into_inner()
    }
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match automatic_answer(buf) {
            // Said to be written, so that hyper goes on and reports the error.
            Some(0) => Poll::Ready(Ok(buf.len())),
            Some(start) => Pin::new(&mut self.0).poll_write(cx, &buf[..start]),
            None => Pin::new(&mut self.0).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
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
    let start = text.rfind("HTTP/1.1 4")?;
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
