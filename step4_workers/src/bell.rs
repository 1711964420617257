//! The bell: a worker rings it when the master should look at the scoreboard, and it falls silent
//! for ever when the master dies.
//!
//! It is a pair of connected sockets: one end is the master's alone, the other one belongs to all
//! workers. The system closes the master's end however the master ends, with KILL too, and then
//! every worker reads the end.

use std::{
    io::{self, Read, Write},
    os::{fd::OwnedFd, unix::net::UnixStream},
    thread,
};

use step1_plain::log::{Log, log};
use tokio::io::AsyncReadExt;

/// The master's end.
pub struct Bell(tokio::net::UnixStream);

/// The workers' end.
pub struct BellPull(UnixStream);

impl Bell {
    /// A bell, and the end for the workers to inherit.
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

    /// Waits until it rings. Several rings may come as one.
    pub async fn rung(&mut self) {
        // Neither an end nor an error is possible while the master holds the workers' end too.
        let _ = self.0.read(&mut [0; 64]).await;
    }
}

impl BellPull {
    /// The end that was inherited.
    pub fn new(inherited: OwnedFd) -> Self {
        Self(inherited.into())
    }

    /// Rings. There is room for far more rings than workers can be.
    pub fn ring(&self) {
        let _ = (&self.0).write(b"!");
    }

    /// Ends this process when the master has ended. On a thread, which also works while the event
    /// loop is stuck.
    ///
    /// # Errors
    /// When the system gives no further descriptor.
    pub fn exit_with_master(&self) -> io::Result<()> {
        let mut end = self.0.try_clone()?;
        thread::spawn(move || {
            // The master never writes. Nothing but its end can wake this.
            let _ = end.read_exact(&mut [0]);
            log(format_args!("worker {}: the master is gone, and so am I", std::process::id()));
            Log::to_stderr().flush();
            std::process::exit(1);
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_rings_is_heard() {
        let (mut bell, workers) = Bell::new().unwrap();
        let pull = BellPull::new(workers.try_clone().unwrap());
        pull.ring();
        pull.ring();
        bell.rung().await;
    }

    #[tokio::test]
    async fn the_masters_end_is_the_end() {
        let (bell, workers) = Bell::new().unwrap();
        let mut pull = BellPull::new(workers);
        drop(bell);
        assert_eq!(pull.0.read(&mut [0]).unwrap(), 0);
    }
}
