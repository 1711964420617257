//! Solution: backing off.

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
        if lived >= GOOD_SERVICE {
            self.deaths = 0;
        }
        self.deaths = self.deaths.saturating_add(1);
        // Saturating: a worker that dies every 30 s has died more than 32 times before the hour is
        // over, and two to that power is more than a `u32` holds.
        let factor = 2_u32.saturating_pow(self.deaths - 1);
        FIRST.saturating_mul(factor).min(LONGEST)
    }
}

#[path = "../exercises/checks/backoff.rs"]
mod check;
