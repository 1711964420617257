//! Parsers for the values of settings. An error says what to write instead.

use std::{
    convert::Infallible, fmt::Display, ops::RangeInclusive, path::PathBuf, str::FromStr,
    time::Duration,
};

use step1_plain::support::{args::parse_duration, http::query::whole_number};

use crate::support::cores::{MAX_WORKERS, cores, workers_for};

/// A whole number in these bounds.
pub fn number<T: FromStr + PartialOrd + Display>(
    text: &str,
    allowed: RangeInclusive<T>,
) -> Result<T, String> {
    let advice = format!("write a whole number from {} to {}", allowed.start(), allowed.end());
    whole_number(text, allowed).map_err(|_| advice)
}

/// The largest number of requests.
pub const MAX_REQUESTS: u64 = 1_000_000_000;

/// A number of requests, or `None` for 0.
pub fn requests(text: &str) -> Result<Option<u64>, String> {
    number(text, 0..=MAX_REQUESTS).map(|requests| Some(requests).filter(|&most| most > 0))
}

/// A number of workers, or `auto`.
pub fn workers(text: &str) -> Result<usize, String> {
    match text {
        "auto" => Ok(workers_for(cores())),
        text => number(text, 1..=MAX_WORKERS)
            .map_err(|allowed| format!("{allowed}, or auto for 2 × cores + 1")),
    }
}

/// A day is longer than any of these times should be, and far too short for a clock overflow.
const MAX_DURATION: Duration = Duration::from_secs(24 * 60 * 60);

/// A time, zero included.
pub fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).filter(|duration| *duration <= MAX_DURATION).ok_or_else(|| {
        "write a time from 0 to 24h, such as 500ms, 30s or 1m; a plain number is seconds".to_owned()
    })
}

/// A time of at least one second, or `None` for 0. With less, event loops on a busy machine look stuck.
pub fn timeout(text: &str) -> Result<Option<Duration>, String> {
    match duration(text) {
        Ok(Duration::ZERO) => Ok(None),
        Ok(duration) if duration.as_secs() > 0 => Ok(Some(duration)),
        _ => Err("write a time from 1s to 24h, such as 30s, or 0 for no limit".to_owned()),
    }
}

/// A file, or `None` for an empty text.
pub fn file(text: &str) -> Result<Option<PathBuf>, Infallible> {
    Ok(Some(text).filter(|text| !text.is_empty()).map(PathBuf::from))
}
