//! Solution: backing off.

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
        if lived >= GOOD_SERVICE {
            self.deaths = 0;
        }
        self.deaths = self.deaths.saturating_add(1);
        // Saturating, because a worker that dies every 30 s has died more than 32 times within an
        // hour, and 2³² does not fit into a `u32`.
        let factor = 2_u32.saturating_pow(self.deaths - 1);
        FIRST.saturating_mul(factor).min(LONGEST)
    }
}

#[path = "../exercises/checks/backoff.rs"]
mod check;
