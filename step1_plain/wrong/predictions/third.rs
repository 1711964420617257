//! Wrong: the third wrong prediction of each.
//!
//! Refused with: That is right for computations of random length

pub fn responses_per_second() -> f64 {
    5.0
}

pub fn largest_by_smallest() -> f64 {
    10.0
}

pub fn healthz_seconds() -> f64 {
    1.3
}

pub fn computations() -> f64 {
    5.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
