//! The number of workers, by the chapter's formula.

use std::thread::available_parallelism;

/// The largest number of workers.
pub const MAX_WORKERS: usize = 256;

/// Gunicorn's recommendation, 2 × cores + 1. While one worker of a core waits for a disk or another
/// server, its neighbour computes. The bench `workers` shows the gain for a server that only computes.
pub fn workers_for(cores: usize) -> usize {
    (2 * cores + 1).min(MAX_WORKERS)
}

/// The cores that this process may use, as std counts them. Its affinity mask and its container's quota
/// limit the number.
pub fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}
