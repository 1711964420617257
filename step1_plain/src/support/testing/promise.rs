//! What came, and whether it keeps a promise. A promise that is not kept is told in the words of the
//! contract: which promise, what was asked, what came, what to do.

use std::{fmt::Display, time::Duration};

use serde_json::Value;

use super::{Answer, cache_verdict::CacheVerdict};

/// An answer, and what it answers.
#[derive(Clone, Debug)]
pub struct Reply {
    /// `GET /slow?n=2`
    pub asked: String,
    /// What came.
    pub answer: Answer,
    /// How long the client has waited for it.
    pub took: Duration,
}

impl Reply {
    /// The value of a header, its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.answer.header(name)
    }

    /// What the cache did.
    pub fn verdict(&self) -> CacheVerdict {
        CacheVerdict::of(&self.answer)
    }

    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.answer.body).unwrap_or_default()
    }

    /// What was asked and the header that came, for a sentence.
    pub fn show(&self, header: &str) -> String {
        match self.header(&header.to_ascii_lowercase()) {
            Some(value) => format!("{}: {header} was \"{value}\"", self.asked),
            None => format!("{}: there was no {header}", self.asked),
        }
    }

    /// What was asked and the status that came.
    pub fn show_status(&self) -> String {
        format!("{}: the status was {}", self.asked, self.answer.status)
    }

    /// What was asked and the beginning of what came.
    pub fn show_body(&self) -> String {
        let text = String::from_utf8_lossy(&self.answer.body);
        let (text, more) = match text.char_indices().nth(300) {
            Some((end, _)) => (&text[..end], "…"),
            None => (&*text, ""),
        };
        format!("{}: the status was {}, the body {text:?}{more}", self.asked, self.answer.status)
    }
}

/// The figures of `/stats`.
#[derive(Clone, Debug)]
pub struct Stats(pub Reply);

impl Stats {
    /// A figure, or 0 where there is none: that there are figures is a promise of its own.
    pub fn count(&self, name: &str) -> i64 {
        self.0.json()[name].as_i64().unwrap_or(0)
    }

    /// Requests that were answered, from the cache or not.
    pub fn answered(&self) -> i64 {
        ["hits", "misses", "collapsed"].iter().map(|name| self.count(name)).sum()
    }

    /// How much these have risen since `before`.
    pub fn since<const COUNT: usize>(&self, before: &Self, names: [&str; COUNT]) -> [i64; COUNT] {
        names.map(|name| self.count(name) - before.count(name))
    }
}

/// A promise of the contract.
#[derive(Clone, Debug)]
pub struct Promise {
    /// The step whose contract it is in.
    pub step: u32,
    /// What is promised; the words follow "step N promises: ".
    pub words: String,
}

impl Promise {
    /// Fails unless it is: with the promise, what was asked and came, and what to do.
    #[track_caller]
    pub fn is_kept(&self, kept: bool, came: impl Display, mend: &str) {
        if !kept {
            self.is_broken(came, mend);
        }
    }

    /// Fails.
    #[track_caller]
    pub fn is_broken(&self, came: impl Display, mend: &str) -> ! {
        panic!("step {} promises: {}. {came}. {mend}", self.step, self.words)
    }

    /// That this is a problem with this status, in the form of RFC 9457, which nobody may keep.
    #[track_caller]
    pub fn is_problem(&self, reply: &Reply, status: u16, mend: &str) {
        self.is_kept(reply.answer.status == status, reply.show_status(), mend);
        let form = "Send errors as RFC 9457 problem details: Content-Type application/problem+json, \
                    and a JSON object with type, title, status and detail.";
        let media_type = media_type(reply) == "application/problem+json";
        self.is_kept(media_type, reply.show("Content-Type"), form);
        let body = reply.json();
        let is_text = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
        let members =
            ["type", "title", "detail"].into_iter().all(is_text) && body["status"] == status;
        self.is_kept(members, reply.show_body(), form);
        let advice = "Errors are never cached: send Cache-Control: no-store with them, or none.";
        self.is_kept(!may_be_kept(reply), reply.show("Cache-Control"), advice);
    }
}

/// The media type in lower case, without its parameters.
pub fn media_type(reply: &Reply) -> String {
    let value = reply.header("content-type").unwrap_or("");
    value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

/// The seconds for which `Cache-Control` lets a client keep the answer, if it says so.
pub fn max_age(reply: &Reply) -> Option<u64> {
    let value = reply.header("cache-control")?.to_ascii_lowercase();
    value
        .split(',')
        .find_map(|it| it.trim().strip_prefix("max-age=")?.trim_matches('"').parse().ok())
}

/// Whether `Cache-Control` lets a client keep the answer.
pub fn may_be_kept(reply: &Reply) -> bool {
    let value = reply.header("cache-control").unwrap_or("").to_ascii_lowercase();
    max_age(reply).is_some_and(|seconds| seconds > 0)
        && !value.contains("no-store")
        && !value.contains("no-cache")
}
