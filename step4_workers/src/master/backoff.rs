//! Backing off: a worker that dies again and again is started ever more rarely.
//!
//! A fault that passes costs 100 ms. One that stays (a full disk, a bug at every start) would
//! otherwise keep the machine busy with nothing but starting, while other workers have work to do.

use std::time::Duration;

use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);
/// A worker that served for so long starts a new count when it dies.
const GOOD_SERVICE: Duration = Duration::from_secs(60);

/// How many times in a row a worker, its predecessor, and so on, died after short service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures(u32);

impl Failures {
    /// One death more, after this long a service.
    fn after(self, service: Duration) -> Self {
        if service >= GOOD_SERVICE { Self(1) } else { Self(self.0.saturating_add(1)) }
    }

    /// How long to wait before the next one is started: 100 ms, doubled with each death.
    fn delay(self) -> Duration {
        let doublings = self.0.saturating_sub(1).min(16);
        (FIRST * 2_u32.pow(doublings)).min(LONGEST)
    }
}

/// The places of workers that died, and when each may be filled again.
#[derive(Default)]
pub struct PendingRestarts(Vec<(Instant, Failures)>);

impl PendingRestarts {
    /// A worker with such predecessors died after so long a service. Returns how long its place stays
    /// empty.
    pub fn open(&mut self, failures: Failures, service: Duration, now: Instant) -> Duration {
        let failures = failures.after(service);
        self.0.push((now + failures.delay(), failures));
        failures.delay()
    }

    /// A place that may be filled now, and the failures that its next worker inherits.
    pub fn take(&mut self, now: Instant) -> Option<Failures> {
        let index = self.0.iter().position(|(when, _)| *when <= now)?;
        Some(self.0.swap_remove(index).1)
    }

    /// When the next place may be filled.
    pub fn next(&self) -> Option<Instant> {
        self.0.iter().map(|(when, _)| *when).min()
    }

    /// How many places there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps no more than this many.
    pub fn truncate(&mut self, most: usize) {
        self.0.truncate(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_death_in_a_row_doubles_the_wait_up_to_half_a_minute() {
        let (mut pending, mut now) = (PendingRestarts::default(), Instant::now());
        let mut failures = Failures::default();
        let mut waits = Vec::new();
        for _ in 0..12 {
            let wait = pending.open(failures, Duration::from_secs(1), now);
            assert_eq!(pending.take(now + wait - Duration::from_millis(1)), None);
            now = pending.next().unwrap();
            failures = pending.take(now).unwrap();
            waits.push(wait.as_millis());
        }
        assert_eq!(waits[..5], [100, 200, 400, 800, 1600]);
        assert_eq!(waits[8..], [25_600, 30_000, 30_000, 30_000]);
        assert!(pending.is_empty());
    }

    #[test]
    fn a_minutes_good_service_makes_up_for_all_before() {
        let (mut pending, now) = (PendingRestarts::default(), Instant::now());
        let wait = pending.open(Failures(9), GOOD_SERVICE, now);
        assert_eq!(wait, FIRST);
        assert_eq!(pending.take(now + wait), Some(Failures(1)));
    }

    #[test]
    fn one_place_backs_off_and_the_others_do_not() {
        let (mut pending, now) = (PendingRestarts::default(), Instant::now());
        pending.open(Failures(9), Duration::ZERO, now);
        pending.open(Failures::default(), Duration::ZERO, now);
        assert_eq!(pending.take(now + FIRST), Some(Failures(1)));
        assert_eq!(pending.take(now + FIRST), None);
        assert_eq!(pending.len(), 1);
    }
}
