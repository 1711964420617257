//! The responses to requests that match no route.

use axum::{
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};

use super::problem::Problem;

/// 404 for an unknown path. `OPTIONS *` is about the server as a whole (RFC 9110, section 9.3.7),
/// so it gets a 204.
pub async fn not_found(method: Method, uri: Uri) -> Response {
    if method == Method::OPTIONS && uri.path() == "*" {
        return StatusCode::NO_CONTENT.into_response();
    }
    let detail = "no such route; GET / lists the routes";
    Problem::new(StatusCode::NOT_FOUND, detail).into_response()
}

/// 405 for a method that the route does not have, and 204 for `OPTIONS`. axum adds the header `Allow`
/// to both (RFC 9110, sections 9.3.7 and 15.5.6).
pub async fn method_not_allowed(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::NO_CONTENT.into_response();
    }
    let detail =
        "this route does not support that method; the Allow header lists those it supports";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).into_response()
}
