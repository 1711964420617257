//! Wrong: the second wrong prediction of each.
//!
//! Refused with: That may be right by the clock of a client
//!
//! Refused with: A request is a hit only if the response is stored when it arrives
//!
//! Refused with: That is for hits alone
//!
//! Refused with: Room for two of three does not mean that two stay

pub fn hit_speedup() -> f64 {
    400.0
}

pub fn computations() -> f64 {
    2.0
}

pub fn responses_with_the_cache() -> f64 {
    3_800.0
}

pub fn hits() -> f64 {
    2.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
