//! Solution: the sieve of Eratosthenes.

/// The number of primes in 2..=n.
pub fn sieve(n: u32) -> u32 {
    let n = n as usize;
    // The index is the number itself, which wastes two places but keeps the code simple.
    let mut crossed_out = vec![false; n + 1];
    // A number up to `n` that is not prime has a factor up to the root of `n`.
    for number in 2..=n.isqrt() {
        if crossed_out[number] {
            continue;
        }
        // Starts at the square, because smaller multiples have a smaller factor, which has crossed
        // them out.
        for multiple in (number * number..=n).step_by(number) {
            crossed_out[multiple] = true;
        }
    }
    crossed_out.iter().skip(2).filter(|crossed_out| !**crossed_out).count() as u32
}

#[path = "../exercises/checks/sieve.rs"]
mod check;
