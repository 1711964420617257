//! `--access-log` writes one line for each request.

use std::time::Instant;

use axum::{
    extract::Request,
    http::{Method, Uri},
    response::Response,
};

use super::{activity::Afterwards, log::Log};

/// The line of a request that has no response yet.
pub struct Line {
    log: &'static Log,
    start: Instant,
    method: Method,
    uri: Uri,
}

impl Line {
    /// Begins the line with the parts that are known before the response.
    pub fn begin<B>(log: &'static Log, request: &Request<B>) -> Self {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        Self { log, start: Instant::now(), method, uri }
    }

    /// Writes the method, path, status, seconds and the verdict of the cache (`-` if there is
    /// none). Characters that could break a line or a terminal are escaped.
    pub fn end(self, response: &Response) {
        Afterwards::during(response, "log", || self.write(response));
    }

    fn write(self, response: &Response) {
        let verdict = response.headers().get("cache-status").and_then(|value| value.to_str().ok());
        self.log.line(format_args!(
            "{} {} {} {:.6} \"{}\"",
            self.method,
            self.uri.to_string().escape_debug(),
            response.status().as_u16(),
            self.start.elapsed().as_secs_f64(),
            verdict.unwrap_or("-"),
        ));
    }
}
