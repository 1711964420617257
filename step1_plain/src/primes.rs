//! The heavy function counts the primes up to `n` by trial division.
//!
//! It is slow on purpose, and typical of real code because it is correct and obvious and has one hot
//! spot. Neither function is inlined, so a profile shows each of them under its own name.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde::Serialize;

/// The largest `n` that a request may have. Counting that far takes a second or two.
pub const MAX_N: u32 = 10_000_000;

/// The `n` of a request without one. Counting that far takes about 0.2 s.
pub const DEFAULT_N: u32 = 2_000_000;

/// The primes up to `n`. As JSON, this is the body of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Primes {
    /// The upper end of the range, inclusive.
    pub n: u32,
    /// The number of primes in 2..=n.
    pub primes: u32,
    /// The largest prime in the range, or `None` (JSON `null`) if `n` is below 2.
    pub largest: Option<u32>,
}

/// Counts the primes up to `n` by testing every number.
///
/// Returns `None` soon after `cancelled` becomes true, because a result that no client waits for
/// should not hold up the next computation.
#[inline(never)]
pub fn count_primes(n: u32, cancelled: &AtomicBool) -> Option<Primes> {
    let mut found = Primes { n, primes: 0, largest: None };
    for candidate in 2..=n {
        if cancelled.load(Relaxed) {
            return None;
        }
        if is_prime(candidate) {
            found.primes += 1;
            found.largest = Some(candidate);
        }
    }
    Some(found)
}

/// Trial division: `n` is prime if neither 2 nor any odd number up to its square root divides it.
#[inline(never)]
pub fn is_prime(n: u32) -> bool {
    if n < 4 {
        return n >= 2;
    }
    if n.is_multiple_of(2) {
        return false;
    }
    let mut divisor = 3;
    // 64 bits, because the square of a large `divisor` does not fit into 32.
    while u64::from(divisor) * u64::from(divisor) <= u64::from(n) {
        if n.is_multiple_of(divisor) {
            return false;
        }
        divisor += 2;
    }
    true
}
