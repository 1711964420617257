//! Wrong: the wait doubles without a limit.
//!
//! Refused with: a wait was longer than LONGEST

use std::time::Duration;

pub const FIRST: Duration = Duration::from_millis(100);
pub const LONGEST: Duration = Duration::from_secs(30);
pub const GOOD_SERVICE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub struct Backoff {
    deaths: u32,
}

impl Backoff {
    pub fn after_death(&mut self, lived: Duration) -> Duration {
        if lived >= GOOD_SERVICE {
            self.deaths = 0;
        }
        self.deaths = self.deaths.saturating_add(1);
        FIRST.saturating_mul(2_u32.saturating_pow(self.deaths - 1))
    }
}

#[path = "../../exercises/checks/backoff.rs"]
mod check;
