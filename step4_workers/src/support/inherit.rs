//! File descriptors across `exec`: how a started program gets at what its starter has open.
//!
//! Rust closes every descriptor when it starts another program, unless it is told to keep one. The
//! number is then the same on both sides, and travels in the environment.

use std::{
    collections::BTreeSet,
    io::{self, Error},
    os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
    sync::{Mutex, PoisonError},
};

use rustix::io::{FdFlags, fcntl_setfd};

/// Calls `start` with the numbers of these descriptors; a program that it starts has them open.
/// Another one, started before or after, has not: a socket that nobody knows of any more would
/// still keep its port taken.
///
/// # Errors
/// What the system says, and what `start` says.
pub fn bequeath<T>(
    fds: &[BorrowedFd<'_>],
    start: impl FnOnce(&[RawFd]) -> io::Result<T>,
) -> io::Result<T> {
    let set = |flags| fds.iter().try_for_each(|fd| fcntl_setfd(fd, flags));
    let numbers: Vec<_> = fds.iter().map(AsRawFd::as_raw_fd).collect();
    let started = set(FdFlags::empty()).map_err(Error::from).and_then(|()| start(&numbers));
    set(FdFlags::CLOEXEC)?;
    started
}

/// Takes over what the starter left open under this number; nobody else inherits it from here.
///
/// # Errors
/// When there is nothing, or it was taken already: a descriptor has one owner, who closes it.
#[allow(unsafe_code, reason = "the system hands descriptors on as bare numbers")]
pub fn inherit(number: RawFd) -> io::Result<OwnedFd> {
    static TAKEN: Mutex<BTreeSet<RawFd>> = Mutex::new(BTreeSet::new());
    // 0, 1 and 2 are std's.
    if number < 3 || !TAKEN.lock().unwrap_or_else(PoisonError::into_inner).insert(number) {
        return Err(Error::other(format!("file descriptor {number} belongs to somebody else")));
    }
    // SAFETY: the number is above 2, so it is not -1, and it is borrowed for a call that fails if
    // nothing is open under it.
    fcntl_setfd(unsafe { BorrowedFd::borrow_raw(number) }, FdFlags::CLOEXEC)
        .map_err(|error| Error::other(format!("file descriptor {number} is not open: {error}")))?;
    // SAFETY: it is open, as was just seen. This program did not open it, but found the number in
    // its environment, where its starter names what it gives away; and nobody takes it twice.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        io::Read,
        os::fd::{AsFd, IntoRawFd},
        process::Command,
    };

    use super::*;

    #[test]
    fn a_started_program_has_what_it_is_left_and_the_next_one_has_not() {
        let (reader, writer) = io::pipe().unwrap();
        let number = writer.as_raw_fd();
        let says_hello = || {
            let script = format!("echo hello >&{number}");
            Command::new("sh").args(["-c", &script]).stderr(std::process::Stdio::null()).status()
        };
        assert!(bequeath(&[writer.as_fd()], |_| says_hello()).unwrap().success());
        assert!(!says_hello().unwrap().success(), "it has none");
        drop(writer);
        assert_eq!(io::read_to_string(reader).unwrap(), "hello\n");
    }

    #[test]
    fn what_was_left_open_can_be_taken_once() {
        let (mut reader, writer) = io::pipe().unwrap();
        let number = writer.into_raw_fd();
        let taken = File::from(inherit(number).unwrap());
        assert!(inherit(number).unwrap_err().to_string().contains("somebody else"));
        drop(taken); // The only writer: the reader sees the end.
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    }

    #[test]
    fn a_number_with_nothing_behind_it_is_refused() {
        for number in [-1, 0, 2, 9_999] {
            assert!(inherit(number).is_err(), "{number}");
        }
    }
}
