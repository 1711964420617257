//! Memory that several processes see: it has a descriptor, which a process can inherit, and no name,
//! so it is gone when the last of them is.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    ptr::{self, NonNull},
};

use rustix::{
    fs::{fstat, ftruncate},
    mm::{MapFlags, ProtFlags, mmap},
};

/// So many bytes, all of them zero. The name is for those who look at the process.
///
/// # Errors
/// When the system has no room for them.
pub fn create(name: &str, size: usize) -> io::Result<OwnedFd> {
    let memory = nameless(name)?;
    ftruncate(&memory, size as u64)?;
    Ok(memory)
}

/// How many bytes there are.
///
/// # Errors
/// What the system says.
pub fn size(memory: impl AsFd) -> io::Result<usize> {
    Ok(usize::try_from(fstat(memory)?.st_size).unwrap_or(0))
}

/// Where its first `size` bytes are to be found in this process, to the end of it. What is written
/// there is seen by all; beyond the end of the memory there is only SIGBUS.
///
/// # Errors
/// What the system says.
#[allow(unsafe_code, reason = "memory that processes share can only be had from the system")]
pub fn map(memory: impl AsFd, size: usize) -> io::Result<NonNull<u8>> {
    let rights = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: the system chooses a place where nothing is yet.
    let place = unsafe { mmap(ptr::null_mut(), size, rights, MapFlags::SHARED, memory, 0) }?;
    NonNull::new(place.cast()).ok_or_else(|| io::Error::other("memory at address 0"))
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn nameless(name: &str) -> io::Result<OwnedFd> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create(name, MemfdFlags::CLOEXEC)?)
}

/// Elsewhere it has a name at first, which is taken away at once.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn nameless(name: &str) -> io::Result<OwnedFd> {
    use rustix::{fs::Mode, shm};
    let name = format!("/{name}-{}", std::process::id());
    let flags = shm::OFlags::CREATE | shm::OFlags::EXCL | shm::OFlags::RDWR;
    let memory = shm::open(&name, flags, Mode::RUSR | Mode::WUSR)?;
    shm::unlink(&name)?;
    Ok(memory)
}
