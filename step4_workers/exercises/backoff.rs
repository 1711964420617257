//! # Exercise: backing off
//!
//! Say how long the place of a worker that died stays empty: [`FIRST`], twice as long with each
//! further death in a row, but never longer than [`LONGEST`]. A worker that lived for [`GOOD_SERVICE`]
//! or longer makes up for the deaths before it, so its own is the first of a new row.
//!
//! Why: a master replaces a worker that dies. If the fault is gone, at once is best. If each worker
//! dies at its start (a full disk, a typo), at once means for ever, and the machine does nothing but
//! start workers.
//!
//! For real: `src/master/backoff.rs`, with one such count for each worker's place.
//!
//! Check: `cargo test -p step4_workers --test exercises backoff`

use std::time::Duration;

/// How long the first place stays empty.
pub const FIRST: Duration = Duration::from_millis(100);
/// However many died, a place does not stay empty longer.
pub const LONGEST: Duration = Duration::from_secs(30);
/// A worker that lived for so long did not die at its start.
pub const GOOD_SERVICE: Duration = Duration::from_secs(60);

/// The deaths in a row of the workers that had one place.
#[derive(Default)]
pub struct Backoff {
    deaths: u32,
}

impl Backoff {
    /// One more worker died, after it lived for so long. Returns how long its place stays empty.
    pub fn after_death(&mut self, lived: Duration) -> Duration {
        todo!("count the death, and double the wait for each in the row after the first")
    }
}

#[path = "checks/backoff.rs"]
mod check;
