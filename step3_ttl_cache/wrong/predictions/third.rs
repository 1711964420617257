//! Wrong: the third wrong prediction of each.
//!
//! Refused with: No request would be a hit then

pub fn misses_with_1s() -> f64 {
    12.0
}

pub fn misses_with_3s() -> f64 {
    120.0
}

pub fn computations() -> f64 {
    1.0
}

pub fn requests_that_reach_the_server() -> f64 {
    1.0
}

pub fn p99_ms() -> f64 {
    185.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
