//! Wrong: the second wrong prediction of each.
//!
//! Refused with: Its work is three numbers for each response, which takes about a microsecond
//!
//! Refused with: That is still far too much
//!
//! Refused with: That would be right for one thread
//!
//! Refused with: That is a good guess for a faster division, but the fix needs no division at all

pub fn function() -> &'static str {
    "the JSON serializer"
}

pub fn rest_percent() -> f64 {
    10.0
}

pub fn computing_percent() -> f64 {
    10.0
}

pub fn responses_after_the_fix() -> f64 {
    10.0
}

#[path = "../../exercises/checks/predictions.rs"]
mod check;
