//! Noticing that a client has left while its request waits for a response.
//!
//! A client that closes its connection and a client that only shuts down its sending side (`nc -N`) look
//! the same to the server. If hyper watches for that, the second client loses its response. If hyper
//! does not watch (`half_close`), the computation for the first one goes on. So hyper does not watch,
//! and the server looks every now and then while a request waits. A response that is ready before the
//! first look reaches both clients, and a computation that still waits after it is cancelled.

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

/// How often the server looks whether a client that waits is still there.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// A connection that knows whether its client sends no more.
pub trait Client: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Whether the client has closed its side, even if there are bytes unread before that.
    fn sends_no_more(&self) -> bool;
}

impl Client for TcpStream {
    fn sends_no_more(&self) -> bool {
        let ready = self.ready(Interest::READABLE).now_or_never();
        ready.is_some_and(|ready| ready.is_ok_and(|ready| ready.is_read_closed()))
    }
}

/// A connection that hyper reads and writes, while the server looks after its client. Each call locks it
/// for a moment.
pub struct Shared<C>(Arc<Mutex<C>>);

impl<C: Client> Shared<C> {
    /// Shares this connection.
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
