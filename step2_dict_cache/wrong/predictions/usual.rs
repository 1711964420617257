//! Wrong: the most usual wrong prediction of each.
//!
//! Refused with: A hit is not a shorter computation
//!
//! Refused with: The first request stores its response only when it is computed
//!
//! Refused with: 99% less time is not 99% more responses
//!
//! Refused with: There is room for two responses, so not all three can still be stored in the
//! second round

pub fn hit_speedup() -> f64 {
    10.0
}

pub fn computations() -> f64 {
    1.0
}

pub fn responses_with_the_cache() -> f64 {
    2.0
}

pub fn hits() -> f64 {
    3.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
