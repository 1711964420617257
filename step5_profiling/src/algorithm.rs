//! `--algorithm`: which function counts the primes.

use std::sync::atomic::AtomicBool;

use step1_plain::primes::{Primes, count_primes};

use crate::sieve::sieve_primes;

/// Two functions with the same result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Step 1's trial division, which tries divisors on every number.
    Trial,
    /// The sieve of Eratosthenes, which is much faster.
    Sieve,
}

impl Algorithm {
    /// Reads `trial` or `sieve`.
    ///
    /// # Errors
    /// For any other text, with what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "trial" => Ok(Self::Trial),
            "sieve" => Ok(Self::Sieve),
            _ => Err("write trial or sieve".to_owned()),
        }
    }

    /// Counts the primes up to `n`; see [`count_primes`].
    pub fn function(self) -> fn(u32, &AtomicBool) -> Option<Primes> {
        match self {
            Self::Trial => count_primes,
            Self::Sieve => sieve_primes,
        }
    }
}
