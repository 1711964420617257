//! Wrong: times are taken for whole milliseconds.
//!
//! Refused with: keep the fractions of a millisecond

use std::time::Duration;

pub fn mean_time(hit_ratio: f64, hit: Duration, miss: Duration) -> Duration {
    let [hit, miss] = [hit, miss].map(|time| time.as_millis() as f64);
    Duration::from_millis((hit * hit_ratio + miss * (1.0 - hit_ratio)).round() as u64)
}

pub fn hit_ratio_for(wanted: Duration, hit: Duration, miss: Duration) -> Result<f64, String> {
    if miss <= wanted {
        return Ok(0.0);
    }
    if wanted < hit {
        return Err(format!(
            "no hit ratio gives a mean of {wanted:?} while a hit takes {hit:?}: make hits faster, or \
             allow more time"
        ));
    }
    Ok((miss - wanted).as_secs_f64() / (miss - hit).as_secs_f64())
}

#[path = "../../exercises/checks/mean_time.rs"]
mod check;
