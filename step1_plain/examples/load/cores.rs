//! Finds out whether client and server share cores.

use std::{net::SocketAddr, thread::available_parallelism};

/// Returns a warning if the server is on this machine and this program may run on all cores.
///
/// On Linux, it can tell that this program is limited to some of the cores. It can't tell where the
/// server runs.
pub fn shared(address: SocketAddr) -> Option<String> {
    if !address.ip().to_canonical().is_loopback() || has_only_some_cores() {
        return None;
    }
    let cores = available_parallelism().map_or(1, usize::from);
    let apart = match cores {
        1 => "run one of them on another machine",
        _ if cfg!(not(target_os = "linux")) => "run one of them on another machine",
        _ => "start the server with `taskset -c 0` in front, and this program with `taskset -c 1`",
    };
    Some(format!(
        "client and server share the cores of this machine ({cores}), so each slows the other down; \
         {apart}"
    ))
}

/// Whether `taskset` or a similar tool has limited this program to some of the cores.
fn has_only_some_cores() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let online = std::fs::read_to_string("/sys/devices/system/cpu/online").unwrap_or_default();
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    // Both are lists such as 0-3,6.
    allowed.is_some_and(|allowed| allowed.trim() != online.trim())
}
