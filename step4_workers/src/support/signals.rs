//! The signals that the master understands, with Gunicorn's meanings.
//!
//! Each signal that arrives is a byte in a pipe of its own kind. (tokio's signals tell only that
//! there was one, or more: five TTIN are five workers here.) What the system itself merges stays
//! merged: a signal that comes while one of its kind still waits to be delivered.

use std::{future::poll_fn, io, os::unix::net::UnixStream, pin::Pin, task::Poll};

use signal_hook::{
    consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2},
    low_level::pipe,
};
use tokio::io::{AsyncRead, ReadBuf};

/// What a signal asks of the master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// INT, QUIT: stop, and do not wait for requests in flight.
    QuickStop,
    /// TERM: stop, and finish the requests in flight.
    GracefulStop,
    /// HUP: read the settings again, and replace every worker.
    Reload,
    /// TTIN: one worker more.
    More,
    /// TTOU: one worker less.
    Less,
    /// USR1: open the access log again.
    ReopenLog,
    /// USR2: Gunicorn would start a second master.
    Upgrade,
    /// CHLD: a worker has ended.
    Reap,
}

/// In the order in which they are looked at: a stop should not wait behind other signals.
const BY_URGENCY: [(i32, Request); 9] = [
    (SIGINT, Request::QuickStop),
    (SIGQUIT, Request::QuickStop),
    (SIGTERM, Request::GracefulStop),
    (SIGCHLD, Request::Reap),
    (SIGHUP, Request::Reload),
    (SIGTTIN, Request::More),
    (SIGTTOU, Request::Less),
    (SIGUSR1, Request::ReopenLog),
    (SIGUSR2, Request::Upgrade),
];

/// The signals, from the moment this value exists.
pub struct Signals([(Request, tokio::net::UnixStream); BY_URGENCY.len()]);

impl Signals {
    /// Takes the signals over from the system, whose own answer to most would be to end the process.
    ///
    /// # Errors
    /// When the system lets no handler be set.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn listen() -> io::Result<Self> {
        let mut pipes = Vec::new();
        for (signal, request) in BY_URGENCY {
            let (read, write) = UnixStream::pair()?;
            pipe::register(signal, write)?;
            read.set_nonblocking(true)?;
            pipes.push((request, tokio::net::UnixStream::from_std(read)?));
        }
        Ok(Self(pipes.try_into().expect("there is one for each")))
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Request {
        poll_fn(|cx| {
            for (request, pipe) in &mut self.0 {
                let mut byte = [0];
                if Pin::new(pipe).poll_read(cx, &mut ReadBuf::new(&mut byte)).is_ready() {
                    return Poll::Ready(*request);
                }
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use signal_hook::low_level::raise;

    use super::*;

    #[tokio::test]
    async fn as_many_as_were_delivered_come_and_a_stop_comes_first() {
        let mut signals = Signals::listen().unwrap();
        for _ in 0..5 {
            raise(SIGTTIN).unwrap();
        }
        raise(SIGTERM).unwrap();
        assert_eq!(signals.next().await, Request::GracefulStop);
        for _ in 0..5 {
            assert_eq!(signals.next().await, Request::More);
        }
    }
}
