//! Wrong: an upper limit that is high enough for a busy site is taken for one that always is.
//!
//! Refused with: double the upper limit until it is high enough

fn is_in_cache(rate: f64, time: f64) -> f64 {
    1.0 - (-rate * time).exp()
}

pub fn characteristic_time(rates: &[f64], capacity: usize) -> f64 {
    if capacity >= rates.len() {
        return f64::INFINITY;
    }
    let entries = |time| rates.iter().map(|rate| is_in_cache(*rate, time)).sum::<f64>();
    let (mut too_short, mut too_long) = (0.0, 10_000.0);
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

pub fn hit_ratio(rates: &[f64], capacity: usize) -> f64 {
    let time = characteristic_time(rates, capacity);
    let hits = rates.iter().map(|rate| rate * is_in_cache(*rate, time)).sum::<f64>();
    hits / rates.iter().sum::<f64>()
}

#[path = "../../exercises/checks/characteristic_time.rs"]
mod check;
