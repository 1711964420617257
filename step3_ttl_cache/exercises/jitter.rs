//! # Exercise: a TTL with jitter
//!
//! Lengthen or shorten a TTL by up to a tenth, as a random number says.
//!
//! Why: after a restart a server fills its cache within a second. With one TTL for all, everything
//! expires within one second too, again and again, and each time the server computes it all at once.
//! When each entry lives a little longer or shorter, that work is spread out.
//!
//! The random number is passed in, so that a check can choose it. No TTL that was asked for may end
//! as zero, which would mean "do not keep it": mind what rounding does to small ones.
//!
//! For real: the cache of `src/ttl_cache.rs` has one TTL for all and relies on this order, so it has
//! no jitter; `--max-requests-jitter` of step 4 is the same idea, for restarts of workers.
//!
//! Check: `cargo test -p step3_ttl_cache --test exercises jitter`

use std::time::Duration;

/// A time between 0.9 and 1.1 times `ttl`, to the nanosecond; zero only if `ttl` is.
///
/// `random` may be any number. If all are equally likely, so are all times in this range.
pub fn jittered(ttl: Duration, random: u64) -> Duration {
    todo!("choose a time between nine and eleven tenths of the TTL")
}

#[path = "checks/jitter.rs"]
mod check;
