//! File descriptors across `exec`: how a program uses the descriptors that its starter has open.
//!
//! By default, Rust closes every descriptor when it starts another program. A descriptor that stays
//! open has the same number on both sides, and the environment passes this number on.

use std::{
    collections::BTreeSet,
    env,
    io::{self, Error},
    os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
    sync::{Mutex, PoisonError},
};

use rustix::io::{FdFlags, fcntl_setfd};
use serde::{Deserialize, Serialize};

use crate::support::config::Config;

/// The settings, as JSON. Only processes of the same user can read the environment.
const SETTINGS: &str = "STEP4_SETTINGS";
/// The numbers of the [`Descriptors`], as JSON.
const INHERITANCE: &str = "STEP4_INHERITANCE";

/// The number of a worker's slot, and the file descriptors that it inherits: on the master's side the
/// descriptors, and on the worker's side their numbers.
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "a worker's `Inheritance` says what they are")]
pub struct Descriptors<Fd> {
    pub slot: usize,
    pub board: Fd,
    pub control: Fd,
    pub memory: Fd,
    pub sockets: Vec<Fd>,
    pub mailboxes: Vec<[Fd; 2]>,
}

impl<'a> Descriptors<BorrowedFd<'a>> {
    /// All of them.
    pub fn all(&self) -> Vec<BorrowedFd<'a>> {
        let some = [self.board, self.control, self.memory].into_iter();
        let all = some.chain(self.sockets.iter().copied());
        all.chain(self.mailboxes.iter().flatten().copied()).collect()
    }

    /// The environment variables that pass their numbers and the settings to a worker.
    pub fn environment(&self, config: &Config) -> [(&'static str, String); 2] {
        let numbers = Descriptors {
            slot: self.slot,
            board: self.board.as_raw_fd(),
            control: self.control.as_raw_fd(),
            memory: self.memory.as_raw_fd(),
            sockets: self.sockets.iter().map(AsRawFd::as_raw_fd).collect(),
            mailboxes: self.mailboxes.iter().map(|ends| ends.map(|end| end.as_raw_fd())).collect(),
        };
        let numbers = serde_json::to_string(&numbers).expect("numbers have a JSON form");
        [(INHERITANCE, numbers), (SETTINGS, config.json.clone())]
    }
}

/// The numbers and settings in the environment; `None` if this process is not a worker.
///
/// # Errors
/// If the master has another version.
pub fn inherited_numbers() -> Option<serde_json::Result<(Descriptors<RawFd>, Config)>> {
    let numbers = env::var(INHERITANCE).ok()?;
    let settings = env::var(SETTINGS).unwrap_or_default();
    Some(serde_json::from_str(&numbers).and_then(|it| Ok((it, Config::from_json(settings)?))))
}

/// Calls `start`. A program that it starts has these descriptors open under the same numbers, but a
/// program that starts before or after does not. Otherwise such a program would hold the
/// port.
///
/// # Errors
/// The system's error, or the error of `start`.
pub fn bequeath<T>(fds: &[BorrowedFd<'_>], start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let set = |flags| fds.iter().try_for_each(|fd| fcntl_setfd(fd, flags));
    let started = set(FdFlags::empty()).map_err(Error::from).and_then(|()| start());
    set(FdFlags::CLOEXEC)?;
    started
}

/// Takes over the starter's descriptor with this number. No child of this process inherits it.
///
/// # Errors
/// When it is not open, or already taken: a descriptor has one owner, who closes it.
#[allow(unsafe_code, reason = "the system hands descriptors on as bare numbers")]
pub fn inherit(number: RawFd) -> io::Result<OwnedFd> {
    static TAKEN: Mutex<BTreeSet<RawFd>> = Mutex::new(BTreeSet::new());
    // 0, 1 and 2 are std's.
    if number < 3 || !TAKEN.lock().unwrap_or_else(PoisonError::into_inner).insert(number) {
        return Err(Error::other(format!("file descriptor {number} is already in use")));
    }
    // SAFETY: the number is above 2, so it is not -1. The borrow is for one call, which fails if the
    // descriptor is not open.
    fcntl_setfd(unsafe { BorrowedFd::borrow_raw(number) }, FdFlags::CLOEXEC)
        .map_err(|error| Error::other(format!("file descriptor {number} is not open: {error}")))?;
    // SAFETY: the last call shows that it is open. This program did not open it. Its starter named the
    // number in the environment to give it away, and `TAKEN` allows one owner only.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        io::Read,
        os::fd::{AsFd, AsRawFd, IntoRawFd},
        process::Command,
    };

    use super::*;

    #[test]
    fn a_started_program_inherits_the_descriptors_and_the_next_one_does_not() {
        let (reader, writer) = io::pipe().unwrap();
        let number = writer.as_raw_fd();
        let says_hello = || {
            let script = format!("echo hello >&{number}");
            Command::new("sh").args(["-c", &script]).stderr(std::process::Stdio::null()).status()
        };
        assert!(bequeath(&[writer.as_fd()], says_hello).unwrap().success());
        assert!(!says_hello().unwrap().success(), "it has none");
        drop(writer);
        assert_eq!(io::read_to_string(reader).unwrap(), "hello\n");
    }

    #[test]
    fn an_inherited_descriptor_can_be_taken_once() {
        let (mut reader, writer) = io::pipe().unwrap();
        let number = writer.into_raw_fd();
        let taken = File::from(inherit(number).unwrap());
        assert!(inherit(number).unwrap_err().to_string().contains("already in use"));
        drop(taken); // The only writer: the reader sees the end.
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn a_number_without_an_inherited_descriptor_is_refused() {
        for number in [-1, 0, 2, 9_999] {
            assert!(inherit(number).is_err(), "{number}");
        }
    }
}
