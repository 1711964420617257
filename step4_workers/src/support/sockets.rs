//! Sockets that an event loop watches without owning them.

use std::{
    future::poll_fn,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    task::Poll,
};

use socket2::Socket;
use tokio::{
    io::{Interest, unix::AsyncFd},
    net::TcpStream,
};

/// A socket that tokio watches, and that stays open until the process ends. (Tokio's own listeners can
/// accept, but not wait without accepting.)
pub type Watched = AsyncFd<BorrowedFd<'static>>;

/// Makes tokio watch for data to read, or for a client to accept.
///
/// # Errors
/// The system's error.
///
/// # Panics
/// Outside of a tokio runtime.
#[allow(unsafe_code, reason = "the only way to have tokio watch a socket that is not its own")]
pub fn watch(socket: BorrowedFd<'static>) -> io::Result<Watched> {
    // SAFETY: the borrow is `'static`, so the socket stays open, and the same, until the process ends.
    unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE) }
        .map_err(|error| error.into_parts().1)
}

/// Does the same for several sockets.
///
/// # Errors
/// The system's error.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn watch_all(sockets: &'static [Socket]) -> io::Result<Vec<Watched>> {
    sockets.iter().map(|socket| watch(socket.as_fd())).collect()
}

/// Waits until one of these sockets is readable, and returns its index. The check begins at `first`, so
/// that a busy socket does not starve the others.
///
/// # Errors
/// The system's error.
pub async fn readable(sockets: &[Watched], first: usize) -> io::Result<usize> {
    poll_fn(|cx| {
        for index in (first..sockets.len()).chain(0..first.min(sockets.len())) {
            if let Poll::Ready(ready) = sockets[index].poll_read_ready(cx) {
                return Poll::Ready(ready.map(|_| index));
            }
        }
        Poll::Pending
    })
    .await
}

/// Makes a tokio stream. A Unix socket becomes a `TcpStream` as well, because the same system calls
/// read it, write it and shut it down. So step 1's server needs only one type.
///
/// # Errors
/// The system's error.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn as_stream(connection: Socket) -> io::Result<TcpStream> {
    connection.set_nonblocking(true)?;
    // A response is small and whole, so waiting to fill a packet only delays it. (A Unix socket does
    // not have this option.)
    let _ = connection.set_tcp_nodelay(true);
    TcpStream::from_std(OwnedFd::from(connection).into())
}
