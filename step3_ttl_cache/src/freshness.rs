//! How fresh a response is, for the next cache on its way: the browser, nginx, Varnish.
//!
//! `Cache-Control: max-age` says how long a response is fresh, and `Age` how much of that time is over
//! (RFC 9111). HTTP counts both in whole seconds, rounded down here. So with a TTL below one second a
//! client asks every time. With a longer one, its copy may outlive our entry by less than a second.

use std::time::Duration;

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue,
        header::{AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG},
    },
    response::{IntoResponse, Response},
};
use step1_plain::support::http::header::decimal;
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
    decimal(&["max-age="], ttl.as_secs(), 0)
}

impl FreshResponse {
    /// The headers that a 200 and a 304 have in common (RFC 9110, section 15.4.5).
    pub fn headers(&self) -> HeaderMap {
        // Room for the layers' headers, too. A map that grows costs a hit 2 %, and a tuple's does.
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(CACHE_STATUS, self.cache_status.into());
        headers.insert(CACHE_CONTROL, self.cache_control.clone());
        headers.insert(AGE, decimal(&[], self.age.as_secs(), 0));
        headers.insert(ETAG, self.tagged.etag.header());
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
