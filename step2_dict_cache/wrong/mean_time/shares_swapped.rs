//! Wrong: the hit ratio weighs the misses.
//!
//! Refused with: so the two shares are swapped

use std::time::Duration;

pub fn mean_time(hit_ratio: f64, hit: Duration, miss: Duration) -> Duration {
    miss.mul_f64(hit_ratio) + hit.mul_f64(1.0 - hit_ratio)
}

pub fn hit_ratio_for(wanted: Duration, hit: Duration, miss: Duration) -> Result<f64, String> {
    if miss <= wanted {
        return Ok(0.0);
    }
    if wanted < hit {
        return Err(format!("a hit takes {hit:?}, so no mean is {wanted:?}"));
    }
    Ok((miss - wanted).as_secs_f64() / (miss - hit).as_secs_f64())
}

#[path = "../../exercises/checks/mean_time.rs"]
mod check;
