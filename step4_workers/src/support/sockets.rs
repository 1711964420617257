//! Sockets that an event loop watches.

use std::{
    future::poll_fn,
    io,
    os::fd::{BorrowedFd, OwnedFd},
    task::Poll,
};

use socket2::Socket;
use tokio::{
    io::{Interest, unix::AsyncFd},
    net::TcpStream,
};

/// A second descriptor of a socket, which tokio watches. (Tokio's own listeners can accept, but not wait
/// without accepting.)
pub type Watched = AsyncFd<OwnedFd>;

/// Makes tokio watch for data to read, or for a client to accept.
///
/// # Errors
/// The system's error.
///
/// # Panics
/// Outside of a tokio runtime.
#[allow(unsafe_code, reason = "the only way to have tokio watch a socket that is not its own")]
pub fn watch(socket: BorrowedFd<'_>) -> io::Result<Watched> {
    let socket = socket.try_clone_to_owned()?;
    // SAFETY: the `AsyncFd` owns the descriptor, which stays open, and the same, until it is dropped.
    unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE) }
        .map_err(|error| error.into_parts().1)
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
