//! A worker as a process: how the master starts one, and what it knows of it.
//!
//! A worker is the program itself, started anew. (A bare fork would be quicker, but copies only the
//! thread that calls it: tokio, and whatever else has a thread, would find itself without.) The
//! path is the one by which the master was started, so after a rebuild, new workers are of the new
//! program.

use std::{
    env, fmt,
    io::{self, ErrorKind},
    os::{fd::BorrowedFd, unix::process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command},
};

use rustix::process::{Pid, Signal, kill_process};
use step1_plain::support::http::log::log;
use tokio::time::Instant;

use crate::{
    master::{backoff::Failures, watch::Watch},
    scoreboard::Reason,
    support::{config::Config, inherit::bequeath},
    worker::inheritance::leave,
};

/// What to start.
pub struct Executable {
    path: PathBuf,
}

impl Executable {
    /// This one.
    ///
    /// # Errors
    /// When its path can't be found out.
    pub fn this() -> io::Result<Self> {
        // The name by which it was started may be a link that leads elsewhere after the next
        // deploy. Without a slash in it, the shell found it, and the system knows where.
        let name = PathBuf::from(env::args_os().next().unwrap_or_default());
        let path = match name.components().count() {
            0 | 1 => env::current_exe()?,
            _ => env::current_dir()?.join(name),
        };
        Ok(Self { path })
    }

    /// Starts a worker in this slot. `fds` are the descriptors it inherits: the scoreboard, the
    /// control socket, the program's memory, the listeners.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(&self, slot: usize, fds: &[BorrowedFd<'_>], config: &Config) -> io::Result<Child> {
        bequeath(fds, |fds| {
            let start = |path: &Path| {
                let mut command = Command::new(path);
                command.arg0(env::args_os().next().unwrap_or_default());
                leave(&mut command, slot, fds, config).spawn()
            };
            start(&self.path).or_else(|error| match error.kind() {
                // The system still has what this process was made from.
                ErrorKind::NotFound => {
                    let child = start(Path::new("/proc/self/exe")).map_err(|_| error)?;
                    let path = self.path.display();
                    log(format_args!("{path} is gone: the new worker is of the master's program"));
                    Ok(child)
                }
                _ => Err(error),
            })
        })
    }
}

/// A worker that the master started, until it is reaped.
pub struct Worker {
    child: Child,
    /// Its slot on the scoreboard.
    pub slot: usize,
    /// The generation that it belongs to.
    pub generation: u64,
    /// When it was started.
    pub born: Instant,
    /// How its predecessors fared.
    pub failures: Failures,
    /// Why it was asked to stop, and when, if it was.
    pub retired: Option<(Retired, Instant)>,
    /// How it looked at the last look.
    pub watch: Watch,
}

/// Why a worker was asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retired {
    /// Another one took its place.
    Replaced(Reason),
    /// There are to be fewer, or it came with a reload that failed.
    Surplus,
    /// The server stops.
    End,
}

impl fmt::Display for Retired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Replaced(Reason::MaxRequests) => "it has answered its --max-requests",
            Self::Replaced(_) => "its successor is ready",
            Self::Surplus => "fewer are wanted",
            Self::End => "the server stops",
        })
    }
}

impl Worker {
    /// A child in this slot.
    pub fn new(
        child: Child,
        slot: usize,
        generation: u64,
        failures: Failures,
        watch: Watch,
    ) -> Self {
        Self { child, slot, generation, born: Instant::now(), failures, retired: None, watch }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, when it has finished its requests.
    pub fn retire(&mut self, why: Retired) {
        self.retired = Some((why, Instant::now()));
        self.send(Signal::TERM);
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<std::process::ExitStatus> {
        // An error would mean that it is no child of ours, and it is.
        self.child.try_wait().ok().flatten()
    }

    /// Sends it a signal. Until it is reaped (waited for), its process id is nobody else's.
    pub fn send(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.pid()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
    }
}
