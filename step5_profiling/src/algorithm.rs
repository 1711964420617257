//! `--algorithm`: how the slow answer is computed.

use std::sync::atomic::AtomicBool;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use step1_plain::primes::{Primes, count_primes};

use crate::sieve::sieve_primes;

/// One of two ways to the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum Algorithm {
    /// Step 1's: ask of every number whether something divides it.
    Trial,
    /// The better one.
    Sieve,
}

impl Algorithm {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Trial, Self::Sieve];

    /// The function.
    pub fn function(self) -> fn(u32, &AtomicBool) -> Option<Primes> {
        match self {
            Self::Trial => count_primes,
            Self::Sieve => sieve_primes,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trial => "count_primes",
            Self::Sieve => "sieve_primes",
        }
    }
}
