//! Wrong: the second wrong prediction of each.
//!
//! Refused with: That is the share of each single client
//!
//! Refused with: That would be the mean of the ten
//!
//! Refused with: That is the whole computation, but a part of it was over when the request for
//! `/healthz` came
//!
//! Refused with: You added the computation that is running at that moment

pub fn responses_per_second() -> f64 {
    0.5
}

pub fn largest_by_smallest() -> f64 {
    5.5
}

pub fn healthz_seconds() -> f64 {
    1.5
}

pub fn computations() -> f64 {
    1.8
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
