//! Solution: the predictions, as we measured them.
//!
//! Your machine may differ, but not by much in these figures. The guide explains each of them.

/// The function that uses the most CPU time.
pub fn function() -> &'static str {
    "is_prime"
}

/// How many percent of the CPU time everything but the counting of primes takes.
pub fn rest_percent() -> f64 {
    0.5
}

/// For how many percent of its time at the server a thread computes a request.
pub fn computing_percent() -> f64 {
    20.0
}

/// How many times as many responses per second the server sends after the fix.
pub fn responses_after_the_fix() -> f64 {
    127.0
}

#[path = "../exercises/checks/predictions.rs"]
mod check;
