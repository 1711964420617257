//! Solution: an LRU's hit ratio from its characteristic time.

/// The probability that a key with this rate was requested within the last `time` seconds.
fn is_in_cache(rate: f64, time: f64) -> f64 {
    1.0 - (-rate * time).exp()
}

/// How many seconds an entry that is not requested again stays in an LRU of this capacity.
///
/// `rates` has the requests per second of each key, all above 0. The time is infinite if there is
/// room for all keys.
pub fn characteristic_time(rates: &[f64], capacity: usize) -> f64 {
    if capacity >= rates.len() {
        return f64::INFINITY;
    }
    let entries = |time| rates.iter().map(|rate| is_in_cache(*rate, time)).sum::<f64>();
    let (mut too_short, mut too_long) = (0.0, 1.0);
    while entries(too_long) < capacity as f64 {
        too_long *= 2.0;
    }
    // Each round halves the interval, so 60 rounds are as exact as a float can be.
    for _ in 0..60 {
        let middle = (too_short + too_long) / 2.0;
        if entries(middle) < capacity as f64 {
            too_short = middle;
        } else {
            too_long = middle;
        }
    }
    too_long
}

/// The share of hits, 0.0..=1.0, among the requests to an LRU of this capacity.
pub fn hit_ratio(rates: &[f64], capacity: usize) -> f64 {
    let time = characteristic_time(rates, capacity);
    let hits = rates.iter().map(|rate| rate * is_in_cache(*rate, time)).sum::<f64>();
    hits / rates.iter().sum::<f64>()
}

#[path = "../exercises/checks/characteristic_time.rs"]
mod check;
