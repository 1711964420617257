//! Accepting fairly: a worker that has more connections than a sibling lets that one go first.
//!
//! All workers wait on the same socket, and the system gives a connection to whichever asks first:
//! mostly one that is awake already. Left alone, it may take them all (64 of 64 over four workers,
//! when this was tried), and keep-alive keeps them there. Here it looks at the scoreboard before
//! it asks, and waits a moment if somebody else ought to.

use std::{
    future::poll_fn,
    io::{self, ErrorKind},
    net::SocketAddr,
    os::fd::OwnedFd,
    task::Poll,
    time::Duration,
};

use socket2::Socket;
use step1_plain::support::http::serve::Complaints;
use tokio::{
    io::{Interest, unix::AsyncFd},
    net::TcpStream,
    time::{Instant, sleep},
};

use super::connection::Connection;
use crate::scoreboard::own_slot::OwnSlot;

/// How long to wait at a time for a sibling with fewer connections to take one.
const A_MOMENT: Duration = Duration::from_millis(1);
/// How many times. A sibling that is busy for longer than that is no help.
const MOMENTS: usize = 10;
/// After waiting in vain, how long not to wait for anybody: with a stuck sibling, every connection
/// would pay for it.
const IMPATIENT_FOR: Duration = Duration::from_millis(200);

/// The master's sockets, as one worker accepts from them.
pub struct FairListener {
    sockets: Vec<AsyncFd<Socket>>,
    /// Where to look first, so that one socket's crowd does not keep out the others'.
    first: usize,
    slot: OwnSlot,
    impatient_until: Instant,
    complaints: Complaints,
}

impl FairListener {
    /// Accepts from these sockets, for the worker in this slot.
    ///
    /// # Errors
    /// When the event loop can't watch one of them.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(sockets: Vec<Socket>, slot: OwnSlot) -> io::Result<Self> {
        let sockets = sockets.into_iter().map(watch).collect::<io::Result<_>>()?;
        let (first, impatient_until) = (0, Instant::now());
        Ok(Self { sockets, first, slot, impatient_until, complaints: Complaints::default() })
    }

    /// Waits until somebody wants to connect; the number of the socket.
    async fn knock(&mut self) -> io::Result<usize> {
        let (first, count) = (self.first, self.sockets.len());
        poll_fn(|cx| {
            for index in (first..count).chain(0..first) {
                if let Poll::Ready(ready) = self.sockets[index].poll_read_ready(cx) {
                    return Poll::Ready(ready.map(|_| index));
                }
            }
            Poll::Pending
        })
        .await
    }

    async fn try_accept(&mut self) -> io::Result<(Connection, Option<SocketAddr>)> {
        loop {
            let index = self.knock().await?;
            self.let_the_idler_go_first().await;
            match self.sockets[index].try_io(Interest::READABLE, Socket::accept) {
                Ok((connection, address)) => {
                    self.first = (index + 1) % self.sockets.len();
                    let stream = as_stream(connection)?;
                    // A response is small and whole: waiting to fill a packet only delays it. (A Unix
                    // socket does not have this option.)
                    let _ = stream.set_nodelay(true);
                    return Ok((Connection::new(stream, self.slot), address.as_socket()));
                }
                // A sibling was faster.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn let_the_idler_go_first(&mut self) {
        for _ in 0..MOMENTS {
            if !self.slot.has_more_than_its_share() || Instant::now() < self.impatient_until {
                return;
            }
            sleep(A_MOMENT).await;
        }
        self.impatient_until = Instant::now() + IMPATIENT_FOR;
    }
}

impl axum::serve::Listener for FairListener {
    type Io = Connection;
    /// `None` for the client of a Unix socket.
    type Addr = Option<SocketAddr>;

    async fn accept(&mut self) -> (Connection, Option<SocketAddr>) {
        loop {
            match self.try_accept().await {
                Ok(accepted) => return accepted,
                Err(error) => self.complaints.wait_after(&error).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Option<SocketAddr>> {
        Ok(self.sockets[0].get_ref().local_addr()?.as_socket())
    }
}

/// tokio's own listeners can accept, but not wait without accepting.
#[allow(unsafe_code, reason = "the only way to have tokio watch a socket that is not its own")]
fn watch(socket: Socket) -> io::Result<AsyncFd<Socket>> {
    // SAFETY: a `Socket` owns its descriptor, which stays open, and the same, until it is dropped;
    // and it is dropped by the `AsyncFd`, which stops watching first.
    unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE) }
        .map_err(|error| error.into_parts().1)
}

/// A stream of tokio's. That of a Unix socket is called TCP here as well: from now on it is only
/// read, written and shut down, by the same system calls, and step 1's server need not be written
/// for two types.
fn as_stream(connection: Socket) -> io::Result<TcpStream> {
    connection.set_nonblocking(true)?;
    TcpStream::from_std(OwnedFd::from(connection).into())
}
