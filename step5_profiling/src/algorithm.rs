//! `--algorithm` selects the function that counts the primes.

use std::sync::atomic::AtomicBool;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use step1_plain::primes::{Primes, count_primes};

use crate::sieve::sieve_primes;

/// Two functions with the same result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum Algorithm {
    /// Step 1's trial division, which tries divisors on every number.
    #[default]
    Trial,
    /// The sieve of Eratosthenes, which is much faster.
    Sieve,
}

impl Algorithm {
    /// Counts the primes up to `n`. See [`count_primes`].
    pub fn function(self) -> fn(u32, &AtomicBool) -> Option<Primes> {
        match self {
            Self::Trial => count_primes,
            Self::Sieve => sieve_primes,
        }
    }
}
