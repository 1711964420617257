//! Accepting fairly: a worker that has more connections than a sibling lets that one go first.
//!
//! All workers wait on the same socket, and the system gives a connection to whichever asks first:
//! mostly one that is awake already. Left alone, it may take them all (64 of 64 over four workers,
//! when this was tried), and keep-alive keeps them there. Here it looks at the scoreboard before
//! it asks, and waits a moment if somebody else ought to.

use std::{
    future::poll_fn,
    io::{self, ErrorKind},
    os::fd::OwnedFd,
    sync::atomic::Ordering::Relaxed,
    task::Poll,
    time::Duration,
};

use socket2::Socket;
use step1_plain::server;
use tokio::{
    io::{Interest, unix::AsyncFd},
    net::TcpStream,
    time::{Instant, sleep},
};

use crate::seat::Seat;

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
    seat: Seat,
    impatient_until: Instant,
}

/// A connection on the scoreboard, while it is open.
pub struct Open(Seat);

impl FairListener {
    /// Accepts from these sockets, on behalf of whoever has this seat.
    ///
    /// # Errors
    /// When the event loop can't watch one of them.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(sockets: Vec<Socket>, seat: Seat) -> io::Result<Self> {
        let sockets = sockets.into_iter().map(watch).collect::<io::Result<_>>()?;
        Ok(Self { sockets, first: 0, seat, impatient_until: Instant::now() })
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

    async fn let_the_idler_go_first(&mut self) {
        for _ in 0..MOMENTS {
            if !self.seat.has_more_than_its_share() || Instant::now() < self.impatient_until {
                return;
            }
            sleep(A_MOMENT).await;
        }
        self.impatient_until = Instant::now() + IMPATIENT_FOR;
    }
}

impl server::Listener for FairListener {
    type Guard = Open;

    async fn accept(&mut self) -> io::Result<(TcpStream, Open)> {
        loop {
            let index = self.knock().await?;
            self.let_the_idler_go_first().await;
            match self.sockets[index].try_io(Interest::READABLE, Socket::accept) {
                Ok((connection, _)) => {
                    self.first = (index + 1) % self.sockets.len();
                    return Ok((as_stream(connection)?, Open::new(self.seat)));
                }
                // A sibling was faster.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
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

impl Open {
    fn new(seat: Seat) -> Self {
        seat.slot().connections.fetch_add(1, Relaxed);
        Self(seat)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.slot().connections.fetch_sub(1, Relaxed);
    }
}
