//! A log file that can be opened anew: whoever rotates logs moves the file away, then sends USR1.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use rustix::fs::{OFlags, fcntl_setfl};

/// The end of a file, as a place to write to.
pub struct LogFile {
    path: PathBuf,
    file: File,
    is_stale: Arc<AtomicBool>,
}

impl LogFile {
    /// Opens the file, which is made if it is not there. The flag is for asking to open it anew.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    pub fn open(path: PathBuf) -> Result<(Self, Arc<AtomicBool>), String> {
        let is_stale = Arc::new(AtomicBool::new(false));
        let file = append(&path).map_err(|error| {
            let path = path.display();
            format!("cannot write the access log {path}: {error}; choose another file")
        })?;
        Ok((Self { path, file, is_stale: is_stale.clone() }, is_stale))
    }
}

/// Appending is what makes whole lines of several workers: the system moves to the end and writes in
/// one step (open(2), `O_APPEND`).
fn append(path: &PathBuf) -> io::Result<File> {
    // Without waiting for a reader, if it is a named pipe.
    let at_once = OFlags::NONBLOCK.bits() as i32;
    let file = OpenOptions::new().create(true).append(true).custom_flags(at_once).open(path)?;
    fcntl_setfl(&file, OFlags::APPEND)?;
    Ok(file)
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_stale.swap(false, Relaxed) {
            // Where it can't be opened any more, the one that is open is better than none.
            if let Ok(file) = append(&self.path) {
                self.file = file;
            }
        }
        self.file.write(bytes)
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
