//! Wrong: speeds are added up instead of times.
//!
//! Refused with: you added up speeds

pub fn gain(part: f64, faster: f64) -> f64 {
    part * faster + (1.0 - part)
}

pub fn most(part: f64) -> f64 {
    1.0 / (1.0 - part)
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
