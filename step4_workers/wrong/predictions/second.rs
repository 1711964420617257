//! Wrong: the second wrong prediction of each.
//!
//! Refused with: There is no moment without a worker
//!
//! Refused with: Each worker is a process with a compute thread of its own, so two of them can
//! compute at once
//!
//! Refused with: That would be a computation without any wait
//!
//! Refused with: You divided the hits by the number of workers

pub fn failed_requests() -> f64 {
    1_000.0
}

pub fn responses_of_8_workers() -> f64 {
    1.0
}

pub fn p99_ms() -> f64 {
    16.0
}

pub fn hits() -> f64 {
    15.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
