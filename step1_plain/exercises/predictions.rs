//! # Exercise: your predictions
//!
//! Put your predictions from the section *Predict* of the guide here, before you measure anything.
//! Replace each `todo!()` with your number, and write your reason in a comment above it. Then
//! measure, and after that run the check.
//!
//! **Why?** A wrong prediction shows you where your picture of the server is wrong. The check knows
//! the usual misunderstandings, and says which one fits your number. Do not change a number until
//! you know why it was wrong.
//!
//! Check your predictions with
//! `cargo test -p step1_plain --test exercises predictions`.
//!
//! 한국어 과제: `README.ko.md`.

/// How many responses per second ten clients get together, if one alone gets 5.
pub fn responses_per_second() -> f64 {
    todo!("your prediction")
}

/// The largest `X-Process-Time` of ten requests at the same moment, divided by the smallest.
pub fn largest_by_smallest() -> f64 {
    todo!("your prediction")
}

/// How many seconds a client waits for `/healthz`, if all handlers run on one thread.
pub fn healthz_seconds() -> f64 {
    todo!("your prediction")
}

/// How long a request takes on average, wait included, if the server is busy 80% of the time. One
/// computation counts as 1.
pub fn computations() -> f64 {
    todo!("your prediction")
}

#[path = "checks/predictions.rs"]
mod check;
