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

/// A socket that is open to the end of the process, as tokio watches it. (tokio's own listeners can
/// accept, but not wait without accepting.)
pub type Watched = AsyncFd<BorrowedFd<'static>>;

/// Has tokio watch when there is something to read, or a client to accept.
///
/// # Errors
/// What the system says.
///
/// # Panics
/// Outside of a tokio runtime.
#[allow(unsafe_code, reason = "the only way to have tokio watch a socket that is not its own")]
pub fn watch(socket: BorrowedFd<'static>) -> io::Result<Watched> {
    // SAFETY: it is borrowed for ever, so it stays open, and the same, to the end of the process.
    unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE) }
        .map_err(|error| error.into_parts().1)
}

/// The same for several.
///
/// # Errors
/// What the system says.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn watch_all(sockets: &'static [Socket]) -> io::Result<Vec<Watched>> {
    sockets.iter().map(|socket| watch(socket.as_fd())).collect()
}

/// Waits until there is something to read from one of these sockets, and returns which. It looks at the
/// `first` one first, so that a crowd at one of them does not keep out those at the others.
///
/// # Errors
/// What the system says.
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

/// A stream of tokio's. That of a Unix socket is called TCP here as well: from now on it is only
/// read, written and shut down, by the same system calls, and step 1's server need not be written
/// for two types.
///
/// # Errors
/// What the system says.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn as_stream(connection: Socket) -> io::Result<TcpStream> {
    connection.set_nonblocking(true)?;
    // A response is small and whole: waiting to fill a packet only delays it. (A Unix socket does not
    // have this option.)
    let _ = connection.set_tcp_nodelay(true);
    TcpStream::from_std(OwnedFd::from(connection).into())
}
