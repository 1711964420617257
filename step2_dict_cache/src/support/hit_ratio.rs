//! The hit ratio, which has one definition: hits ÷ all requests to `/cached`.

/// The share of `requests` that were hits, 0.0..=1.0; 0 if there were none.
pub fn hit_ratio(hits: u64, requests: u64) -> f64 {
    if requests == 0 { 0.0 } else { hits as f64 / requests as f64 }
}
