//! `Server-Timing` tells a client where the time of its response went.

use std::{fmt::Write, time::Duration};

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, IntoResponseParts, Response, ResponseParts},
};
use bytes::Bytes;

use super::header::decimal;

/// For example `queue;dur=0.013, compute;dur=60.102, total;dur=60.276`, in milliseconds. Parts that
/// did not happen are left out (<https://www.w3.org/TR/server-timing/>).
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The parts of a response's time, in the order in which they happened. A handler returns them
/// along with its response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timing(Vec<(&'static str, Duration)>);

/// A value, and the time that it took.
#[derive(Clone, Debug)]
pub struct Timed<T> {
    /// The value.
    pub value: T,
    /// The parts of that time.
    pub timing: Timing,
}

/// A value that took no time.
impl<T> From<T> for Timed<T> {
    fn from(value: T) -> Self {
        Self { value, timing: Timing::default() }
    }
}

impl IntoResponse for Timed<Bytes> {
    fn into_response(self) -> Response {
        (self.timing, Body::from(self.value)).into_response()
    }
}

impl Timing {
    /// A single part. Its name is a token of RFC 9110, such as `queue`.
    pub fn of(name: &'static str, time: Duration) -> Self {
        Self(vec![(name, time)])
    }

    /// Adds the next part.
    pub fn push(&mut self, name: &'static str, time: Duration) {
        self.0.push((name, time));
    }

    /// Adds a first part with the share of `total` that no other part covers.
    pub fn with_rest(mut self, name: &'static str, total: Duration) -> Self {
        let known = self.0.iter().map(|(_, time)| time).sum();
        self.0.insert(0, (name, total.saturating_sub(known)));
        self
    }

    /// The parts, with their durations.
    pub fn parts(&self) -> &[(&'static str, Duration)] {
        &self.0
    }

    /// The header with these parts and the total. Most responses are fast and have no parts.
    pub fn header(parts: Option<&Self>, total_micros: u64) -> (HeaderName, HeaderValue) {
        let Some(Self(parts)) = parts else {
            return (SERVER_TIMING, decimal(&["total;dur="], total_micros, 3));
        };
        let mut value = String::new();
        for (name, time) in parts {
            let _ = write!(value, "{name};dur={:.3}, ", time.as_secs_f64() * 1e3); // This can't fail.
        }
        let _ = write!(value, "total;dur={:.3}", total_micros as f64 / 1e3);
        (SERVER_TIMING, HeaderValue::try_from(value).expect("names are tokens"))
    }
}

impl IntoResponseParts for Timing {
    type Error = std::convert::Infallible;

    /// Puts the parts into the response's extensions, where the middleware finds them.
    fn into_response_parts(
        self,
        mut response: ResponseParts,
    ) -> Result<ResponseParts, Self::Error> {
        if !self.0.is_empty() {
            response.extensions_mut().insert(self);
        }
        Ok(response)
    }
}
