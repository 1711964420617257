//! The parameters of a profile, read as strictly as `?n=N`: what is not understood is refused.

use std::{ops::RangeInclusive, time::Duration};

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use step1_plain::{
    problem::Problem,
    query::{decode, quote},
};

use crate::{sampling::order::Wish, views::diff::Shape};

/// For how long.
const SECONDS: RangeInclusive<u32> = 1..=60;
const DEFAULT_SECONDS: u32 = 10;

/// How many samples in a second of CPU time. More than the system's tick (mostly 250 in a second) can
/// not be had; and 99 is not in step with what happens a hundred times a second.
const FREQUENCY: RangeInclusive<u32> = 1..=249;
const DEFAULT_FREQUENCY: u32 = 99;

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Of the workers.
    pub wish: Wish,
    /// Of a comparison.
    pub shape: Shape,
}

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::from_query(parts.uri.query().unwrap_or("")).map_err(|what| {
            let detail = format!(
                "{what}; allowed are seconds from {} to {}, frequency from {} to {}, worker with a \
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
    fn from_query(query: &str) -> Result<Self, String> {
        let (mut seconds, mut frequency, mut worker, mut shape) = (None, None, None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (&*decode(name), &*decode(value));
            let is_first = match name {
                "seconds" => seconds.replace(number(name, value, SECONDS)?).is_none(),
                "frequency" => frequency.replace(number(name, value, FREQUENCY)?).is_none(),
                "worker" => worker.replace(number(name, value, 1..=u32::MAX)?).is_none(),
                "shape" => shape.replace(read_shape(value)?).is_none(),
                _ => return Err(format!("unknown parameter {}", quote(name))),
            };
            if !is_first {
                return Err(format!("parameter '{name}' came more than once"));
            }
        }
        let seconds = seconds.unwrap_or(DEFAULT_SECONDS);
        let wish = Wish {
            period: Duration::from_secs(seconds.into()),
            frequency: frequency.unwrap_or(DEFAULT_FREQUENCY),
            worker,
        };
        Ok(Self { wish, shape: shape.unwrap_or_default() })
    }
}

fn number(name: &str, value: &str, range: RangeInclusive<u32>) -> Result<u32, String> {
    // `str::parse` would also take "+5".
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match value.parse() {
        Ok(number) if digits && range.contains(&number) => Ok(number),
        _ if digits => Err(format!("parameter '{name}' is out of range: {}", quote(value))),
        _ => Err(format!("parameter '{name}' is not a whole number: {}", quote(value))),
    }
}

fn read_shape(value: &str) -> Result<Shape, String> {
    match value {
        "before" => Ok(Shape::Before),
        "after" => Ok(Shape::After),
        _ => Err(format!("parameter 'shape' is neither before nor after: {}", quote(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_done_and_the_rest_is_as_usual() {
        let parameters = Parameters::from_query("").unwrap();
        assert_eq!(parameters.wish.period, Duration::from_secs(10));
        assert_eq!((parameters.wish.frequency, parameters.wish.worker), (99, None));
        let query = "seconds=60&&frequency=%31&worker=4711&shape=before";
        let parameters = Parameters::from_query(query).unwrap();
        assert_eq!(parameters.wish.period, Duration::from_secs(60));
        assert_eq!((parameters.wish.frequency, parameters.wish.worker), (1, Some(4711)));
        assert_eq!(parameters.shape, Shape::Before);
    }

    #[test]
    fn what_is_not_understood_is_refused_and_named() {
        for (query, expected) in [
            ("seconds=0", "'seconds' is out of range: '0'"),
            ("seconds=61", "'seconds' is out of range"),
            ("seconds=99999999999999999999", "'seconds' is out of range"),
            ("seconds=1.5", "'seconds' is not a whole number"),
            ("seconds=-1", "'seconds' is not a whole number"),
            ("seconds=%2B1", "'seconds' is not a whole number"),
            ("seconds", "'seconds' is not a whole number: ''"),
            ("frequency=250", "'frequency' is out of range"),
            ("frequency=0", "'frequency' is out of range"),
            ("worker=0", "'worker' is out of range"),
            ("shape=round", "'shape' is neither"),
            ("second=1", "unknown parameter 'second'"),
            ("seconds=1&seconds=1", "'seconds' came more than once"),
        ] {
            let error = Parameters::from_query(query).unwrap_err();
            assert!(error.contains(expected), "{query}: {error}");
        }
    }
}
