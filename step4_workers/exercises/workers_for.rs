//! # Exercise: how many workers
//!
//! Say how many workers a machine should have: as many as Gunicorn recommends, 2 × cores + 1, but no
//! more than its memory has room for. When not even one has room, say so in words.
//!
//! Why: workers share no data, so each takes memory of its own. One too many, and the system
//! moves memory to the disk and all of them become slow, or it ends one of them.
//!
//! For real: `src/support/cores.rs`, which leaves the memory to whoever sets `--workers`.
//!
//! Check: `cargo test -p step4_workers --test exercises workers_for`

/// How many workers to start on a machine with this many cores, with `memory_mib` for all workers
/// together, of which each needs `worker_mib` (both in MiB). At least one.
///
/// # Errors
/// When there is no room for even one: a sentence with both figures.
pub fn workers_for(cores: usize, memory_mib: usize, worker_mib: usize) -> Result<usize, String> {
    todo!("the smaller one of the formula and of what has room")
}

#[path = "checks/workers_for.rs"]
mod check;
