//! The command line.

use std::time::Duration;

use step1_plain::support::{args::parse_duration, http::query::whole_number};

use crate::client::Target;

#[derive(Clone, Debug, clap::Parser)]
#[command(
    name = "load",
    about = "A load generator that tells the truth: a closed loop and an open loop, side by side",
    long_about = None,
    after_help = "With neither --clients nor --rate, both run, as --clients 10 --rate 200."
)]
pub struct Args {
    /// The URL to request, for example http://127.0.0.1:8000/slow?n=1000000
    #[arg(value_parser = Target::parse)]
    pub url: Target,

    /// Closed loop: N clients, and each sends its next request when it has the response
    #[arg(long, value_name = "N", value_parser = parse_count)]
    pub clients: Option<usize>,

    /// Open loop: R requests a second, whether the server keeps up or not
    #[arg(long, value_name = "R", allow_hyphen_values = true, value_parser = parse_rate)]
    pub rate: Option<f64>,

    /// How long each loop sends
    #[arg(
        long = "for",
        value_name = "DURATION",
        default_value = "10s",
        allow_hyphen_values = true,
        value_parser = parse_length
    )]
    pub length: Duration,

    /// Time without a response after which a request is an error [default: as long as --for]
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = parse_length)]
    pub timeout: Option<Duration>,

    /// Open loop: at random moments, R a second on average
    #[arg(long)]
    pub poisson: bool,

    /// Seed of the random moments; the same seed gives the same moments
    #[arg(long, value_name = "N", default_value = "1", value_parser = parse_seed)]
    pub seed: u64,

    /// Open loop: the most connections; a request that finds them all in use waits
    #[arg(long, value_name = "N", default_value = "1024", value_parser = parse_count)]
    pub max_connections: usize,

    /// Draw latency over time, and by percentile
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<std::path::PathBuf>,
}

impl Args {
    /// The clients of the closed loop and the rate of the open loop. At least one of them is set.
    pub fn loops(&self) -> (Option<usize>, Option<f64>) {
        match (self.clients, self.rate) {
            (None, None) => (Some(10), Some(200.0)),
            one_or_both => one_or_both,
        }
    }
}

/// Parses a number of clients or connections.
///
/// # Errors
/// A message with the allowed range.
fn parse_count(text: &str) -> Result<usize, String> {
    whole_number(text, 1..=16_384)
}

/// Parses the seed of random numbers.
///
/// # Errors
/// A message with the allowed range.
pub fn parse_seed(text: &str) -> Result<u64, String> {
    whole_number(text, 0..=u64::MAX)
}

/// Parses requests a second.
///
/// # Errors
/// A message with the allowed range.
fn parse_rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.01..=1e6).contains(rate));
    rate.ok_or_else(|| "write requests a second, from 0.01 to 1000000, for example 200".to_owned())
}

/// Parses a duration of at least 10 ms and at most a day.
///
/// # Errors
/// A message with the allowed range.
pub fn parse_length(text: &str) -> Result<Duration, String> {
    let allowed = Duration::from_millis(10)..=Duration::from_secs(24 * 60 * 60);
    parse_duration(text)
        .filter(|length| allowed.contains(length))
        .ok_or_else(|| "write a duration from 10ms to 24h, for example 500ms, 10s or 1m".to_owned())
}
