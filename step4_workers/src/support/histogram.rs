//! A histogram of durations, with buckets like those of [HdrHistogram](https://hdrhistogram.org).
//!
//! Eight buckets of the same width divide each power of two, from 1 µs to 67 s. The middle of a bucket is
//! at most 6.25 % away from any duration in it. Eight more buckets divide the first microsecond, and the last
//! bucket also has all longer durations.

use std::time::Duration;

use serde::Serialize;

/// How many buckets there are.
pub const BUCKETS: usize = (8 * (POWERS + 1)) as usize;

/// The buckets end at 2<sup>26</sup> µs, which is 67 s.
const POWERS: u32 = 26;

/// The width of the narrowest buckets: an eighth of a microsecond.
const UNIT_NANOS: u64 = 125;

/// The number of a duration's bucket.
pub fn bucket(duration: Duration) -> usize {
    let units = (nanos(duration) / UNIT_NANOS).min((8 << POWERS) - 1);
    // Halve the number until it is less than 16. The number itself is then the bucket of its power.
    let halvings = (units | 8).ilog2() - 3;
    8 * halvings as usize + (units >> halvings) as usize
}

/// The shortest duration in a bucket. (For the number of buckets, it is where the last one ends.)
fn start(bucket: usize) -> Duration {
    let halvings = (bucket / 8).saturating_sub(1);
    let units = ((bucket - 8 * halvings) as u64) << halvings;
    Duration::from_nanos(UNIT_NANOS * units)
}

/// Nanoseconds, in a number that is large enough for 584 years.
pub fn nanos(duration: Duration) -> u64 {
    duration.as_nanos() as u64
}

/// How many durations were in each bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    /// The number of durations, by [`bucket`].
    pub counts: [u64; BUCKETS],
    /// The sum of all durations, in nanoseconds.
    pub nanos: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: [0; BUCKETS], nanos: 0 }
    }
}

impl Histogram {
    /// Counts one duration.
    #[cfg(test)]
    pub fn record(&mut self, duration: Duration) {
        self.counts[bucket(duration)] += 1;
        self.nanos += nanos(duration);
    }

    /// How many durations it has counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of all durations, in seconds.
    pub fn seconds(&self) -> f64 {
        self.nanos as f64 / 1e9
    }

    /// How many durations are shorter than 2<sup>`power`</sup> µs, where a bucket begins. `power` is at
    /// most 26.
    pub fn shorter_than_power(&self, power: u32) -> u64 {
        self.counts[..8 * (power as usize + 1)].iter().sum()
    }

    /// The duration that `per_mille` of all durations do not exceed: the middle of its bucket, by the
    /// nearest-rank method. `None` if there are no durations.
    pub fn percentile(&self, per_mille: u64) -> Option<Duration> {
        let rank = (self.count() * per_mille).div_ceil(1000).max(1);
        let mut so_far = 0;
        let bucket = self.counts.iter().position(|count| {
            so_far += count;
            so_far >= rank
        })?;
        Some((start(bucket) + start(bucket + 1)) / 2)
    }

    /// The usual percentiles, or `None` if there are no durations.
    pub fn percentiles(&self) -> Option<Percentiles> {
        let [p50, p90, p99, p99_9] = [500, 900, 990, 999].map(|at| self.percentile(at).map(millis));
        Some(Percentiles { p50: p50?, p90: p90?, p99: p99?, p99_9: p99_9? })
    }
}

/// Percentiles in milliseconds, with three significant digits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Percentiles {
    /// The median.
    pub p50: f64,
    /// Nine of ten are not longer.
    pub p90: f64,
    /// 99 of 100 are not longer.
    pub p99: f64,
    /// 999 of 1,000 are not longer.
    #[serde(rename = "p99.9")]
    pub p99_9: f64,
}

/// Milliseconds, with three significant digits, which is more than a bucket knows.
fn millis(duration: Duration) -> f64 {
    let millis = duration.as_secs_f64() * 1e3;
    format!("{millis:.2e}").parse().expect("it is a number in scientific notation")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(micros: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        micros.into_iter().for_each(|micros| histogram.record(Duration::from_micros(micros)));
        histogram
    }

    #[test]
    fn the_buckets_have_no_gap_and_no_overlap() {
        assert_eq!(start(0), Duration::ZERO);
        for index in 0..BUCKETS {
            let (from, to) = (start(index), start(index + 1));
            assert!(from < to, "{index}");
            assert_eq!(bucket(from), index, "{from:?}");
            assert_eq!(bucket(to - Duration::from_nanos(1)), index, "{to:?}");
        }
        assert_eq!(start(BUCKETS), Duration::from_micros(1 << POWERS));
        for longer in [start(BUCKETS), Duration::from_secs(3600), Duration::from_nanos(u64::MAX)] {
            assert_eq!(bucket(longer), BUCKETS - 1, "{longer:?}");
        }
    }

    #[test]
    fn from_1_us_the_middle_of_a_bucket_is_within_a_sixteenth_of_all_its_durations() {
        for index in 8..BUCKETS {
            let (from, to) = (start(index), start(index + 1));
            assert!((to - from) / 2 <= from / 16, "{from:?} to {to:?}");
        }
    }

    #[test]
    fn every_power_of_two_begins_a_bucket() {
        for power in 0..=POWERS {
            let bound = 1 << power;
            let counts = histogram([bound - 1, bound]).shorter_than_power(power);
            // The last bucket also has what is longer.
            assert_eq!(counts, if power < POWERS { 1 } else { 2 }, "2^{power} us");
        }
    }

    #[test]
    fn percentiles_of_a_known_list_are_within_a_sixteenth() {
        let list = histogram(1..=1000);
        for (per_mille, micros) in
            [(0, 1), (1, 1), (500, 500), (900, 900), (999, 999), (1000, 1000)]
        {
            let found = list.percentile(per_mille).unwrap();
            let error = found.abs_diff(Duration::from_micros(micros));
            assert!(error <= Duration::from_micros(micros) / 16, "{per_mille}: {found:?}");
        }
        assert_eq!((list.count(), list.seconds()), (1000, 0.5005));
    }

    #[test]
    fn a_percentile_is_the_value_at_the_nearest_rank() {
        let fast_or_slow =
            |fast, slow| histogram([10].repeat(fast).into_iter().chain([1_000_000].repeat(slow)));
        let is_slow = |histogram: &Histogram, per_mille| {
            histogram.percentile(per_mille).unwrap() > Duration::from_millis(500)
        };
        assert!(!is_slow(&fast_or_slow(99, 1), 990), "the 99th of 100");
        assert!(is_slow(&fast_or_slow(98, 2), 990));
        assert!(is_slow(&fast_or_slow(99, 1), 999), "the 100th of 100");
        assert!(!is_slow(&fast_or_slow(999, 1), 999), "the 999th of 1,000");
    }

    #[test]
    fn without_durations_there_are_no_percentiles() {
        let none = histogram([]);
        assert_eq!((none.count(), none.percentile(500), none.percentiles()), (0, None, None));
    }

    #[test]
    fn milliseconds_have_three_significant_digits() {
        for (nanos, shown) in [(7_812, 0.00781), (172_015_625, 172.0), (62_914_560_000, 62900.0)] {
            assert_eq!(millis(Duration::from_nanos(nanos)), shown);
        }
    }
}
