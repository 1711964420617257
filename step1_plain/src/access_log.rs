//! `--access-log`: one line a request on standard error.

use std::{
    io::{Write, stderr},
    time::Duration,
};

use axum::{
    http::{Method, Uri},
    response::Response,
};

/// Writes method, path, status, seconds, and what the cache said (`-` where none was asked).
///
/// A URL holds no space and no control character, so a line stays a line.
pub fn write(method: &Method, uri: &Uri, response: &Response, elapsed: Duration) {
    let verdict = response.headers().get("cache-status").and_then(|value| value.to_str().ok());
    let line = format!(
        "{method} {uri} {} {:.6} \"{}\"\n",
        response.status().as_u16(),
        elapsed.as_secs_f64(),
        verdict.unwrap_or("-"),
    );
    // Where nobody reads standard error any more, the request must still be answered.
    let _ = stderr().lock().write_all(line.as_bytes());
}
