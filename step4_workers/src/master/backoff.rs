//! Backing off: when workers keep dying before they are useful, the master starts them less often.
//!
//! Otherwise a lasting fault (a full disk, a bug at startup) would keep the machine busy with starts,
//! and take time from the other workers.

use std::time::Duration;

use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

/// How many workers in a row have died in the same place before they were useful.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures(u32);

impl Failures {
    /// The count after one more death.
    pub fn after(self, was_of_use: bool) -> Self {
        if was_of_use { Self(0) } else { Self(self.0.saturating_add(1)) }
    }

    /// The wait before the next start: nothing, then 100 ms, doubled with each death.
    pub fn delay(self) -> Duration {
        match self.0 {
            0 => Duration::ZERO,
            deaths => (FIRST * 2_u32.pow((deaths - 1).min(16))).min(LONGEST),
        }
    }
}

/// A worker's place that stays empty for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// When the next worker may start.
    pub until: Instant,
    /// The failures that the next worker inherits.
    pub failures: Failures,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_death_doubles_the_wait_up_to_30_s_and_a_useful_worker_resets_it() {
        let mut failures = Failures::default();
        assert_eq!(failures.delay(), Duration::ZERO);
        let waits: Vec<_> = (0..12)
            .map(|_| {
                failures = failures.after(false);
                failures.delay().as_millis()
            })
            .collect();
        assert_eq!(waits[..4], [100, 200, 400, 800]);
        assert_eq!(waits[8..], [25_600, 30_000, 30_000, 30_000]);
        assert_eq!(failures.after(true).delay(), Duration::ZERO);
        assert_eq!(Failures(u32::MAX).after(false).delay(), LONGEST);
    }
}
