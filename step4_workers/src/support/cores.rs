//! How many workers: the chapter's formula.

use std::thread::available_parallelism;

/// The most workers there can be.
pub const MAX_WORKERS: usize = 256;

/// Gunicorn's recommendation, 2 × cores + 1: while one worker of a core waits, for a disk or for
/// another server, its neighbour computes. The bench `workers` shows what it is worth for a server
/// that only computes.
pub fn workers_for(cores: usize) -> usize {
    (2 * cores + 1).min(MAX_WORKERS)
}

/// The cores that this process may use, as std sees them: those of its affinity mask, and no more
/// than its container's quota pays for.
pub fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}
