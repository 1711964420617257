//! The program itself, which the master starts again for each worker.

use std::{
    env,
    io::{self, ErrorKind},
    os::{fd::BorrowedFd, unix::process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

use step1_plain::support::http::log::log;

use crate::support::inherit::bequeath;

/// The path that started this program. After a rebuild, the new program is at this path.
pub struct Executable(PathBuf);

impl Executable {
    /// The path of this program.
    ///
    /// # Errors
    /// When the system can't tell the path.
    pub fn this() -> io::Result<Self> {
        // Keep the name that started it, because it may be a link that leads elsewhere after the next
        // deploy. A name without a slash was found by the shell, and the system knows the path.
        let name = PathBuf::from(env::args_os().next().unwrap_or_default());
        Ok(Self(match name.components().count() {
            0 | 1 => env::current_exe()?,
            _ => env::current_dir()?.join(name),
        }))
    }

    /// Starts the program with these environment variables, and returns its process id. The process
    /// inherits these descriptors.
    ///
    /// # Errors
    /// The system's error.
    pub fn start(&self, env: &[(&str, String)], fds: &[BorrowedFd<'_>]) -> io::Result<u32> {
        let start = |path: &Path| {
            let name = env::args_os().next().unwrap_or_default();
            Command::new(path).arg0(name).envs(env.iter().cloned()).spawn().map(|child| child.id())
        };
        bequeath(fds, || {
            start(&self.0).or_else(|error| match error.kind() {
                // The system still has the program of this process.
                ErrorKind::NotFound => {
                    let pid = start(Path::new("/proc/self/exe")).map_err(|_| error)?;
                    let path = self.0.display();
                    log(format_args!("{path} is gone: the new worker runs the master's program"));
                    Ok(pid)
                }
                _ => Err(error),
            })
        })
    }
}
