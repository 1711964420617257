//! Solution: the sieve of Eratosthenes.

/// How many primes there are in 2..=n, `n` itself included.
pub fn sieve(n: u32) -> u32 {
    let n = n as usize;
    // The index is the number itself, which costs two places and saves every thought about them.
    let mut crossed_out = vec![false; n + 1];
    // A number that is no prime and has no factor up to the root of `n` is larger than `n`.
    for number in 2..=n.isqrt() {
        if crossed_out[number] {
            continue;
        }
        // From the square on: a smaller multiple has a smaller factor, which has crossed it out.
        for multiple in (number * number..=n).step_by(number) {
            crossed_out[multiple] = true;
        }
    }
    crossed_out.iter().skip(2).filter(|crossed_out| !**crossed_out).count() as u32
}

#[path = "../exercises/checks/sieve.rs"]
mod check;
