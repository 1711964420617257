//! # Exercise: a TTL with jitter
//!
//! Lengthen or shorten a TTL by up to a tenth, depending on a random number.
//!
//! **Why?** After a restart, a server fills its cache within a second. With the same TTL for all
//! entries, they also expire within one second, again and again, and each time the server computes
//! all of them at once. If each entry lives a little longer or shorter, that work is spread out.
//!
//! The random number is an argument, so that a check can choose it. A TTL above zero must never
//! become zero, which would mean "do not store it". Be careful with the rounding of small TTLs.
//!
//! The cache in `src/ttl_cache.rs` has one TTL for all entries and relies on their order, so it has
//! no jitter. Gunicorn's `--max-requests-jitter` is the same idea for restarts of workers.
//!
//! Check your code with `cargo test -p step3_ttl_cache --test exercises jitter`.
//!
//! 한국어 과제: `README.ko.md`.

use std::time::Duration;

/// A time between 0.9 and 1.1 times `ttl`, to the nanosecond. It is zero only if `ttl` is zero.
///
/// `random` may be any number. If all numbers are equally likely, so are all times in this range.
/// `ttl` may be as long as [`Duration::MAX`]. A result that would be longer becomes
/// [`Duration::MAX`].
pub fn jittered(ttl: Duration, random: u64) -> Duration {
    todo!("choose a time between nine and eleven tenths of the TTL")
}

#[path = "checks/jitter.rs"]
mod check;
