//! `--access-log`: one line a request on standard error.

use std::time::Duration;

use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use crate::log::log;

/// The line of one request: method, path, status, seconds, and what the cache said (`-` where none
/// was asked). What could break a line, or a terminal, is escaped.
pub struct Line {
    request: String,
}

impl Line {
    /// The part that is known before the answer.
    pub fn of(request: &Request) -> Self {
        let uri = request.uri().to_string();
        Self { request: format!("{} {}", request.method(), uri.escape_debug()) }
    }

    /// Adds what the answer tells, and writes the line.
    pub fn write(self, response: &Response, elapsed: Duration) {
        self.write_parts(response.status(), response.headers(), elapsed);
    }

    /// Writes a line for a request that could not be read, and was answered with `status`.
    pub fn write_unread(status: StatusCode) {
        Self { request: "- -".to_owned() }.write_parts(status, &HeaderMap::new(), Duration::ZERO);
    }

    fn write_parts(self, status: StatusCode, headers: &HeaderMap, elapsed: Duration) {
        let verdict = headers.get("cache-status").and_then(|value| value.to_str().ok());
        log(format_args!(
            "{} {} {:.6} \"{}\"",
            self.request,
            status.as_u16(),
            elapsed.as_secs_f64(),
            verdict.unwrap_or("-"),
        ));
    }
}
