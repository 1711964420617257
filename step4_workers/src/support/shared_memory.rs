//! Memory that several processes share. It has a descriptor, which a process can inherit, but no name.
//! So it is gone when the last process ends.

use std::{
    io,
    os::fd::OwnedFd,
    ptr,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use rustix::{
    fs::{fstat, ftruncate},
    mm::{MapFlags, ProtFlags, mmap},
};

/// Creates this many bytes, all zero. Only people who inspect the process see the name.
///
/// # Errors
/// When the system has no room for them.
pub fn create(name: &str, size: usize) -> io::Result<OwnedFd> {
    let memory = nameless(name)?;
    ftruncate(&memory, size as u64)?;
    Ok(memory)
}

/// A type that processes share.
///
/// # Safety
/// The type consists only of atomics, so any bytes are a valid value. Other processes may write to them
/// at any time.
#[allow(unsafe_code, reason = "only the type itself can know of what it consists")]
pub unsafe trait Shared: Sized + 'static {
    /// A different number for each version of the type.
    const LAYOUT: u64;

    /// The field for this number, which is 0 while the memory is new.
    fn layout(&self) -> &AtomicU64;
}

/// Maps the memory as a value of this type, until the process ends. A new value is all zeros.
///
/// # Errors
/// If another version of this program created the memory, or the process may not map so much.
#[allow(unsafe_code, reason = "memory that processes share can only be had from the system")]
pub fn map<T: Shared>(memory: &OwnedFd) -> io::Result<&'static T> {
    let other_version = || {
        io::Error::other(
            "the running master is of another version than this program: a reload cannot bridge \
             that, so stop the master and start it again",
        )
    };
    // Check before reading, because an access beyond the end of the memory raises SIGBUS.
    if usize::try_from(fstat(memory)?.st_size).unwrap_or(0) < size_of::<T>() {
        return Err(other_version());
    }
    let rights = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: the system chooses addresses that are not in use.
    let place =
        unsafe { mmap(ptr::null_mut(), size_of::<T>(), rights, MapFlags::SHARED, memory, 0) }?;
    // SAFETY: a mapping starts at a page, which is aligned enough. It has the size of `T`, for which
    // any bytes are valid. It lasts as long as the process, and no process makes the memory smaller.
    let value = unsafe { &*place.cast::<T>() };
    match value.layout().compare_exchange(0, T::LAYOUT, Relaxed, Relaxed) {
        Ok(_) => Ok(value),
        Err(layout) if layout == T::LAYOUT => Ok(value),
        Err(_) => Err(other_version()),
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn nameless(name: &str) -> io::Result<OwnedFd> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create(name, MemfdFlags::CLOEXEC)?)
}

/// Elsewhere, the memory has a name at first, which is removed at once.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn nameless(name: &str) -> io::Result<OwnedFd> {
    use rustix::{fs::Mode, shm};
    // In one process, tests create several at the same time.
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Relaxed);
    let name = format!("/{name}-{}-{number}", std::process::id());
    let flags = shm::OFlags::CREATE | shm::OFlags::EXCL | shm::OFlags::RDWR;
    let memory = shm::open(&name, flags, Mode::RUSR | Mode::WUSR)?;
    shm::unlink(&name)?;
    Ok(memory)
}
