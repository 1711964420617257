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
//! `cargo test -p step3_ttl_cache --test exercises predictions`.
//!
//! 한국어 과제: `README.ko.md`.

/// How many of the requests in 12 s are misses, with a TTL of 1 s.
pub fn misses_with_1s() -> f64 {
    todo!("your prediction")
}

/// How many of them are misses, with a TTL of 3 s.
pub fn misses_with_3s() -> f64 {
    todo!("your prediction")
}

/// How many times the server computes a response that six clients request at the same moment.
pub fn computations() -> f64 {
    todo!("your prediction")
}

/// How many of a browser's 20 requests reach the server.
pub fn requests_that_reach_the_server() -> f64 {
    todo!("your prediction")
}

/// The p99 of 200 requests per second, in milliseconds, with a TTL of 1 s.
pub fn p99_ms() -> f64 {
    todo!("your prediction")
}

#[path = "checks/predictions.rs"]
mod check;
