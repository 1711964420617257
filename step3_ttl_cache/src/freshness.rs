//! How fresh a response is, told to whatever keeps it next: the browser, nginx, Varnish.
//!
//! `Cache-Control: max-age` says how long a response is fresh, and `Age` how much of that time is over
//! (RFC 9111). HTTP counts both in whole seconds, rounded down here. So with a TTL below one second a
//! client keeps nothing, and what it keeps may outlive the entry here by less than a second.

use std::time::Duration;

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue,
        header::{AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG},
    },
    response::{IntoResponse, Response},
};
use step1_plain::support::http::header::header_value;
use step2_dict_cache::support::cache_status::{CACHE_STATUS, CacheStatus};

use crate::etag::Tagged;

/// A response with all that HTTP can say about its freshness.
#[derive(Clone, Debug)]
pub struct FreshResponse {
    /// The body and its tag.
    pub tagged: Tagged,
    /// What the cache did.
    pub cache_status: CacheStatus,
    /// For how long such a response is fresh; see [`max_age`].
    pub cache_control: HeaderValue,
    /// How long ago it was computed.
    pub age: Duration,
}

/// The `Cache-Control` of responses that are fresh for `ttl` after they were computed.
pub fn max_age(ttl: Duration) -> HeaderValue {
    header_value(format_args!("max-age={}", ttl.as_secs()))
}

impl FreshResponse {
    /// The headers that a 200 and a 304 have in common (RFC 9110, section 15.4.5).
    pub fn headers(&self) -> HeaderMap {
        // Room for the headers of the layers, too: to grow on the way would cost 2 % of a hit.
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(CACHE_CONTROL, self.cache_control.clone());
        headers.insert(AGE, header_value(format_args!("{}", self.age.as_secs())));
        headers.insert(ETAG, self.tagged.etag.header());
        headers.insert(CACHE_STATUS, self.cache_status.into());
        headers
    }
}

impl IntoResponse for FreshResponse {
    fn into_response(self) -> Response {
        let mut headers = self.headers();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut response = Response::new(Body::from(self.tagged.body));
        *response.headers_mut() = headers;
        response
    }
}
