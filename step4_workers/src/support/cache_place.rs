//! Where workers cache responses.

use redis::IntoConnectionInfo;
use serde::{Deserialize, Serialize};

/// One `--cache`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CachePlace {
    /// In each worker's own memory.
    Memory,
    /// In a Redis, by its URL.
    Redis(String),
}

/// The schemes of a Redis URL. TLS (`rediss://`) is not built in.
const SCHEMES: [&str; 5] = ["redis://", "valkey://", "redis+unix://", "valkey+unix://", "unix://"];

impl CachePlace {
    /// Reads `memory`, or the URL of a Redis.
    ///
    /// # Errors
    /// A sentence that names the allowed forms.
    pub fn parse(text: &str) -> Result<Self, String> {
        let is_known = SCHEMES.iter().any(|scheme| text.starts_with(scheme));
        if text == "memory" {
            Ok(Self::Memory)
        } else if is_known && text.into_connection_info().is_ok() {
            Ok(Self::Redis(text.to_owned()))
        } else {
            Err("write memory, redis://HOST:PORT/DB (with a password, \
                 redis://:PASSWORD@HOST:PORT/DB), or redis+unix:///PATH?db=DB; TLS (rediss://) is \
                 not built in"
                .to_owned())
        }
    }
}

/// The URL of a Redis without its password, for output. The password is the part before the last `@`
/// or, for a Unix socket, a parameter.
pub fn without_password(url: &str) -> String {
    let scheme = SCHEMES.into_iter().find(|scheme| url.starts_with(scheme)).unwrap_or_default();
    let rest = &url[scheme.len()..];
    match (rest.split_once("pass="), rest.rfind('@')) {
        (Some((before, _)), _) if scheme.contains("unix") => format!("{scheme}{before}pass=***"),
        (_, Some(at)) => format!("{scheme}***{}", &rest[at..]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redis_url_has_many_forms() {
        for url in [
            "redis://127.0.0.1",
            "redis://127.0.0.1:6379/2",
            "redis://:secret@localhost:6379/0",
            "redis+unix:///tmp/redis.sock?db=1",
            "unix:///tmp/redis.sock",
        ] {
            assert_eq!(CachePlace::parse(url), Ok(CachePlace::Redis(url.to_owned())));
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        for (url, shown) in [
            ("memory", "memory"),
            ("redis://localhost:1/2", "redis://localhost:1/2"),
            ("redis://:secret@localhost/2", "redis://***@localhost/2"),
            ("redis://me:sec@ret@localhost", "redis://***@localhost"),
            ("redis://:pass=x@localhost", "redis://***@localhost"),
            ("redis:/:secret@localhost", "***@localhost"),
            ("unix:///a.sock?pass=sec@ret&db=1", "unix:///a.sock?pass=***"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
