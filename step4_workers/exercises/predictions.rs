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
//! `cargo test -p step4_workers --test exercises predictions`.
//!
//! 한국어 과제: `README.ko.md`.

/// How many requests fail while the master replaces every worker, twice.
pub fn failed_requests() -> f64 {
    todo!("your prediction")
}

/// The `/slow` responses per second of 8 workers, divided by those of 1 worker, on 2 cores.
pub fn responses_of_8_workers() -> f64 {
    todo!("your prediction")
}

/// The p99 with two workers, in milliseconds, if it is 100 ms with one.
pub fn p99_ms() -> f64 {
    todo!("your prediction")
}

/// How many of 60 requests are hits, with four private caches and five different `n`.
pub fn hits() -> f64 {
    todo!("your prediction")
}

#[path = "checks/predictions.rs"]
mod check;
