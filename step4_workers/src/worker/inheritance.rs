//! What the master leaves to a worker: its slot, the sockets, the settings. They travel in the
//! environment, where only processes of the same user can look.

use std::{
    env,
    io::{self, Error},
    os::fd::{OwnedFd, RawFd},
    process::Command,
};

use socket2::Socket;

use crate::{
    scoreboard::{Scoreboard, own_slot::OwnSlot},
    support::{config::Config, inherit::inherit, listener::Listener},
    worker::control::WorkerEnd,
};

/// The settings, as JSON.
const SETTINGS: &str = "STEP4_SETTINGS";
/// Numbers: the slot, then the descriptors of the scoreboard, the control socket, the program's
/// memory and the listeners.
const INHERITANCE: &str = "STEP4_INHERITANCE";

/// Leaves all that to the program that is about to be started: the slot, and the numbers of the
/// descriptors that it inherits.
pub fn leave<'a>(
    command: &'a mut Command,
    slot: usize,
    fds: &[RawFd],
    config: &Config,
) -> &'a mut Command {
    let fds: String = fds.iter().map(|fd| format!(",{fd}")).collect();
    command.env(INHERITANCE, format!("{slot}{fds}")).env(SETTINGS, &config.json)
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
        let numbers: Result<Vec<RawFd>, _> = numbers.split(',').map(str::parse).collect();
        let numbers = numbers.map_err(Error::other)?;
        let [slot, board, control, memory, listeners @ ..] = &numbers[..] else {
            return Err(Error::other("a descriptor is missing"));
        };
        let slot = usize::try_from(*slot).map_err(Error::other)?;
        let slot = OwnSlot::new(Scoreboard::open(&inherit(*board)?)?, slot);
        // After the scoreboard, which knows whether the master is of this version.
        let settings = env::var(SETTINGS).map_err(Error::other)?;
        let config = Config::from_json(settings).map_err(|error| {
            Error::other(format!("{SETTINGS}: {error}; stop the master and start the new program"))
        })?;
        let control = WorkerEnd::new(inherit(*control)?);
        if listeners.is_empty() {
            return Err(Error::other("there is no socket to accept from"));
        }
        let socket = |&fd: &RawFd| Listener::check(inherit(fd)?);
        let sockets: io::Result<_> = listeners.iter().map(socket).collect();
        Ok(Self { slot, control, memory: inherit(*memory)?, sockets: sockets?, config })
    }
}
