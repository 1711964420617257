//! Solution: how many workers.

/// How many workers to start on a machine with this many cores, at least one. All workers together
/// have `memory_mib`, and each of them needs `worker_mib` (both in MiB).
///
/// # Errors
/// If there is no room for even one worker. The message is a sentence with both figures.
pub fn workers_for(cores: usize, memory_mib: usize, worker_mib: usize) -> Result<usize, String> {
    let recommended = 2 * cores + 1;
    // A worker that needs less than one MiB is not limited by memory.
    let room = memory_mib.checked_div(worker_mib).unwrap_or(recommended);
    if room == 0 {
        return Err(format!(
            "a worker needs {worker_mib} MiB and there are {memory_mib} MiB: add memory, or let a worker \
             keep less (--capacity)"
        ));
    }
    Ok(recommended.min(room))
}

#[path = "../exercises/checks/workers_for.rs"]
mod check;
