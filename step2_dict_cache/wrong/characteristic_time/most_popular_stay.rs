//! Wrong: the cache is taken for one that has the most popular keys.
//!
//! Refused with: if the most popular keys were always in the cache

fn is_in_cache(rate: f64, time: f64) -> f64 {
    1.0 - (-rate * time).exp()
}

pub fn characteristic_time(rates: &[f64], capacity: usize) -> f64 {
    if capacity >= rates.len() {
        return f64::INFINITY;
    }
    let entries = |time| rates.iter().map(|rate| is_in_cache(*rate, time)).sum::<f64>();
    let (mut too_short, mut too_long) = (0.0, 1e6);
    for _ in 0..100 {
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
    let mut sorted = rates.to_vec();
    sorted.sort_unstable_by(|one, other| other.total_cmp(one));
    sorted.iter().take(capacity).sum::<f64>() / rates.iter().sum::<f64>()
}

#[path = "../../exercises/checks/characteristic_time.rs"]
mod check;
