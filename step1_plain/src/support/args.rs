//! The command line that all steps share.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    time::Duration,
};

use super::http::query::whole_number;

/// Step 1's flags, which all steps have.
#[derive(Clone, Debug, clap::Parser)]
#[command(version, about = "Step 1: a plain server, every request computes its response", long_about = None)]
pub struct ServerArgs {
    /// Where to listen; port 0 picks a free one
    #[arg(
        short, long, env = "BIND", value_name = "ADDR",
        default_value = "127.0.0.1:8000", value_parser = parse_bind
    )]
    pub bind: SocketAddr,

    /// Write a line a request to standard error: time, method, path, status, seconds, cache status
    #[arg(long)]
    pub access_log: bool,
}

/// Parses `HOST:PORT`. A host name such as `localhost` is looked up.
///
/// # Errors
/// A message that shows the correct form.
pub fn parse_bind(text: &str) -> Result<SocketAddr, String> {
    text.to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next())
        .ok_or_else(|| "write HOST:PORT, for example 127.0.0.1:8000 or [::1]:8000".to_owned())
}

/// Parses a duration. A plain number is in seconds. It may also have a unit, as in `500ms`, `10s`,
/// `1m` or `1h`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    match whole_number(text, 0..=u64::MAX) {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_of_seconds_or_has_a_unit() {
        for (text, milliseconds) in [
            ("0", 0),
            ("10", 10_000),
            ("500ms", 500),
            ("0s", 0),
            ("10s", 10_000),
            ("1m", 60_000),
            ("1h", 3_600_000),
            ("1m 30s", 90_000),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_duration() {
        for text in [
            "",
            "soon",
            "s",
            "-1",
            "-1s",
            "+5",
            "+5s",
            "1e3",
            "inf",
            "nan",
            "10S",
            "1.2.3",
            "٣s",
            "é",
            "99999999999999999999",
            "99999999999999999999h",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
