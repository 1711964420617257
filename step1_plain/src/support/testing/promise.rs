//! A response, and whether it keeps a promise. If it doesn't, the message names the promise in the
//! words of the contract, the request, the response, and the fix.

use std::{fmt::Display, time::Duration};

use serde_json::Value;

use super::{Response, cache_verdict::CacheVerdict};

/// A response and its request.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The request, such as `GET /slow?n=2`.
    pub asked: String,
    /// The response.
    pub response: Response,
    /// How long the client waited for the response.
    pub took: Duration,
}

impl Reply {
    /// The value of a header. Its name is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// The verdict of the cache.
    pub fn verdict(&self) -> CacheVerdict {
        CacheVerdict::of(&self.response)
    }

    /// The body as JSON, or `null` if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.response.body).unwrap_or_default()
    }

    /// The request and this header of its response, for a message.
    pub fn show(&self, header: &str) -> String {
        match self.header(&header.to_ascii_lowercase()) {
            Some(value) => format!("{}: {header} was \"{value}\"", self.asked),
            None => format!("{}: there was no {header}", self.asked),
        }
    }

    /// The request and the status of its response, for a message.
    pub fn show_status(&self) -> String {
        format!("{}: the status was {}", self.asked, self.response.status)
    }

    /// The request and the beginning of its response, for a message.
    pub fn show_body(&self) -> String {
        let text = String::from_utf8_lossy(&self.response.body);
        let (text, more) = match text.char_indices().nth(300) {
            Some((end, _)) => (&text[..end], "…"),
            None => (&*text, ""),
        };
        format!("{}: the status was {}, the body {text:?}{more}", self.asked, self.response.status)
    }
}

/// The figures of `/stats`.
#[derive(Clone, Debug)]
pub struct Stats(pub Reply);

impl Stats {
    /// A figure, or 0 if there is none. Another promise covers missing figures.
    pub fn count(&self, name: &str) -> i64 {
        self.0.json()[name].as_i64().unwrap_or(0)
    }

    /// Requests that got a response, from the cache or not.
    pub fn responses(&self) -> i64 {
        ["hits", "misses", "collapsed"].iter().map(|name| self.count(name)).sum()
    }

    /// How much these figures have risen since `before`.
    pub fn since<const COUNT: usize>(&self, before: &Self, names: [&str; COUNT]) -> [i64; COUNT] {
        names.map(|name| self.count(name) - before.count(name))
    }
}

/// A promise of the contract.
#[derive(Clone, Debug)]
pub struct Promise {
    /// The step whose contract has this promise.
    pub step: u32,
    /// The promise in words, which follow "step N promises: ".
    pub words: String,
}

impl Promise {
    /// Fails unless the promise is kept. The message has the promise, the request, the response,
    /// and the fix.
    #[track_caller]
    pub fn is_kept(&self, kept: bool, came: impl Display, fix: &str) {
        if !kept {
            self.is_broken(came, fix);
        }
    }

    /// Fails with that message.
    #[track_caller]
    pub fn is_broken(&self, came: impl Display, fix: &str) -> ! {
        panic!("step {} promises: {}. {came}. {fix}", self.step, self.words)
    }

    /// Fails unless the response is an RFC 9457 problem with this status that no client may store.
    #[track_caller]
    pub fn is_problem(&self, reply: &Reply, status: u16, fix: &str) {
        self.is_kept(reply.response.status == status, reply.show_status(), fix);
        let form = "Send errors as RFC 9457 problem details: the Content-Type application/problem+json, \
                    and a JSON object with type, title, status and detail.";
        let media_type = media_type(reply) == "application/problem+json";
        self.is_kept(media_type, reply.show("Content-Type"), form);
        let body = reply.json();
        let is_text = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
        let members =
            ["type", "title", "detail"].into_iter().all(is_text) && body["status"] == status;
        self.is_kept(members, reply.show_body(), form);
        let advice =
            "Clients must not cache errors. Send Cache-Control: no-store, or no Cache-Control.";
        self.is_kept(!may_be_kept(reply), reply.show("Cache-Control"), advice);
    }
}

/// The media type in lower case, without its parameters.
pub fn media_type(reply: &Reply) -> String {
    let value = reply.header("content-type").unwrap_or("");
    value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

/// The seconds for which `Cache-Control` lets a client store the response, if it says so.
pub fn max_age(reply: &Reply) -> Option<u64> {
    let value = reply.header("cache-control")?.to_ascii_lowercase();
    value
        .split(',')
        .find_map(|it| it.trim().strip_prefix("max-age=")?.trim_matches('"').parse().ok())
}

/// Whether `Cache-Control` lets a client store the response.
pub fn may_be_kept(reply: &Reply) -> bool {
    let value = reply.header("cache-control").unwrap_or("").to_ascii_lowercase();
    max_age(reply).is_some_and(|seconds| seconds > 0)
        && !value.contains("no-store")
        && !value.contains("no-cache")
}
