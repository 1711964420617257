//! # Exercise: the sieve of Eratosthenes
//!
//! Count the primes up to `n` without asking of each number whether it is one: write down all numbers,
//! take the smallest that is not crossed out, which is a prime, cross out its multiples, and go on with
//! the next.
//!
//! Why: a profile of the server shows that nearly all time goes into one division. A faster division
//! would gain a little; an algorithm that does not divide gains more than any machine can.
//!
//! For real: `src/sieve.rs`, which does without the even numbers, and also gives up when nobody waits.
//! Write yours first.
//!
//! Check: `cargo test -p step5_profiling --test exercises sieve`

/// How many primes there are in 2..=n, `n` itself included.
pub fn sieve(n: u32) -> u32 {
    todo!("cross out the multiples of each prime, and count what is left")
}

#[path = "checks/sieve.rs"]
mod check;
