//! Wrong: the second wrong prediction of each.
//!
//! Refused with: That is the first request alone, but a response also expires and has to be
//! computed again
//!
//! Refused with: You multiplied by the TTL, but a longer TTL means fewer misses, not more
//!
//! Refused with: The later requests find either the stored response or the running computation
//!
//! Refused with: The cache of the browser is empty at first, so at least one request has to reach
//! the server
//!
//! Refused with: That is nearer to the mean

pub fn misses_with_1s() -> f64 {
    1.0
}

pub fn misses_with_3s() -> f64 {
    36.0
}

pub fn computations() -> f64 {
    2.0
}

pub fn requests_that_reach_the_server() -> f64 {
    0.0
}

pub fn p99_ms() -> f64 {
    20.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
