//! The control socket: by it a worker wakes the master, and hears of the master's death.
//!
//! It is a pair of connected sockets. One end is the master's alone, the other one belongs to all
//! workers. A byte from a worker means: look at the scoreboard. The master never writes; but the
//! system closes its end however it ends, even by KILL, and then every worker reads the end of file.

use std::{
    io::{self, Read, Write},
    os::{fd::OwnedFd, unix::net::UnixStream},
    thread,
    time::Duration,
};

use rustix::process::{Signal, getpid, kill_process};
use step1_plain::support::http::log::{Log, log};
use tokio::io::AsyncReadExt;

/// How much longer than `graceful_timeout` a worker may take whose event loop is stuck.
const LATE_BY: Duration = Duration::from_secs(1);

/// The master's end.
pub struct MasterEnd(tokio::net::UnixStream);

/// The workers' end.
pub struct WorkerEnd(UnixStream);

impl MasterEnd {
    /// A pair: the master's end, and the one for the workers to inherit.
    ///
    /// # Errors
    /// What the system says.
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
        // Neither an end nor an error is possible while the master holds the workers' end too.
        let _ = self.0.read(&mut [0; 64]).await;
    }
}

impl WorkerEnd {
    /// The end that was inherited.
    pub fn new(inherited: OwnedFd) -> Self {
        Self(inherited.into())
    }

    /// Wakes the master. (There is room in the socket for far more calls than there can be workers.)
    pub fn wake_master(&self) {
        let _ = (&self.0).write(b"!");
    }

    /// When the master has ended, lets this process finish its requests, as if it had been asked to
    /// stop, and then end. On a thread, which also works while the event loop is stuck.
    ///
    /// # Errors
    /// When the system gives no further descriptor or thread.
    pub fn end_with_master(&self, graceful_timeout: Duration) -> io::Result<()> {
        let mut end = self.0.try_clone()?;
        let watch = move || {
            // The master never writes. Nothing but its end can wake this.
            let _ = end.read_exact(&mut [0]);
            log(format_args!(
                "worker {}: the master is gone; I finish my requests and go too",
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
