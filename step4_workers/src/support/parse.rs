//! How the value of a setting is read, and what to write instead of a wrong one.

use std::time::Duration;

use step1_plain::support::{args::parse_duration, http::query::whole_number};

use crate::support::cores::{MAX_WORKERS, cores, workers_for};

/// A whole number in these bounds.
///
/// # Errors
/// What to write instead.
pub fn number(text: &str, least: u64, most: u64) -> Result<u64, String> {
    whole_number(text, least..=most).map_err(|_| match most {
        u64::MAX => format!("write a whole number from {least}"),
        most => format!("write a whole number from {least} to {most}"),
    })
}

/// A number of workers, or `auto`.
///
/// # Errors
/// What to write instead.
pub fn workers(text: &str) -> Result<usize, String> {
    match text {
        "auto" => Ok(workers_for(cores())),
        text => number(text, 1, MAX_WORKERS as u64)
            .map(|workers| workers as usize)
            .map_err(|allowed| format!("{allowed}, or auto for 2 × cores + 1")),
    }
}

/// A day is longer than any of these should be, and far from where clocks overflow.
const MAX_DURATION: Duration = Duration::from_secs(24 * 60 * 60);

/// A time, zero included.
///
/// # Errors
/// What to write instead.
pub fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).filter(|duration| *duration <= MAX_DURATION).ok_or_else(|| {
        "write a time from 0 to 24h, such as 500ms, 30s or 1m; a plain number is seconds".to_owned()
    })
}

/// A time of one second at least, or zero for none. In less, a busy machine's event loops look stuck.
///
/// # Errors
/// What to write instead.
pub fn timeout(text: &str) -> Result<Option<Duration>, String> {
    duration(text)
        .ok()
        .filter(|duration| duration.is_zero() || duration.as_secs() > 0)
        .map(|duration| Some(duration).filter(|duration| !duration.is_zero()))
        .ok_or_else(|| "write a time from 1s to 24h, such as 30s, or 0 for ever".to_owned())
}
