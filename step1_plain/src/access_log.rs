//! `--access-log`: one line a request.

use std::time::Duration;

use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use crate::log::Log;

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

    /// Adds what the answer tells, and writes the line to `log`.
    pub fn write(self, log: &Log, response: &Response, elapsed: Duration) {
        self.write_parts(log, response.status(), response.headers(), elapsed);
    }

    /// Writes a line for a request that could not be read, and was answered with `status`.
    pub fn write_unread(log: &Log, status: StatusCode) {
        let unread = Self { request: "- -".to_owned() };
        unread.write_parts(log, status, &HeaderMap::new(), Duration::ZERO);
    }

    fn write_parts(self, log: &Log, status: StatusCode, headers: &HeaderMap, elapsed: Duration) {
        let verdict = headers.get("cache-status").and_then(|value| value.to_str().ok());
        log.line(format_args!(
            "{} {} {:.6} \"{}\"",
            self.request,
            status.as_u16(),
            elapsed.as_secs_f64(),
            verdict.unwrap_or("-"),
        ));
    }
}
