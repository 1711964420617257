//! The parameters of a profile, parsed as strictly as `?n=N`. A parameter that no profile has is an
//! error. A parameter that only another profile has is ignored.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Query},
    http::{StatusCode, request::Parts},
};
use serde::Deserialize;
use step1_plain::support::http::{problem::Problem, query::whole_number};

use crate::profiler::{sampling::control::ProfileRequest, views::diff::Shape};

/// A whole number from `LEAST` to `MOST`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Number<const LEAST: u32, const MOST: u32>(u32);

impl<const LEAST: u32, const MOST: u32> TryFrom<String> for Number<LEAST, MOST> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Ok(Self(whole_number(&text, LEAST..=MOST)?))
    }
}

/// The query parameters of a profile.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    seconds: Option<Number<1, 60>>,
    /// Most systems have a tick of 250 per second, and no timer is faster than that.
    frequency: Option<Number<1, 249>>,
    worker: Option<Number<1, { u32::MAX }>>,
    /// For `diff`.
    #[serde(default)]
    pub shape: Shape,
    /// For `waits`.
    #[serde(default)]
    pub view: View,
}

/// The form in which `waits` is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// As text or JSON.
    #[default]
    Table,
    /// As a picture.
    Flamegraph,
}

impl Parameters {
    /// The profile to take. The default is 99 samples per second, because 100 could be in step with
    /// work that repeats every 10 ms.
    pub fn request(&self) -> ProfileRequest {
        let seconds = self.seconds.map_or(10, |Number(seconds)| seconds);
        ProfileRequest {
            duration: Duration::from_secs(seconds.into()),
            frequency: self.frequency.map_or(99, |Number(frequency)| frequency),
            worker: self.worker.map(|Number(pid)| pid),
        }
    }
}

/// Lets a handler take [`Parameters`] as an argument. Bad ones get a 400.
impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(parameters) = Query::try_from_uri(&parts.uri).map_err(|rejection| {
            let why = rejection.body_text();
            let allowed = "allowed are seconds from 1 to 60, frequency from 1 to 249, worker with a \
                           process id of /stats, for diff shape=before or shape=after, and for waits \
                           view=table or view=flamegraph, each once";
            Problem::new(StatusCode::BAD_REQUEST, format!("{why}; {allowed}"))
        })?;
        Ok(parameters)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Uri;

    use super::*;

    fn read(query: &str) -> Result<Parameters, String> {
        let uri: Uri = format!("/?{query}").parse().unwrap();
        let parameters = Query::try_from_uri(&uri).map_err(|rejection| rejection.body_text());
        parameters.map(|Query(parameters)| parameters)
    }

    #[test]
    fn a_parameter_that_is_missing_has_a_default() {
        let parameters = read("").unwrap();
        let duration = Duration::from_secs(10);
        let expected = ProfileRequest { duration, frequency: 99, worker: None };
        assert_eq!((parameters.request(), parameters.shape), (expected, Shape::After));
        let parameters = read("seconds=60&&frequency=%31&worker=4711&shape=before").unwrap();
        let duration = Duration::from_secs(60);
        let expected = ProfileRequest { duration, frequency: 1, worker: Some(4711) };
        assert_eq!((parameters.request(), parameters.shape), (expected, Shape::Before));
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
            ("shape=round", "shape: unknown variant `round`, expected `before` or `after`"),
            ("view=round", "view: unknown variant `round`, expected `table` or `flamegraph`"),
            ("second=1", "unknown field `second`"),
            ("seconds=1&seconds=1", "duplicate field `seconds`"),
        ] {
            let error = read(query).unwrap_err();
            assert!(error.contains(expected), "{query}: {error}");
        }
    }
}
