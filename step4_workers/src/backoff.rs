//! Backing off: a worker that dies again and again is started ever more rarely.
//!
//! One whose fault is passing is back at once. One whose fault stays (a full disk, a bug at every
//! start) would otherwise be started as fast as the machine can, and take the machine from those
//! who still work.

use std::time::Duration;

use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);
/// After so long a service, a death is a first death again.
const GOOD_SERVICE: Duration = Duration::from_secs(60);

/// How many times in a row a worker, its predecessor, and so on, died after short service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streak(u32);

impl Streak {
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
pub struct Vacancies(Vec<(Instant, Streak)>);

impl Vacancies {
    /// A worker with this streak died after so long a service. Returns how long its place stays
    /// empty.
    pub fn open(&mut self, streak: Streak, service: Duration, now: Instant) -> Duration {
        let streak = streak.after(service);
        self.0.push((now + streak.delay(), streak));
        streak.delay()
    }

    /// A place that may be filled now, for a worker who inherits the streak.
    pub fn take(&mut self, now: Instant) -> Option<Streak> {
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
        let (mut vacancies, mut now) = (Vacancies::default(), Instant::now());
        let mut streak = Streak::default();
        let mut waits = Vec::new();
        for _ in 0..12 {
            let wait = vacancies.open(streak, Duration::from_secs(1), now);
            assert_eq!(vacancies.take(now + wait - Duration::from_millis(1)), None);
            now = vacancies.next().unwrap();
            streak = vacancies.take(now).unwrap();
            waits.push(wait.as_millis());
        }
        assert_eq!(waits[..5], [100, 200, 400, 800, 1600]);
        assert_eq!(waits[8..], [25_600, 30_000, 30_000, 30_000]);
        assert!(vacancies.is_empty());
    }

    #[test]
    fn a_minutes_good_service_makes_up_for_all_before() {
        let (mut vacancies, now) = (Vacancies::default(), Instant::now());
        let wait = vacancies.open(Streak(9), GOOD_SERVICE, now);
        assert_eq!(wait, FIRST);
        assert_eq!(vacancies.take(now + wait), Some(Streak(1)));
    }

    #[test]
    fn one_place_backs_off_and_the_others_do_not() {
        let (mut vacancies, now) = (Vacancies::default(), Instant::now());
        vacancies.open(Streak(9), Duration::ZERO, now);
        vacancies.open(Streak::default(), Duration::ZERO, now);
        assert_eq!(vacancies.take(now + FIRST), Some(Streak(1)));
        assert_eq!(vacancies.take(now + FIRST), None);
        assert_eq!(vacancies.len(), 1);
    }
}
