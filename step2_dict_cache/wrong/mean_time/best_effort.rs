//! Wrong: a mean that no hit ratio reaches gets the highest ratio.
//!
//! Refused with: so no hit ratio gives a mean of 500 µs

use std::time::Duration;

pub fn mean_time(hit_ratio: f64, hit: Duration, miss: Duration) -> Duration {
    hit.mul_f64(hit_ratio) + miss.mul_f64(1.0 - hit_ratio)
}

pub fn hit_ratio_for(wanted: Duration, hit: Duration, miss: Duration) -> Result<f64, String> {
    if miss <= wanted {
        return Ok(0.0);
    }
    if wanted < hit {
        return Ok(1.0);
    }
    Ok((miss - wanted).as_secs_f64() / (miss - hit).as_secs_f64())
}

#[path = "../../exercises/checks/mean_time.rs"]
mod check;
