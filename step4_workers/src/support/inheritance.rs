//! A worker inherits its slot, the sockets and the settings from the master.

use std::{
    io::{self, Error},
    os::fd::OwnedFd,
};

use socket2::Socket;

use super::{
    config::Config,
    control::WorkerEnd,
    inherit::{inherit, inherited_numbers},
    listener::Listener,
    mailbox::Mailbox,
};

/// Everything that a worker starts with.
pub struct Inheritance<Slot> {
    /// Its slot on the scoreboard.
    pub slot: Slot,
    /// The control socket, to wake the master.
    pub control: WorkerEnd,
    /// The program's own shared memory.
    pub memory: OwnedFd,
    /// The listening sockets.
    pub sockets: Vec<Socket>,
    /// The mailboxes of all workers, by slot.
    pub mailboxes: Vec<Mailbox>,
    /// The settings.
    pub config: Config,
}

impl<Slot> Inheritance<Slot> {
    /// Takes the inheritance over. `slot` opens the slot with this number of the scoreboard in this
    /// memory. Returns `None` if this process is not a worker.
    ///
    /// # Errors
    /// When it is a worker, but a part is missing.
    pub fn claim(
        slot: impl FnOnce(&OwnedFd, usize) -> io::Result<Slot>,
    ) -> Option<io::Result<Self>> {
        let numbers = inherited_numbers()?;
        let other_version =
            |error| Error::other(format!("{error}; stop the master and start the new program"));
        Some(numbers.map_err(other_version).and_then(|(numbers, config)| {
            // The scoreboard comes first, because it shows whether the master has the same version.
            let slot = slot(&inherit(numbers.board)?, numbers.slot)?;
            let sockets = numbers.sockets.iter().map(|&fd| Listener::check(inherit(fd)?));
            let mailboxes =
                numbers.mailboxes.iter().map(|ends| Mailbox::inherited(ends.map(inherit)));
            Ok(Self {
                slot,
                control: WorkerEnd::new(inherit(numbers.control)?),
                memory: inherit(numbers.memory)?,
                sockets: sockets.collect::<io::Result<_>>()?,
                mailboxes: mailboxes.collect::<io::Result<_>>()?,
                config,
            })
        }))
    }
}
