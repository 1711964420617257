//! The command line of a step with a cache.

use std::num::NonZeroUsize;

use step1_plain::args::ServerArgs;

/// The most entries that `--capacity` allows: some 200 MB of answers.
const MAX_CAPACITY: usize = 1_000_000;

/// Step 1's flags and the cache's.
#[derive(Clone, Debug, clap::Args)]
pub struct CacheArgs {
    /// The shared flags.
    #[command(flatten)]
    pub server: ServerArgs,

    /// Most entries kept; the least recently used goes first
    #[arg(long, value_name = "N", default_value = "1024", allow_negative_numbers = true, value_parser = parse_capacity)]
    pub capacity: NonZeroUsize,
}

/// Reads a number of entries.
///
/// # Errors
/// What to write instead.
pub fn parse_capacity(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().ok().filter(|n: &NonZeroUsize| n.get() <= MAX_CAPACITY).ok_or_else(|| {
        format!("write a whole number from 1 to {MAX_CAPACITY} (no cache at all is step1_plain)")
    })
}
