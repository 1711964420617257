//! Every error response is an RFC 9457 problem document, `application/problem+json`.

use std::borrow::Cow;

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::timing::Timing;

/// An error response, with a status and a sentence that explains the error and how to fix it.
///
/// Its `type` is `about:blank` and its `title` is the name of the status (RFC 9457, section 4.2.1),
/// because `detail` tells the reader everything.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    detail: Cow<'static, str>,
    retry_after: Option<u32>,
    timing: Timing,
}

/// The members that RFC 9457 names, in its order.
#[derive(Serialize)]
struct Details<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
}

impl Problem {
    /// The media type of [`body`](Self::body).
    pub const CONTENT_TYPE: &'static str = "application/problem+json";

    /// A problem with this status. `detail` ends with advice for the client.
    pub fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, detail: detail.into(), retry_after: None, timing: Timing::default() }
    }

    /// Asks the client to wait this many seconds (`Retry-After`, RFC 9110, section 10.2.3).
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Adds these parts to the `Server-Timing` of the response.
    pub fn timed(self, timing: Timing) -> Self {
        Self { timing, ..self }
    }

    /// The parts of its `Server-Timing`, which may be empty.
    pub fn into_timing(self) -> Timing {
        self.timing
    }

    /// The status of the response, which its body repeats.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The JSON body.
    pub fn body(&self) -> String {
        let details = Details {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
        };
        serde_json::to_string(&details).expect("text and a number always have a JSON form")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(Self::CONTENT_TYPE));
        // An error concerns only this request, so no browser or proxy may store it.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        (self.timing, response).into_response()
    }
}
