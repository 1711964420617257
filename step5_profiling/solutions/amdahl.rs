//! Solution: Amdahl's law.

/// How many times faster the whole becomes when `part` of its time (0.0..=1.0) is spent `faster` times
/// faster (above 0; 2.0 is in half the time).
pub fn gain(part: f64, faster: f64) -> f64 {
    1.0 / ((1.0 - part) + part / faster)
}

/// The gain that no speed of the part exceeds; infinite if the part is all.
pub fn most(part: f64) -> f64 {
    gain(part, f64::INFINITY)
}

/// How many times faster the part has to become for the whole to become `wanted` times faster (1.0 or
/// more); `None` if no speed, however great, is enough.
pub fn faster_for(part: f64, wanted: f64) -> Option<f64> {
    if wanted <= 1.0 {
        return Some(1.0); // As it is; a part of 0 would otherwise divide nothing by nothing.
    }
    // The whole may take 1 / wanted, and the rest takes its time of that anyway.
    let left = 1.0 / wanted - (1.0 - part);
    (left > 0.0).then(|| part / left)
}

#[path = "../exercises/checks/amdahl.rs"]
mod check;
