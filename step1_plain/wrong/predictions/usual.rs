//! Wrong: the most usual wrong prediction of each.
//!
//! Refused with: Ten clients send more requests, but they share one thread that computes
//!
//! Refused with: All ten computations take the same time, but the header also includes the wait in
//! the queue
//!
//! Refused with: The handler of `/healthz` is quick once it runs, but it needs the thread that is
//! busy with `/slow`
//!
//! Refused with: The server is idle 20% of the time, but random requests often come together and
//! then wait for each other

pub fn responses_per_second() -> f64 {
    50.0
}

pub fn largest_by_smallest() -> f64 {
    1.0
}

pub fn healthz_seconds() -> f64 {
    0.0
}

pub fn computations() -> f64 {
    1.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
