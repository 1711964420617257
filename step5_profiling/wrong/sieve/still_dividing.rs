//! Wrong: each number is divided by the primes before it.
//!
//! Refused with: do not test numbers, only cross out multiples

pub fn sieve(n: u32) -> u32 {
    let mut primes = Vec::<u32>::new();
    for number in 2..=n {
        let mut divisors = primes.iter().take_while(|prime| **prime <= number.isqrt());
        if divisors.all(|prime| !number.is_multiple_of(*prime)) {
            primes.push(number);
        }
    }
    primes.len() as u32
}

#[path = "../../exercises/checks/sieve.rs"]
mod check;
