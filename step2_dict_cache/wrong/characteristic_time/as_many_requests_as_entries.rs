//! Wrong: each request is taken for one for a new key.
//!
//! Refused with: you took the time of 3 requests

fn is_in_cache(rate: f64, time: f64) -> f64 {
    1.0 - (-rate * time).exp()
}

pub fn characteristic_time(rates: &[f64], capacity: usize) -> f64 {
    if capacity >= rates.len() {
        return f64::INFINITY;
    }
    capacity as f64 / rates.iter().sum::<f64>()
}

pub fn hit_ratio(rates: &[f64], capacity: usize) -> f64 {
    let time = characteristic_time(rates, capacity);
    let hits = rates.iter().map(|rate| rate * is_in_cache(*rate, time)).sum::<f64>();
    hits / rates.iter().sum::<f64>()
}

#[path = "../../exercises/checks/characteristic_time.rs"]
mod check;
