//! What the master leaves to a worker: its slot, the sockets, the settings. They travel in the
//! environment, where only processes of the same user can look.

use std::{
    env,
    io::{self, Error},
    os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd},
};

use socket2::Socket;

use crate::{
    scoreboard::{Scoreboard, own_slot::OwnSlot},
    support::{config::Config, inherit::inherit, listener::Listener, mailbox::Mailbox},
    worker::control::WorkerEnd,
};

/// The settings, as JSON.
const SETTINGS: &str = "STEP4_SETTINGS";
/// Numbers: the slot; the descriptors of the scoreboard, the control socket and the program's memory;
/// of the mailboxes; and of the listening sockets.
const INHERITANCE: &str = "STEP4_INHERITANCE";

/// The environment of a worker in this slot that inherits these descriptors: those that all processes
/// share, the mailboxes, the listening sockets.
pub fn environment(
    slot: usize,
    fds: [&[BorrowedFd<'_>]; 3],
    config: &Config,
) -> [(&'static str, String); 2] {
    let numbers = |fds: &[BorrowedFd<'_>]| {
        fds.iter().map(|fd| fd.as_raw_fd().to_string()).collect::<Vec<_>>().join(",")
    };
    let [shared, mailboxes, listeners] = fds.map(numbers);
    let inheritance = format!("{slot};{shared};{mailboxes};{listeners}");
    [(INHERITANCE, inheritance), (SETTINGS, config.json.clone())]
}

/// What a worker is given to start with.
pub struct Inheritance {
    /// Its slot on the scoreboard.
    pub slot: OwnSlot,
    /// To call the master with.
    pub control: WorkerEnd,
    /// The program's own shared memory.
    pub memory: OwnedFd,
    /// To accept connections from.
    pub sockets: Vec<Socket>,
    /// The mailboxes of all workers, by slot.
    pub mailboxes: Vec<Mailbox>,
    /// The settings.
    pub config: Config,
}

impl Inheritance {
    /// `None` if this process is no worker.
    ///
    /// # Errors
    /// When it is one, but something is missing.
    pub fn claim() -> Option<io::Result<Self>> {
        let numbers = env::var(INHERITANCE).ok()?;
        Some(Self::read(&numbers))
    }

    fn read(numbers: &str) -> io::Result<Self> {
        let lists: Result<Vec<Vec<RawFd>>, _> =
            numbers.split(';').map(|list| list.split(',').map(str::parse).collect()).collect();
        let lists = lists.map_err(Error::other)?;
        let lists: Vec<_> = lists.iter().map(Vec::as_slice).collect();
        let [&[slot], &[board, control, memory], mailboxes, listeners] = lists[..] else {
            return Err(Error::other("a descriptor is missing"));
        };
        let slot = usize::try_from(slot).map_err(Error::other)?;
        let slot = OwnSlot::new(Scoreboard::open(&inherit(board)?)?, slot);
        // After the scoreboard, which knows whether the master is of this version.
        let settings = env::var(SETTINGS).map_err(Error::other)?;
        let config = Config::from_json(settings).map_err(|error| {
            Error::other(format!("{SETTINGS}: {error}; stop the master and start the new program"))
        })?;
        let control = WorkerEnd::new(inherit(control)?);
        let mailbox = |ends: &[RawFd; 2]| Mailbox::inherited(ends.map(inherit));
        let mailboxes: io::Result<_> = mailboxes.as_chunks().0.iter().map(mailbox).collect();
        let socket = |&fd: &RawFd| Listener::check(inherit(fd)?);
        let sockets: io::Result<_> = listeners.iter().map(socket).collect();
        let memory = inherit(memory)?;
        Ok(Self { slot, control, memory, mailboxes: mailboxes?, sockets: sockets?, config })
    }
}
