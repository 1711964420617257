//! The command line of a step whose cache lets entries expire.

use std::time::Duration;

use step1_plain::support::args::parse_duration;
use step2_dict_cache::support::args::CacheArgs;

/// The longest time to live, and the longest window after it. A year is longer than any class, and
/// far from where clocks overflow.
const MAX_TTL: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Step 2's flags, and the lifetime of a response.
#[derive(Clone, Debug, clap::Parser)]
#[command(version, about = "Step 3: a TTL cache, responses expire", long_about = None)]
pub struct TtlArgs {
    /// The shared flags, and the cache's.
    #[command(flatten)]
    pub cache: CacheArgs,

    /// How long a response is fresh: 500ms, 10s, 1m, 1h; a plain number is seconds, 0 stores nothing
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10s",
        allow_hyphen_values = true,
        value_parser = parse_ttl
    )]
    pub ttl: Duration,

    /// How long an expired response is served while the next one is computed in the background
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "0",
        allow_hyphen_values = true,
        value_parser = parse_window
    )]
    pub stale_while_revalidate: Duration,

    /// How long an expired response is served when computing the next one fails
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "0",
        allow_hyphen_values = true,
        value_parser = parse_window
    )]
    pub stale_if_error: Duration,
}

/// Parses a time to live.
///
/// # Errors
/// A message that shows the correct form.
pub fn parse_ttl(text: &str) -> Result<Duration, String> {
    parse(text, "from 0, which stores nothing, to 8784h")
}

/// Parses how long after its expiry a response may be served.
///
/// # Errors
/// A message that shows the correct form.
pub fn parse_window(text: &str) -> Result<Duration, String> {
    parse(text, "from 0, which is never, to 8784h")
}

fn parse(text: &str, allowed: &str) -> Result<Duration, String> {
    parse_duration(text).filter(|duration| *duration <= MAX_TTL).ok_or_else(|| {
        format!(
            "write a duration such as 500ms, 10s, 1m or 1h; a plain number is seconds; {allowed}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ttl_is_a_duration_of_a_year_at_most() {
        assert_eq!(parse_ttl("0"), Ok(Duration::ZERO));
        assert_eq!(parse_ttl("8784h"), Ok(MAX_TTL));
        for text in ["", "-1", "-1s", "soon", "8785h"] {
            assert!(parse_ttl(text).unwrap_err().contains("500ms"), "{text}");
            assert!(parse_window(text).unwrap_err().contains("is never"), "{text}");
        }
    }
}
