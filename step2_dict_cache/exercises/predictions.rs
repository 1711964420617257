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
//! `cargo test -p step2_dict_cache --test exercises predictions`.
//!
//! 한국어 과제: `README.ko.md`.

/// The `X-Process-Time` of a miss, divided by that of a hit.
pub fn hit_speedup() -> f64 {
    todo!("your prediction")
}

/// How many times the server computes a response that 32 clients request at the same moment, with
/// an empty cache.
pub fn computations() -> f64 {
    todo!("your prediction")
}

/// The responses per second with a hit ratio of 99%, divided by those without a cache.
pub fn responses_with_the_cache() -> f64 {
    todo!("your prediction")
}

/// How many of the six requests are hits, if the cache has room for two of the three responses.
pub fn hits() -> f64 {
    todo!("your prediction")
}

#[path = "checks/predictions.rs"]
mod check;
