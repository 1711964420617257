//! `?n=N`, read strictly: what is not understood is refused, never replaced by the default.
//!
//! A typo such as `?m=1000` would otherwise measure the wrong thing in silence.

use std::borrow::Cow;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use percent_encoding::percent_decode_str;

use crate::{
    primes::{DEFAULT_N, MAX_N},
    problem::Problem,
};

/// The parameter `n` of a request, 0..=[`MAX_N`]; [`DEFAULT_N`] when the query is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct N(pub u32);

impl<S: Sync> FromRequestParts<S> for N {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::from_query(parts.uri.query().unwrap_or(""))
    }
}

impl N {
    /// Reads a query string, the part of the URL after `?`.
    ///
    /// # Errors
    /// 400 for any parameter but `n`, for `n` more than once, and for a value that is not a whole
    /// number in decimal digits within 0..=[`MAX_N`].
    pub fn from_query(query: &str) -> Result<Self, Problem> {
        let mut n = None;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if decode(name) != "n" {
                return Err(bad(format!("unknown parameter {}", quote(name))));
            }
            if n.replace(parse(value)?).is_some() {
                return Err(bad("parameter 'n' came more than once".to_owned()));
            }
        }
        Ok(Self(n.unwrap_or(DEFAULT_N)))
    }
}

/// No parameters at all, for the routes that have none: `DELETE /cache?n=10` must not be taken for
/// something that it is not.
pub struct NoQuery;

impl<S: Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.uri.query().unwrap_or("") {
            "" => Ok(Self),
            query => {
                let detail = format!("unknown parameter {}; this route has none", quote(query));
                Err(Problem::new(StatusCode::BAD_REQUEST, detail))
            }
        }
    }
}

fn parse(value: &str) -> Result<u32, Problem> {
    let decoded = decode(value);
    // `str::parse` would also take "+5".
    let digits = !decoded.is_empty() && decoded.bytes().all(|byte| byte.is_ascii_digit());
    match decoded.parse() {
        Ok(n) if digits && n <= MAX_N => Ok(n),
        _ if digits => Err(bad(format!("parameter 'n' is out of range: {}", quote(value)))),
        _ => Err(bad(format!("parameter 'n' is not a whole number: {}", quote(value)))),
    }
}

/// Percent-decoded; what is then no UTF-8 is replaced.
pub fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// What came, as it came (still percent-encoded; what could confuse a terminal is escaped), cut to a
/// readable length.
pub fn quote(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("'{}…' ({} bytes)", text[..end].escape_debug(), text.len()),
        None => format!("'{}'", text.escape_debug()),
    }
}

fn bad(what: String) -> Problem {
    let allowed = format!("allowed is n=N, once, with N a whole number from 0 to {MAX_N}");
    Problem::new(StatusCode::BAD_REQUEST, format!("{what}; {allowed}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_empty_query_means_the_default() {
        for query in ["", "&", "&&"] {
            assert_eq!(N::from_query(query).unwrap(), N(DEFAULT_N), "{query:?}");
        }
    }

    #[test]
    fn a_number_may_be_percent_encoded_or_have_leading_zeros() {
        for query in ["n=42", "n=%34%32", "%6E=42", "&n=42&", "n=000000000000042"] {
            assert_eq!(N::from_query(query).unwrap(), N(42), "{query:?}");
        }
    }

    #[test]
    fn the_detail_says_what_came_and_what_is_allowed() {
        let body = N::from_query("n=abc").unwrap_err().body();
        assert!(body.contains("'abc'") && body.contains("0 to 10000000"), "{body}");
        let body = N::from_query("m=1").unwrap_err().body();
        assert!(body.contains("unknown parameter 'm'"), "{body}");
        let body = N::from_query(&format!("n={}", "9".repeat(100_000))).unwrap_err().body();
        assert!(body.contains("out of range") && body.len() < 500, "{body}");
    }

    proptest! {
        #[test]
        fn every_n_in_range_is_read_back(n in 0..=MAX_N) {
            prop_assert_eq!(N::from_query(&format!("n={n}")).unwrap(), N(n));
        }

        #[test]
        fn every_n_out_of_range_is_refused(n in u64::from(MAX_N) + 1..) {
            let problem = N::from_query(&format!("n={n}")).unwrap_err();
            prop_assert_eq!(problem.status(), StatusCode::BAD_REQUEST);
        }

        #[test]
        fn whatever_comes_is_a_number_or_a_400_that_names_n(query in ".*") {
            match N::from_query(&query) {
                Ok(N(n)) => prop_assert!(n <= MAX_N),
                Err(problem) => {
                    prop_assert_eq!(problem.status(), StatusCode::BAD_REQUEST);
                    prop_assert!(problem.body().contains("n=N"));
                }
            }
        }
    }
}
