//! # Exercise: the sieve of Eratosthenes
//!
//! Count the primes up to `n` without testing each number. Write down the numbers from 2 to `n`.
//! The smallest one, 2, is a prime, so cross out its larger multiples. Go on with the next number
//! that is not crossed out, which is a prime, too.
//!
//! **Why?** A profile of the server shows that nearly all its time goes into one division. A faster
//! division would gain a little. An algorithm that does not divide gains more than a faster
//! machine.
//!
//! The server's sieve is in `src/sieve.rs`. It also skips the even numbers, and stops when its
//! client has left. Write yours before you read it.
//!
//! Check your code with `cargo test -p step5_profiling --test exercises sieve`.
//!
//! 한국어 과제: `README.ko.md`.

/// The number of primes in 2..=n.
pub fn sieve(n: u32) -> u32 {
    todo!("cross out the multiples of each prime, and count the numbers that are left")
}

#[path = "checks/sieve.rs"]
mod check;
