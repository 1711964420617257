//! # Exercise: your predictions
//!
//! Put your predictions from the section *Predict* of the guide here, before you measure anything.
//! Replace each `todo!()` with your number, or with the name in quotes, and write your reason in a
//! comment above it. Then measure, and after that run the check.
//!
//! **Why?** A wrong prediction shows you where your picture of the server is wrong. The check knows
//! the usual misunderstandings, and says which one fits your number. Do not change a number until
//! you know why it was wrong.
//!
//! Check your predictions with
//! `cargo test -p step5_profiling --test exercises predictions`.
//!
//! 한국어 과제: `README.ko.md`.

/// The function that uses the most CPU time.
pub fn function() -> &'static str {
    todo!("your prediction")
}

/// The percentage of the CPU time that goes to everything except counting primes.
pub fn rest_percent() -> f64 {
    todo!("your prediction")
}

/// The percentage of a request's time at the server in which a thread computes its response.
pub fn computing_percent() -> f64 {
    todo!("your prediction")
}

/// The responses per second after the fix, divided by those before.
pub fn responses_after_the_fix() -> f64 {
    todo!("your prediction")
}

#[path = "checks/predictions.rs"]
mod check;
