//! Wrong: the most usual wrong prediction of each.
//!
//! Refused with: It calls the function that does the work
//!
//! Refused with: You expect that a web server spends its time on the web
//!
//! Refused with: The threads are always busy, but a request is not
//!
//! Refused with: You expect the same work, done a little faster

pub fn function() -> &'static str {
    "count_primes"
}

pub fn rest_percent() -> f64 {
    50.0
}

pub fn computing_percent() -> f64 {
    100.0
}

pub fn responses_after_the_fix() -> f64 {
    2.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
