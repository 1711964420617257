//! `--pid FILE`: the master's process id, for scripts that send it signals.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process,
    rc::Rc,
};

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};

/// The file, which exists as long as this value.
#[derive(Debug)]
pub struct PidFile(PathBuf);

impl PidFile {
    /// Writes the file, and replaces a stale one.
    ///
    /// # Errors
    /// A sentence that names the problem and the fix: when the process in the file is alive, when the
    /// file holds no number, and when it can't be written.
    pub fn write(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        match read(path) {
            Ok(text) => match text.trim().parse::<i32>() {
                Ok(pid) if is_another_process(pid) => {
                    return Err(format!(
                        "{shown} says that a server is running ({pid}); if it is not, the file is \
                         stale: remove it, or choose another --pid"
                    ));
                }
                Err(_) if !text.trim().is_empty() => {
                    return Err(format!("{shown} is not a pid file; choose another --pid"));
                }
                _ => {}
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(format!("cannot read {shown}: {error}; choose another --pid"));
            }
        }
        put(path)
            .map_err(|error| format!("cannot write {shown}: {error}; choose another --pid"))?;
        Ok(Self(path.to_owned()))
    }
}

/// Writes under another name first, so that no reader finds half of it.
fn put(path: &Path) -> io::Result<()> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(format!(".{}", process::id()));
    // Create a new file, so that no other user can redirect the write with a link.
    let mut file = File::create_new(&fresh)?;
    let written = writeln!(file, "{}", process::id()).and_then(|()| fs::rename(&fresh, path));
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    written
}

/// The file at this path: the one that is `open`, if it is there, or a new one.
///
/// # Errors
/// A sentence that says what is wrong and what to do.
pub fn pid_file(
    path: Option<&Path>,
    open: Option<&Rc<PidFile>>,
) -> Result<Option<Rc<PidFile>>, String> {
    match (path, open) {
        (Some(path), Some(open)) if open.0 == path => Ok(Some(open.clone())),
        _ => path.map(|path| PidFile::write(path).map(Rc::new)).transpose(),
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // Only if it is still ours.
        if fs::read_to_string(&self.0).is_ok_and(|text| text.trim() == process::id().to_string()) {
            let _ = fs::remove_file(&self.0);
        }
    }
}

/// The beginning of the file, which is the whole of a pid file.
fn read(path: &Path) -> io::Result<String> {
    // Check the type before opening it, because opening a pipe waits for a writer.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut text = String::new();
    File::open(path)?.take(64).read_to_string(&mut text)?;
    Ok(text)
}

/// (In a container, every master is process 1, so a stale file there names the master itself.)
fn is_another_process(pid: i32) -> bool {
    if pid <= 0 || pid.unsigned_abs() == process::id() {
        return false;
    }
    // "Not permitted" means that the process is alive.
    Pid::from_raw(pid).is_some_and(|process| test_kill_process(process) != Err(Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("{name}-{}.pid", process::id()));
        let _ = fs::remove_file(&path);
        path
    }

    #[test]
    fn the_file_exists_as_long_as_the_value() {
        let path = scratch("fresh");
        let file = PidFile::write(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", process::id()));
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn a_stale_file_is_overwritten_and_a_live_one_is_refused() {
        let path = scratch("stale");
        // Our own id, as after the restart of a container, and ids that no system gives out.
        for stale in [process::id().to_string(), "2147483647".to_owned(), "-5".to_owned()] {
            fs::write(&path, stale).unwrap();
            drop(PidFile::write(&path).unwrap());
        }
        let parent = std::os::unix::process::parent_id().to_string();
        fs::write(&path, &parent).unwrap();
        let refused = PidFile::write(&path).unwrap_err();
        assert!(refused.contains(&format!("running ({parent})")), "{refused}");
        assert!(refused.contains("stale: remove it"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), parent);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn other_files_and_the_pid_file_of_another_server_are_left_alone() {
        let path = scratch("precious");
        fs::write(&path, "precious").unwrap();
        assert!(PidFile::write(&path).unwrap_err().contains("not a pid file"));
        assert!(PidFile::write(Path::new("/dev/null")).unwrap_err().contains("not a regular file"));
        fs::remove_file(&path).unwrap();

        let file = PidFile::write(&path).unwrap();
        fs::write(&path, "1\n").unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "1\n");
        fs::remove_file(path).unwrap();
    }
}
