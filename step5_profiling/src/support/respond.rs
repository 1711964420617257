//! Responses that are computed for one client, so no cache may store them.

use axum::{
    http::{
        HeaderMap,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Serialize;

/// Whether the client accepts JSON.
pub fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("application/json"))
}

/// A JSON response.
pub fn json(value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).expect("names and numbers always have a JSON form");
    typed("application/json", body)
}

/// A text response.
pub fn text(body: String) -> Response {
    typed("text/plain; charset=utf-8", body)
}

/// A picture as a response.
pub fn svg(body: Vec<u8>) -> Response {
    typed("image/svg+xml", body)
}

/// A response with this media type.
pub fn typed(content_type: &'static str, body: impl Into<Bytes>) -> Response {
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")], body.into()).into_response()
}
