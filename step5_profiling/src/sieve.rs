//! The fix is the sieve of Eratosthenes. It does not test every number. It takes each prime once
//! and crosses out its multiples.
//!
//! Trial division takes about `n` × √`n` ÷ ln `n` steps, and the sieve takes `n` × ln ln `n`. No
//! faster machine makes up for that difference. The price of the sieve is memory, one byte for each
//! odd number.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use step1_plain::primes::Primes;

/// Counts the primes up to `n`, like [`count_primes`](step1_plain::primes::count_primes).
///
/// Returns `None` soon after `cancelled` becomes true.
#[inline(never)]
pub fn sieve_primes(n: u32, cancelled: &AtomicBool) -> Option<Primes> {
    if n < 2 {
        return Some(Primes { n, primes: 0, largest: None });
    }
    // The number at `index` is 2 × index + 1. Index 0 is the number 1, which is not a prime. We
    // count it in place of the prime 2, which has no index.
    let numbers = n.div_ceil(2) as usize;
    let mut is_prime = vec![true; numbers];
    for index in 1..numbers {
        let prime = 2 * index + 1;
        if prime * prime > n as usize {
            break;
        }
        if cancelled.load(Relaxed) {
            return None;
        }
        if is_prime[index] {
            cross_out(&mut is_prime, prime);
        }
    }
    let primes = is_prime.iter().filter(|is_prime| **is_prime).count() as u32;
    let last = is_prime.iter().rposition(|is_prime| *is_prime).unwrap_or(0) as u32;
    Some(Primes { n, primes, largest: Some(if last == 0 { 2 } else { 2 * last + 1 }) })
}

/// Crosses out the odd multiples of a prime, starting with its square. Smaller multiples have a
/// smaller prime factor, so they are crossed out already.
#[inline(never)]
fn cross_out(is_prime: &mut [bool], prime: usize) {
    for multiple in is_prime[prime * prime / 2..].iter_mut().step_by(prime) {
        *multiple = false;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use step1_plain::primes::{MAX_N, count_primes};

    use super::*;

    fn sieve(n: u32) -> Primes {
        sieve_primes(n, &AtomicBool::new(false)).unwrap()
    }

    #[test]
    fn every_small_n_has_the_result_of_trial_division() {
        for n in 0..2_000 {
            assert_eq!(Some(sieve(n)), count_primes(n, &AtomicBool::new(false)), "{n}");
        }
    }

    #[test]
    fn the_largest_n_has_the_known_result() {
        let expected = Primes { n: MAX_N, primes: 664_579, largest: Some(9_999_991) };
        assert_eq!(sieve(MAX_N), expected);
    }

    #[test]
    fn a_cancelled_computation_stops() {
        assert_eq!(sieve_primes(1_000, &AtomicBool::new(true)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_n_has_the_result_of_trial_division(n in 0_u32..300_000) {
            prop_assert_eq!(Some(sieve(n)), count_primes(n, &AtomicBool::new(false)));
        }
    }
}
