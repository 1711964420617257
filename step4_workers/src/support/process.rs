//! The system's information about processes.

use std::{fs, iter, os::unix::process::ExitStatusExt, process::ExitStatus, time::SystemTime};

use rustix::process::{Signal, WaitOptions, wait};
use signal_hook::low_level::signal_name;

/// Reaps the children that have ended, and returns how. This process may not have started all of them:
/// process 1 of a container inherits all orphans (pid_namespaces(7)).
pub fn reap() -> impl Iterator<Item = (u32, ExitStatus)> {
    iter::from_fn(|| {
        let (pid, status) = wait(WaitOptions::NOHANG).ok().flatten()?;
        Some((pid.as_raw_pid().cast_unsigned(), ExitStatus::from_raw(status.as_raw())))
    })
}

/// How a process ended, in words. After an abort, the log already has the reason.
pub fn how_it_ended(status: ExitStatus, is_aborted: bool) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => {
            let name = signal_name(signal).unwrap_or("an unknown signal");
            let hint = match Signal::from_named_raw(signal) {
                Some(Signal::KILL) if !is_aborted => {
                    " (if it was not you, the system may be out of memory: dmesg)"
                }
                _ => "",
            };
            format!("was ended by {name}{hint}")
        }
        (None, None) => "ended".to_owned(),
    }
}

/// The resident memory of a process, in bytes; `None` where the system does not report it.
pub fn resident_memory(pid: u64) -> Option<u64> {
    // proc_pid_status(5): `VmRSS`, in kB.
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Seconds since 1970, the time that all processes agree on.
pub fn unix_time() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs())
}
