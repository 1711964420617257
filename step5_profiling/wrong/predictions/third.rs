//! Wrong: the third wrong prediction of each.
//!
//! Refused with: It reads and writes a few hundred bytes for each response, but one computation
//! takes milliseconds

pub fn function() -> &'static str {
    "the HTTP library"
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
