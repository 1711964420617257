//! The signals that the master understands, with Gunicorn's meanings.
//!
//! Each signal that arrives is a byte in a pipe for its kind, so five TTIN are five workers. (Tokio's
//! signals tell only that there was at least one.) The system itself still merges a signal with one of
//! its kind that waits to be delivered.

use std::{future::poll_fn, io, os::unix::net::UnixStream, pin::Pin, task::Poll};

use signal_hook::{
    consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2},
    low_level::pipe,
};
use tokio::io::{AsyncRead, ReadBuf};

/// The request of a signal to the master.
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

/// The order in which the master reads signals, because a stop should not wait behind others.
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

/// Receives the signals, from the moment this value exists.
pub struct Signals([(Request, tokio::net::UnixStream); BY_URGENCY.len()]);

impl Signals {
    /// Takes the signals over from the system, which would end the process for most of them.
    ///
    /// # Errors
    /// When the system refuses a handler.
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

    /// Waits for the next request.
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
    async fn every_delivered_signal_arrives_and_a_stop_comes_first() {
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
