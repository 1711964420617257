//! A log file that can be opened again: log rotation moves the file away, then sends USR1.

use std::{
    fs::{File, OpenOptions},
    io::{self, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use rustix::fs::{OFlags, fcntl_setfl};
use step1_plain::support::http::log::{Log, log};
use tokio::signal::unix::Signal;

use crate::support::settings::AccessLog;

/// A file to append to.
pub struct LogFile {
    path: PathBuf,
    file: File,
    is_stale: Arc<AtomicBool>,
    is_losing: bool,
}

impl LogFile {
    /// Opens the file, and creates it if necessary. The returned flag asks to open it again.
    ///
    /// # Errors
    /// A sentence that names the problem and the fix.
    pub fn open(path: PathBuf) -> Result<(Self, Arc<AtomicBool>), String> {
        let is_stale = Arc::new(AtomicBool::new(false));
        let file = open_end(&path).map_err(|error| {
            let path = path.display();
            format!("cannot write the access log {path}: {error}; choose another file")
        })?;
        Ok((Self { path, file, is_stale: is_stale.clone(), is_losing: false }, is_stale))
    }

    /// Writes the whole line or, if the disk is full, none of it.
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let written = self.file.write(line)?;
        self.file.write_all(&line[written..]).inspect_err(|_| {
            let _ = self.take_back(written as u64);
        })
    }

    /// Cuts off the bytes just written, unless another worker has written after them.
    fn take_back(&mut self, bytes: u64) -> io::Result<()> {
        let end = self.file.stream_position()?;
        match self.file.metadata()?.len() == end {
            true => self.file.set_len(end - bytes),
            false => Ok(()),
        }
    }
}

/// Checks that the access log can be opened, so that the master reports an error once instead of each
/// worker.
///
/// # Errors
/// A sentence that names the problem and the fix.
pub fn check_access_log(log: &AccessLog) -> Result<(), String> {
    match log {
        AccessLog::File(path) => LogFile::open(path.clone()).map(drop),
        _ => Ok(()),
    }
}

/// Opens the access log in the settings, and opens it again at each `reopen`.
///
/// # Errors
/// A sentence that names the problem and the fix.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn open_access_log(log: &AccessLog, mut reopen: Signal) -> io::Result<Option<&'static Log>> {
    let mut is_stale = Arc::new(AtomicBool::new(false));
    let log: Option<&'static Log> = match log {
        AccessLog::Off => None,
        AccessLog::Stderr => Some(Log::to_stderr()),
        AccessLog::File(path) => {
            let (file, flag) = LogFile::open(path.clone()).map_err(io::Error::other)?;
            is_stale = flag;
            // Leaked, because this one log is in use until the process ends.
            Some(Box::leak(Box::new(Log::new(file))))
        }
    };
    tokio::spawn(async move {
        while reopen.recv().await.is_some() {
            is_stale.store(true, Relaxed);
        }
    });
    Ok(log)
}

/// Appending keeps the lines of several workers whole, because the system moves to the end and writes
/// in one step (open(2), `O_APPEND`).
fn open_end(path: &Path) -> io::Result<File> {
    // Don't wait for a reader, if it is a named pipe.
    let at_once = OFlags::NONBLOCK.bits() as i32;
    let file = OpenOptions::new().create(true).append(true).custom_flags(at_once).open(path)?;
    fcntl_setfl(&file, OFlags::APPEND)?;
    Ok(file)
}

impl Write for LogFile {
    /// Writes a line whole, or loses it. Only the first lost line is reported on standard error.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.is_stale.swap(false, Relaxed) {
            // If the file can't be opened again, the old one is better than none.
            if let Ok(file) = open_end(&self.path) {
                self.file = file;
            }
        }
        let written = self.append(line);
        if let (Err(error), false) = (&written, self.is_losing) {
            let path = self.path.display();
            log(format_args!("the access log {path} loses lines until it can be written: {error}"));
        }
        self.is_losing = written.is_err();
        written.map(|()| line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn after_a_rotation_the_next_line_is_in_a_new_file() {
        let path = std::env::temp_dir().join(format!("rotated-{}.log", std::process::id()));
        let moved = path.with_extension("1");
        let (mut log, is_stale) = LogFile::open(path.clone()).unwrap();
        log.write_all(b"one\n").unwrap();
        fs::rename(&path, &moved).unwrap();
        log.write_all(b"two\n").unwrap();
        is_stale.store(true, Relaxed);
        log.write_all(b"three\n").unwrap();
        assert_eq!(fs::read_to_string(&moved).unwrap(), "one\ntwo\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "three\n");
        fs::remove_file(path).and(fs::remove_file(moved)).unwrap();
    }
}
