//! The control socket: a worker uses it to wake the master, and to notice the master's death.
//!
//! It is a pair of connected sockets. Only the master has one end, and all workers share the other. A
//! byte from a worker asks the master to look at the scoreboard. The master never writes. When it ends,
//! even by KILL, the system closes its end, and every worker reads the end of file.

use std::{
    io::{self, Read, Write},
    os::{fd::OwnedFd, unix::net::UnixStream},
    thread,
    time::Duration,
};

use rustix::process::{Signal, getpid, kill_process};
use step1_plain::support::http::log::{Log, log};
use tokio::io::AsyncReadExt;

/// How much longer than `graceful_timeout` a worker with a stuck event loop may take.
const LATE_BY: Duration = Duration::from_secs(1);

/// The master's end.
pub struct MasterEnd(tokio::net::UnixStream);

/// The workers' end.
pub struct WorkerEnd(UnixStream);

impl MasterEnd {
    /// A pair: the master's end, and the end for the workers to inherit.
    ///
    /// # Errors
    /// The system's error.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new() -> io::Result<(Self, OwnedFd)> {
        let (masters, workers) = UnixStream::pair()?;
        masters.set_nonblocking(true)?;
        Ok((Self(tokio::net::UnixStream::from_std(masters)?), workers.into()))
    }

    /// Waits until a worker calls. Several calls may come as one.
    pub async fn woken(&mut self) {
        // End of file and errors are impossible while the master also holds the workers' end.
        let _ = self.0.read(&mut [0; 64]).await;
    }
}

impl WorkerEnd {
    /// The inherited end.
    pub fn new(inherited: OwnedFd) -> Self {
        Self(inherited.into())
    }

    /// Wakes the master. (The socket has room for far more calls than there can be workers.)
    pub fn wake_master(&self) {
        let _ = (&self.0).write(b"!");
    }

    /// When the master ends, makes this process finish its requests and then end, as on TERM. This runs
    /// on a thread, which works even while the event loop is stuck.
    ///
    /// # Errors
    /// When the system has no descriptor or thread left.
    pub fn end_with_master(&self, graceful_timeout: Duration) -> io::Result<()> {
        let mut end = self.0.try_clone()?;
        let watch = move || {
            // The master never writes, so only its end can wake this thread.
            let _ = end.read_exact(&mut [0]);
            log(format_args!(
                "worker {}: the master is gone; finishing my requests, then exiting",
                std::process::id()
            ));
            let _ = kill_process(getpid(), Signal::TERM);
            thread::sleep(graceful_timeout + LATE_BY);
            Log::to_stderr().flush();
            std::process::exit(1);
        };
        thread::Builder::new().spawn(watch)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_worker_wakes_the_master() {
        let (mut master, workers) = MasterEnd::new().unwrap();
        let pull = WorkerEnd::new(workers.try_clone().unwrap());
        pull.wake_master();
        pull.wake_master();
        master.woken().await;
    }

    #[tokio::test]
    async fn the_masters_death_is_the_end_of_file() {
        let (master, workers) = MasterEnd::new().unwrap();
        let mut pull = WorkerEnd::new(workers);
        drop(master);
        assert_eq!(pull.0.read(&mut [0]).unwrap(), 0);
    }
}
