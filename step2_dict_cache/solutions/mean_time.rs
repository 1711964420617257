//! Solution: the value of a hit ratio.

use std::time::Duration;

/// The mean response time when this share of the requests, 0.0..=1.0, are hits.
pub fn mean_time(hit_ratio: f64, hit: Duration, miss: Duration) -> Duration {
    hit.mul_f64(hit_ratio) + miss.mul_f64(1.0 - hit_ratio)
}

/// The smallest hit ratio, 0.0..=1.0, for a mean of `wanted` or less.
///
/// # Errors
/// If no hit ratio is enough. The message is a sentence with `wanted` and `hit`, written with
/// `{:?}`.
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
    // Here hit <= wanted < miss, so the divisor is not zero.
    Ok((miss - wanted).as_secs_f64() / (miss - hit).as_secs_f64())
}

#[path = "../exercises/checks/mean_time.rs"]
mod check;
