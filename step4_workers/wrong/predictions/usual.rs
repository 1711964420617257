//! Wrong: the most usual wrong prediction of each.
//!
//! Refused with: A worker finishes its requests before it stops, and new workers already listen on
//! the same port
//!
//! Refused with: A worker that computes needs a core of its own, and the others wait for their turn
//!
//! Refused with: A computation takes as long as before, but p99 is mostly a wait, and two workers
//! shorten the queue
//!
//! Refused with: That would be one cache for all

pub fn failed_requests() -> f64 {
    20.0
}

pub fn responses_of_8_workers() -> f64 {
    8.0
}

pub fn p99_ms() -> f64 {
    100.0
}

pub fn hits() -> f64 {
    55.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
