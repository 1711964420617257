//! How fast events happen.

use std::time::Duration;

use tokio::time::Instant;

/// The number of events in 2.5 ms, estimated as a quarter of the recent number in 10 ms.
pub struct Pace {
    since: Instant,
    count: u64,
    lately: u64,
}

impl Pace {
    const PERIOD: Duration = Duration::from_millis(10);

    /// Begins with this count.
    pub fn new(count: u64) -> Self {
        Self { since: Instant::now(), count, lately: 0 }
    }

    /// The pace at this count.
    pub fn at(&mut self, count: u64) -> u64 {
        let elapsed = self.since.elapsed();
        if elapsed >= Self::PERIOD {
            // An old count says nothing about the current pace.
            self.lately = if elapsed < 2 * Self::PERIOD { count - self.count } else { 0 };
            (self.since, self.count) = (Instant::now(), count);
        }
        self.lately.max(count - self.count) / 4
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_pace_is_a_quarter_of_the_events_in_10_ms_and_soon_forgotten() {
        let mut pace = Pace::new(1_000);
        assert_eq!(pace.at(1_003), 0);
        assert_eq!(pace.at(1_040), 10);
        advance(Duration::from_millis(10)).await;
        assert_eq!(pace.at(1_080), 20);
        assert_eq!(pace.at(1_081), 20);
        advance(Duration::from_millis(15)).await;
        assert_eq!(pace.at(1_081), 0);
        advance(Duration::from_millis(50)).await;
        assert_eq!(pace.at(2_000), 0);
    }
}
