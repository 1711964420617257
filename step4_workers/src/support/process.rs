//! What the system says of processes.

use std::{fs, iter, os::unix::process::ExitStatusExt, process::ExitStatus};

use rustix::process::{WaitOptions, wait};

/// Reaps the children that have ended, and says how. Among them may be some that this process never
/// started: process 1 of a container inherits the orphans of all others (pid_namespaces(7)).
pub fn reap() -> impl Iterator<Item = (u32, ExitStatus)> {
    iter::from_fn(|| {
        let (pid, status) = wait(WaitOptions::NOHANG).ok().flatten()?;
        Some((pid.as_raw_pid().cast_unsigned(), ExitStatus::from_raw(status.as_raw())))
    })
}

/// The resident memory of a process, in bytes; `None` where the system does not tell.
pub fn resident_memory(pid: u64) -> Option<u64> {
    // proc_pid_status(5): `VmRSS`, in kB.
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
