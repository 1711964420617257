//! Wrong: the most usual wrong prediction of each.
//!
//! Refused with: That is every request
//!
//! Refused with: You divided the requests by the TTL
//!
//! Refused with: That was step 2
//!
//! Refused with: The response says how long it may be used, so the browser does not need to send
//! each request
//!
//! Refused with: You counted the misses, which are rarer than 1%

pub fn misses_with_1s() -> f64 {
    120.0
}

pub fn misses_with_3s() -> f64 {
    40.0
}

pub fn computations() -> f64 {
    6.0
}

pub fn requests_that_reach_the_server() -> f64 {
    20.0
}

pub fn p99_ms() -> f64 {
    1.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
