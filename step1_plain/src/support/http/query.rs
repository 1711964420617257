//! Strict parsing of query parameters. A malformed value is an error and never falls back to a
//! default, because a typo would otherwise measure the wrong thing.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use axum::{
    extract::{FromRequestParts, Query},
    http::{StatusCode, request::Parts},
};
use serde::Deserialize;

use super::problem::Problem;

/// Parses a whole number in decimal digits. `parse` alone would also accept `+5`.
///
/// # Errors
/// A message with the text and the allowed range.
pub fn whole_number<T: FromStr + PartialOrd + Display>(
    text: &str,
    allowed: RangeInclusive<T>,
) -> Result<T, String> {
    let has_only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| has_only_digits && allowed.contains(number));
    number.ok_or_else(|| {
        let (least, most) = (allowed.start(), allowed.end());
        format!("{} is not a whole number from {least} to {most}", quote(text))
    })
}

/// Quotes `text` for a message, escaped for a terminal and cut to a readable length.
pub fn quote(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("'{}…' ({} bytes)", text[..end].escape_debug(), text.len()),
        None => format!("'{}'", text.escape_debug()),
    }
}

/// An empty query, for routes without parameters. `DELETE /cache?n=10` is an error, because a
/// client might expect it to delete only one entry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

impl<S: Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(none)) => Ok(none),
            Err(rejection) => {
                let why = rejection.body_text();
                let detail = format!("{why}; this route has no parameters");
                Err(Problem::new(StatusCode::BAD_REQUEST, detail))
            }
        }
    }
}
