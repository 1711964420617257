//! Conditional requests (RFC 9110, section 13): the client already has a response, and asks whether it
//! is still right.

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, IF_MATCH, IF_NONE_MATCH},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use step1_plain::support::http::problem::Problem;

use crate::freshness::FreshResponse;

/// The conditions of a request. Most requests have none.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    if_match: Vec<HeaderValue>,
    if_none_match: Vec<HeaderValue>,
}

impl<S: Sync> FromRequestParts<S> for Conditions {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let values = |name: HeaderName| parts.headers.get_all(name).iter().cloned().collect();
        Ok(Self { if_match: values(IF_MATCH), if_none_match: values(IF_NONE_MATCH) })
    }
}

impl Conditions {
    /// The response, or 304 without a body if `If-None-Match` names its tag. (Conditions are evaluated
    /// in the order of section 13.2.2.)
    ///
    /// # Errors
    /// 412 if there is an `If-Match` and it does not name the tag.
    pub fn apply(&self, response: FreshResponse) -> Result<Response, Problem> {
        let etag = &response.tagged.etag;
        if !self.if_match.is_empty() && !self.if_match.iter().any(|list| etag.matches(list)) {
            let detail = "the response has another ETag by now; ask without If-Match";
            return Err(Problem::new(StatusCode::PRECONDITION_FAILED, detail));
        }
        if !self.if_none_match.iter().any(|list| etag.matches_weakly(list)) {
            return Ok(response.into_response());
        }
        // The length is that of the 200 that it stands for (section 8.6). Without it, HEAD would say 0.
        let length = [(CONTENT_LENGTH, HeaderValue::from(response.tagged.body.len()))];
        Ok((StatusCode::NOT_MODIFIED, response.headers(), length, Body::empty()).into_response())
    }
}
