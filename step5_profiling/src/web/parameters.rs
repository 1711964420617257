//! The parameters of a profile, read as strictly as `?n=N`: what is not understood is refused.

use std::{ops::RangeInclusive, time::Duration};

use axum::{
    extract::{FromRequestParts, Query},
    http::{StatusCode, Uri, request::Parts},
};
use serde::Deserialize;
use step1_plain::support::http::{
    problem::Problem,
    query::{quote, whole_number},
};

use crate::profiler::{sampling::order::Wish, views::diff::Shape};

/// For how long.
const SECONDS: RangeInclusive<u32> = 1..=60;
const DEFAULT_SECONDS: u32 = 10;

/// How many samples in a second of CPU time. More than the system's tick (mostly 250 in a second) can
/// not be had; and 99 is not in step with what happens a hundred times a second.
const FREQUENCY: RangeInclusive<u32> = 1..=249;
const DEFAULT_FREQUENCY: u32 = 99;

/// What the client asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Of the workers.
    pub wish: Wish,
    /// Of a comparison.
    pub shape: Shape,
}

/// The parameters as they came.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Texts {
    seconds: Option<String>,
    frequency: Option<String>,
    worker: Option<String>,
    shape: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::from_uri(&parts.uri).map_err(|why| {
            let detail = format!(
                "{why}; allowed are seconds from {} to {}, frequency from {} to {}, worker with a \
                 process id of /stats, and for diff shape=before or shape=after, each once",
                SECONDS.start(),
                SECONDS.end(),
                FREQUENCY.start(),
                FREQUENCY.end(),
            );
            Problem::new(StatusCode::BAD_REQUEST, detail)
        })
    }
}

impl Parameters {
    fn from_uri(uri: &Uri) -> Result<Self, String> {
        let Query(Texts { seconds, frequency, worker, shape }) =
            Query::try_from_uri(uri).map_err(|rejection| rejection.body_text())?;
        let seconds = number("seconds", seconds, SECONDS)?.unwrap_or(DEFAULT_SECONDS);
        let frequency = number("frequency", frequency, FREQUENCY)?.unwrap_or(DEFAULT_FREQUENCY);
        let worker = number("worker", worker, 1..=u32::MAX)?;
        let period = Duration::from_secs(seconds.into());
        let shape = match shape.as_deref() {
            None => Shape::default(),
            Some("before") => Shape::Before,
            Some("after") => Shape::After,
            Some(other) => {
                return Err(format!("shape: {} is neither before nor after", quote(other)));
            }
        };
        Ok(Self { wish: Wish { period, frequency, worker }, shape })
    }
}

fn number(
    name: &str,
    text: Option<String>,
    allowed: RangeInclusive<u32>,
) -> Result<Option<u32>, String> {
    let number = text.map(|text| whole_number(&text, allowed)).transpose();
    number.map_err(|why| format!("{name}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Parameters, String> {
        Parameters::from_uri(&format!("/?{query}").parse().unwrap())
    }

    #[test]
    fn what_is_not_given_has_a_default() {
        let parameters = read("").unwrap();
        assert_eq!(parameters.wish.period, Duration::from_secs(10));
        assert_eq!((parameters.wish.frequency, parameters.wish.worker), (99, None));
        let parameters = read("seconds=60&&frequency=%31&worker=4711&shape=before").unwrap();
        assert_eq!(parameters.wish.period, Duration::from_secs(60));
        assert_eq!((parameters.wish.frequency, parameters.wish.worker), (1, Some(4711)));
        assert_eq!(parameters.shape, Shape::Before);
    }

    #[test]
    fn what_is_not_understood_is_refused_and_named() {
        for (query, expected) in [
            ("seconds=0", "seconds: '0' is not a whole number from 1 to 60"),
            ("seconds=61", "seconds: '61' is not"),
            ("seconds=99999999999999999999", "seconds: '9999"),
            ("seconds=1.5", "seconds: '1.5' is not"),
            ("seconds=-1", "seconds: '-1' is not"),
            ("seconds=%2B1", "seconds: '+1' is not"),
            ("seconds", "seconds: '' is not"),
            ("frequency=250", "frequency: '250' is not a whole number from 1 to 249"),
            ("frequency=0", "frequency: '0' is not"),
            ("worker=0", "worker: '0' is not"),
            ("shape=round", "shape: 'round' is neither"),
            ("second=1", "unknown field `second`"),
            ("seconds=1&seconds=1", "duplicate field `seconds`"),
        ] {
            let error = read(query).unwrap_err();
            assert!(error.contains(expected), "{query}: {error}");
        }
    }
}
