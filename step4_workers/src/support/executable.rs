//! The program itself, to be started again.

use std::{
    env,
    io::{self, ErrorKind},
    os::{fd::BorrowedFd, unix::process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

use step1_plain::support::http::log::log;

use crate::support::inherit::bequeath;

/// The path by which this program was started. After a rebuild, the new program is there.
pub struct Executable(PathBuf);

impl Executable {
    /// This one.
    ///
    /// # Errors
    /// When its path can't be found out.
    pub fn this() -> io::Result<Self> {
        // The name by which it was started may be a link that leads elsewhere after the next
        // deploy. Without a slash in it, the shell found it, and the system knows where.
        let name = PathBuf::from(env::args_os().next().unwrap_or_default());
        Ok(Self(match name.components().count() {
            0 | 1 => env::current_exe()?,
            _ => env::current_dir()?.join(name),
        }))
    }

    /// Starts it with these environment variables, and returns its process id. It inherits these
    /// descriptors.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(&self, env: &[(&str, String)], fds: &[BorrowedFd<'_>]) -> io::Result<u32> {
        let start = |path: &Path| {
            let name = env::args_os().next().unwrap_or_default();
            Command::new(path).arg0(name).envs(env.iter().cloned()).spawn().map(|child| child.id())
        };
        bequeath(fds, |_| {
            start(&self.0).or_else(|error| match error.kind() {
                // The system still has what this process was made from.
                ErrorKind::NotFound => {
                    let pid = start(Path::new("/proc/self/exe")).map_err(|_| error)?;
                    let path = self.0.display();
                    log(format_args!("{path} is gone: the new worker is of the master's program"));
                    Ok(pid)
                }
                _ => Err(error),
            })
        })
    }
}
