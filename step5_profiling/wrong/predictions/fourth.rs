//! Wrong: the fourth wrong prediction of each.
//!
//! Refused with: A request needs only a few of them, and each one takes microseconds

pub fn function() -> &'static str {
    "the system calls"
}

pub fn rest_percent() -> f64 {
    0.5
}

pub fn computing_percent() -> f64 {
    20.0
}

pub fn responses_after_the_fix() -> f64 {
    127.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
