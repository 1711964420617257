//! The command line of a step with a cache.

use std::num::NonZeroUsize;

use step1_plain::support::{args::ServerArgs, http::query::whole_number};

/// The largest `--capacity`. That many responses take about 200 MB.
const MAX_CAPACITY: usize = 1_000_000;

/// Step 1's flags and `--capacity`.
#[derive(Clone, Debug, clap::Parser)]
#[command(version, about = "Step 2: a dict cache, responses are stored", long_about = None)]
pub struct CacheArgs {
    /// The shared flags.
    #[command(flatten)]
    pub server: ServerArgs,

    /// Most entries stored; the least recently used is evicted first
    #[arg(long, value_name = "N", default_value = "1024", allow_negative_numbers = true, value_parser = parse_capacity)]
    pub capacity: NonZeroUsize,
}

/// Parses a number of entries.
///
/// # Errors
/// A message with the allowed range.
pub fn parse_capacity(text: &str) -> Result<NonZeroUsize, String> {
    let capacity = whole_number(text, 1..=MAX_CAPACITY).ok().and_then(NonZeroUsize::new);
    capacity.ok_or_else(|| {
        format!("write a whole number from 1 to {MAX_CAPACITY} (no cache at all is step1_plain)")
    })
}
