//! Notices when a client leaves while its request waits for a response.
//!
//! To the server, a client that closes its connection looks the same as one that only shuts down
//! its sending side (`nc -N`). If hyper watched for this, the second client would lose its
//! response. With `half_close`, hyper does not watch, but then the computation for the first client
//! would run for nothing. So we set `half_close` and check the connection every now and then while
//! a request waits. A response that is ready before the first check reaches both clients. If it
//! takes longer, both requests are cancelled.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
    time::sleep,
};

/// How often the server checks whether a waiting client is still connected.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// A connection that can tell whether its client has stopped sending.
pub trait Client: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Whether the client has closed its sending side, even if there are unread bytes before that.
    fn sends_no_more(&self) -> bool;
}

impl Client for TcpStream {
    fn sends_no_more(&self) -> bool {
        let ready = self.ready(Interest::READABLE).now_or_never();
        ready.is_some_and(|ready| ready.is_ok_and(|ready| ready.is_read_closed()))
    }
}

/// A connection that hyper reads and writes while the server checks on its client. Each call takes
/// the lock for a moment.
pub struct Shared<C>(Arc<Mutex<C>>);

impl<C: Client> Shared<C> {
    /// Wraps a connection in a lock.
    pub fn new(connection: C) -> Self {
        Self(Arc::new(Mutex::new(connection)))
    }

    /// Waits until the client has left.
    pub async fn has_left(&self) {
        loop {
            sleep(LOOK_EVERY).await;
            if self.lock().sends_no_more() {
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, C> {
        // No panic can leave the connection half changed, so a poisoned lock is safe to use.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Clone for Shared<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Client> AsyncRead for Shared<C> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_read(cx, buffer)
    }
}

impl<C: Client> AsyncWrite for Shared<C> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.lock()).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.lock()).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.lock()).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.lock().is_write_vectored()
    }
}
