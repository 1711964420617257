//! # Exercise: backing off
//!
//! Return how long a master should wait before it replaces a worker that died. The wait is
//! [`FIRST`], and doubles with each further death in a row, but is never longer than [`LONGEST`]. A
//! worker that lived for [`GOOD_SERVICE`] or longer resets the count, so its own death counts as
//! the first one again.
//!
//! **Why?** A master replaces a worker that dies. If the cause is gone, it is best to do so at
//! once. But if each worker dies at startup, because of a full disk or a typo, the master would
//! replace workers all the time, and the machine would do nothing else.
//!
//! The master does this in `src/master/backoff.rs`, with a separate count for each worker's place.
//!
//! Check your code with `cargo test -p step4_workers --test exercises backoff`.
//!
//! 한국어 과제: `README.ko.md`.

use std::time::Duration;

/// The wait after the first death.
pub const FIRST: Duration = Duration::from_millis(100);
/// The longest wait, even after many deaths.
pub const LONGEST: Duration = Duration::from_secs(30);
/// A worker that lived for this long did not die at startup.
pub const GOOD_SERVICE: Duration = Duration::from_secs(60);

/// Counts the deaths in a row of the workers in one place.
#[derive(Default)]
pub struct Backoff {
    deaths: u32,
}

impl Backoff {
    /// Counts the death of a worker that lived for this long. Returns how long to wait before its
    /// replacement.
    pub fn after_death(&mut self, lived: Duration) -> Duration {
        todo!("count the death, then double the wait for each death after the first")
    }
}

#[path = "checks/backoff.rs"]
mod check;
