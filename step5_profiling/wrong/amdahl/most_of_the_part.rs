//! Wrong: the limit is taken from the part, not from the rest.
//!
//! Refused with: that is the gain when the rest takes no time

pub fn gain(part: f64, faster: f64) -> f64 {
    1.0 / ((1.0 - part) + part / faster)
}

pub fn most(part: f64) -> f64 {
    1.0 / part
}

pub fn faster_for(part: f64, wanted: f64) -> Option<f64> {
    if wanted <= 1.0 {
        return Some(1.0);
    }
    let left = 1.0 / wanted - (1.0 - part);
    (left > 0.0).then(|| part / left)
}

#[path = "../../exercises/checks/amdahl.rs"]
mod check;
