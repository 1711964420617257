//! Solution: Amdahl's law.

/// How many times as fast the whole becomes when `part` of its time (0.0..=1.0) becomes `faster`
/// times as fast. `faster` is above 0, and 2.0 means half the time.
pub fn gain(part: f64, faster: f64) -> f64 {
    1.0 / ((1.0 - part) + part / faster)
}

/// The upper limit of the gain. It is infinite if the part is everything.
pub fn most(part: f64) -> f64 {
    gain(part, f64::INFINITY)
}

/// How many times as fast the part has to become for the whole to become `wanted` times as fast
/// (1.0 or more), or `None` if no speed is enough. For a `wanted` of 1.0, any part can stay as it
/// is, so the result is 1.0.
pub fn faster_for(part: f64, wanted: f64) -> Option<f64> {
    if wanted <= 1.0 {
        return Some(1.0); // Nothing to do. Below, a part of 0 would divide 0 by 0.
    }
    // The whole may take 1 / wanted, and the rest already takes its time of that.
    let left = 1.0 / wanted - (1.0 - part);
    (left > 0.0).then(|| part / left)
}

#[path = "../exercises/checks/amdahl.rs"]
mod check;
