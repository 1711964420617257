//! Tells the next cache how fresh a response is. That cache may be a browser, nginx or Varnish.
//!
//! `Cache-Control: max-age` says how long a response is fresh, and `Age` says how much of that time
//! has passed (RFC 9111). HTTP counts both in whole seconds, and we round down. So with a TTL below
//! one second, a client sends a request every time. With a longer TTL, its copy may outlive our
//! entry by less than a second.

use std::time::Duration;

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue,
        header::{AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG},
    },
    response::{IntoResponse, Response},
};
use step1_plain::support::http::{header::decimal, timing::Timing};
use step2_dict_cache::support::cache_status::{CACHE_STATUS, CacheStatus, Verdict};

use crate::{stale::Lifetime, support::etag::Tagged};

/// A response with everything that HTTP can say about its freshness.
#[derive(Clone, Debug)]
pub struct FreshResponse {
    /// The body and its tag.
    pub tagged: Tagged,
    /// The verdict of the cache.
    pub cache_status: CacheStatus,
    /// How long the response is fresh. See [`cache_control`].
    pub cache_control: HeaderValue,
    /// How long ago it was computed.
    pub age: Duration,
    /// The parts of the time that a miss took.
    pub timing: Timing,
}

impl FreshResponse {
    /// This response for a request that joined another's computation. `timing` is its own wait.
    pub fn collapsed(mut self, timing: Timing) -> Self {
        self.cache_status.verdict = Verdict::Collapsed;
        Self { timing, ..self }
    }
}

/// The `Cache-Control` of responses with this lifetime. Other caches may serve these responses
/// stale for as long as we do (RFC 5861).
pub fn cache_control(lifetime: Lifetime) -> HeaderValue {
    if lifetime.ttl.is_zero() {
        return HeaderValue::from_static("max-age=0"); // Nothing is stored, so nothing is stale.
    }
    let mut value = format!("max-age={}", lifetime.ttl.as_secs());
    let mut add = |name, window: Duration| match window.as_secs() {
        0 => {}
        seconds => value += &format!(", {name}={seconds}"),
    };
    add("stale-while-revalidate", lifetime.stale_while_revalidate);
    add("stale-if-error", lifetime.stale_if_error);
    HeaderValue::try_from(value).expect("it is ASCII")
}

impl IntoResponse for FreshResponse {
    fn into_response(self) -> Response {
        // With room for the layers' headers. A tuple's map has to grow, which makes a hit 2% slower.
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_STATUS, self.cache_status.into());
        headers.insert(CACHE_CONTROL, self.cache_control);
        headers.insert(AGE, decimal(&[], self.age.as_secs(), 0));
        headers.insert(ETAG, self.tagged.etag.header());
        let mut response = Response::new(Body::from(self.tagged.body));
        *response.headers_mut() = headers;
        (self.timing, response).into_response()
    }
}
