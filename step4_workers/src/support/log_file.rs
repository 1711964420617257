//! A log file that can be opened again: whoever rotates logs moves the file away, then sends USR1.

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

/// The end of a file, as a place to write to.
pub struct LogFile {
    path: PathBuf,
    file: File,
    is_stale: Arc<AtomicBool>,
    is_losing: bool,
}

impl LogFile {
    /// Opens the file, which is made if it is not there. The flag asks to open it again.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    pub fn open(path: PathBuf) -> Result<(Self, Arc<AtomicBool>), String> {
        let is_stale = Arc::new(AtomicBool::new(false));
        let file = open_end(&path).map_err(|error| {
            let path = path.display();
            format!("cannot write the access log {path}: {error}; choose another file")
        })?;
        Ok((Self { path, file, is_stale: is_stale.clone(), is_losing: false }, is_stale))
    }

    /// Writes this line or, if the disk is full, nothing of it.
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let written = self.file.write(line)?;
        self.file.write_all(&line[written..]).inspect_err(|_| {
            let _ = self.take_back(written as u64);
        })
    }

    /// Cuts off what was just written, unless another worker has written after it.
    fn take_back(&mut self, bytes: u64) -> io::Result<()> {
        let end = self.file.stream_position()?;
        match self.file.metadata()?.len() == end {
            true => self.file.set_len(end - bytes),
            false => Ok(()),
        }
    }
}

/// Whether the file that the settings name can be opened: better refused once, by the master, than by
/// each worker.
///
/// # Errors
/// A sentence that says what is wrong and what to do.
pub fn check_access_log(log: &AccessLog) -> Result<(), String> {
    match log {
        AccessLog::File(path) => LogFile::open(path.clone()).map(drop),
        _ => Ok(()),
    }
}

/// The access log that the settings ask for, which is opened again at each `reopen`.
///
/// # Errors
/// A sentence that says what is wrong and what to do.
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
            // Leaked: there is one, and it is in use to the end of the process.
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

/// Appending is what makes whole lines of several workers: the system moves to the end and writes in
/// one step (open(2), `O_APPEND`).
fn open_end(path: &Path) -> io::Result<File> {
    // Without waiting for a reader, if it is a named pipe.
    let at_once = OFlags::NONBLOCK.bits() as i32;
    let file = OpenOptions::new().create(true).append(true).custom_flags(at_once).open(path)?;
    fcntl_setfl(&file, OFlags::APPEND)?;
    Ok(file)
}

impl Write for LogFile {
    /// A line is written whole or lost. The first of those that are lost is said on standard error.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.is_stale.swap(false, Relaxed) {
            // Where it can't be opened any more, the one that is open is better than none.
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
