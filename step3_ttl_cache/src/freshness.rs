//! How fresh an answer is, told to whoever keeps it next: the browser, nginx, Varnish.
//!
//! `Cache-Control: max-age` says how long an answer is good, `Age` how much of that is over
//! (RFC 9111). HTTP counts both in whole seconds, rounded down here: below one second of TTL a
//! client keeps nothing, and what it keeps may outlive ours by less than a second.

use std::time::Duration;

use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{AGE, CACHE_CONTROL, CONTENT_LENGTH, ETAG},
    },
    response::{IntoResponse, Response},
};
use step1_plain::{decimal::header_value, slow::json};
use step2_dict_cache::{cache::Answer, cache_status::CACHE_STATUS};

use crate::etag::Tagged;

/// An answer and all that HTTP can say of its freshness.
pub struct FreshAnswer {
    /// The body and its tag.
    pub tagged: Tagged,
    /// What the cache did.
    pub cache_status: HeaderValue,
    /// How long such an answer is good, as [`max_age`] writes it.
    pub cache_control: HeaderValue,
    /// How long ago it was computed.
    pub age: Duration,
}

/// `Cache-Control` of answers that are good for `ttl` from their computation.
pub fn max_age(ttl: Duration) -> HeaderValue {
    header_value("max-age=", ttl.as_secs(), 0)
}

impl Answer for FreshAnswer {
    /// 200 with the body, or 304 without it when the client says that it has it.
    fn into_response(self, request: &HeaderMap) -> Response {
        let mut response = if self.tagged.etag.is_named_in(request) {
            let mut response = StatusCode::NOT_MODIFIED.into_response();
            // Its length is that of the 200 it stands for, or HEAD's would be 0 (RFC 9110, 8.6).
            response.headers_mut().insert(CONTENT_LENGTH, self.tagged.body.len().into());
            response
        } else {
            json(self.tagged.body)
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_STATUS, self.cache_status);
        headers.insert(CACHE_CONTROL, self.cache_control);
        headers.insert(AGE, self.age.as_secs().into());
        headers.insert(ETAG, self.tagged.etag.header());
        response
    }
}
