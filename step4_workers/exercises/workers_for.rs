//! # Exercise: how many workers
//!
//! Return how many workers a machine should have. Gunicorn recommends 2 × cores + 1, but use fewer
//! if the memory has no room for that many. If there is no room for even one, return an error
//! message.
//!
//! **Why?** Workers share no data, so each of them takes its own memory. With one worker too many,
//! the system moves memory to the disk, which makes all of them slow, or it kills one of them.
//!
//! The server computes Gunicorn's formula in `src/support/cores.rs`. It does not look at the
//! memory, so you have to do that when you set `--workers`.
//!
//! Check your code with `cargo test -p step4_workers --test exercises workers_for`.

/// How many workers to start on a machine with this many cores, at least one. All workers together
/// have `memory_mib`, and each of them needs `worker_mib` (both in MiB).
///
/// # Errors
/// If there is no room for even one worker. The message is a sentence with both figures.
pub fn workers_for(cores: usize, memory_mib: usize, worker_mib: usize) -> Result<usize, String> {
    todo!("the smaller one of the formula and of what has room")
}

#[path = "checks/workers_for.rs"]
mod check;
