//! The command line of a step whose cache forgets in time.

use std::time::Duration;

use step2_dict_cache::args::CacheArgs;

/// The longest time to live: longer than any class, and far from where clocks overflow.
const MAX_TTL: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Step 2's flags and the time to live.
#[derive(Clone, Debug, clap::Args)]
pub struct TtlArgs {
    /// The shared flags, and the cache's.
    #[command(flatten)]
    pub cache: CacheArgs,

    /// How long an answer is fresh: 500ms, 10s, 1m, 1h; a plain number is seconds, 0 keeps nothing
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10s",
        allow_negative_numbers = true,
        value_parser = parse_ttl
    )]
    pub ttl: Duration,
}

/// Reads a time to live.
///
/// # Errors
/// What to write instead.
pub fn parse_ttl(text: &str) -> Result<Duration, String> {
    parse_duration(text).filter(|ttl| *ttl <= MAX_TTL).ok_or_else(|| {
        "write a time such as 500ms, 10s, 1m or 1h; a plain number is seconds; from 0, which \
         keeps nothing, to 8784h"
            .to_owned()
    })
}

/// Reads a time: a number and `ms`, `s`, `m` or `h`, or a plain number of seconds.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds_per_unit = match &text[digits.len()..] {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => f64::NAN,
    };
    // `parse` would also take "inf", "1e9" and "+5".
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    digits
        .parse()
        .ok()
        .filter(|_| plain)
        .and_then(|number: f64| Duration::try_from_secs_f64(number * seconds_per_unit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit_or_seconds() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("10", 10_000),
            ("1m", 60_000),
            ("1h", 3_600_000),
            ("0", 0),
            ("1.5", 1500),
            ("0.25s", 250),
            ("8784h", 8784 * 3_600_000),
        ] {
            assert_eq!(parse_ttl(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_examples() {
        for text in [
            "", "soon", "s", "-1", "-1s", "+5", "1e3", "inf", "nan", "10 s", "10S", "1d", "8785h",
            "1.2.3", "٣s", "é",
        ] {
            assert!(parse_ttl(text).unwrap_err().contains("500ms"), "{text}");
        }
    }
}
