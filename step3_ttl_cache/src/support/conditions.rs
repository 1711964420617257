//! Conditional requests (RFC 9110, section 13). The client already has a response and wants to know
//! whether it is still current.

use std::mem;

use axum::{
    body::HttpBody,
    extract::FromRequestParts,
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use step1_plain::support::http::problem::Problem;

use super::etag::ETag;

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
    /// Returns the response, or 304 without a body if `If-None-Match` names its tag. The order in
    /// which the conditions are evaluated is that of section 13.2.2.
    ///
    /// # Errors
    /// 412 if there is an `If-Match` that does not name the tag.
    ///
    /// # Panics
    /// If the response has no tag.
    pub fn apply(&self, response: impl IntoResponse) -> Result<Response, Problem> {
        let mut response = response.into_response();
        if self.if_match.is_empty() && self.if_none_match.is_empty() {
            return Ok(response);
        }
        let etag = ETag(response.headers()[ETAG].clone());
        if !self.if_match.is_empty() && !self.if_match.iter().any(|list| etag.matches(list)) {
            let detail = "the response has another ETag now; send the request without If-Match";
            return Err(Problem::new(StatusCode::PRECONDITION_FAILED, detail));
        }
        if self.if_none_match.iter().any(|list| etag.matches_weakly(list)) {
            // The length is that of the 200 which this response replaces (section 8.6). Without it,
            // HEAD would say 0. The type describes a body, so it is not sent (section 15.4.5).
            let body = mem::take(response.body_mut());
            let length = body.size_hint().exact().map(HeaderValue::from);
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(CONTENT_TYPE);
            response.headers_mut().extend(length.map(|length| (CONTENT_LENGTH, length)));
        }
        Ok(response)
    }
}
