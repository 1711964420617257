//! Wrong: the third wrong prediction of each.
//!
//! Refused with: Each worker has three times as much time left to empty its queue
//!
//! Refused with: A worker that has computed a response does find it again

pub fn failed_requests() -> f64 {
    0.0
}

pub fn responses_of_8_workers() -> f64 {
    2.0
}

pub fn p99_ms() -> f64 {
    50.0
}

pub fn hits() -> f64 {
    0.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
