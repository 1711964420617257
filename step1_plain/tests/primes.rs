//! The heavy function counts correctly.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use step1_plain::primes::{Primes, count_primes, is_prime};

static NEVER: AtomicBool = AtomicBool::new(false);

#[test]
fn the_counts_are_those_of_the_tables() {
    // The prime counting function at powers of ten: <https://oeis.org/A006880>.
    for (n, primes, largest) in
        [(10, 4, 7), (100, 25, 97), (1000, 168, 997), (10_000, 1229, 9973), (100_000, 9592, 99_991)]
    {
        let expected = Primes { n, primes, largest: Some(largest) };
        assert_eq!(count_primes(n, &NEVER), Some(expected));
    }
}

#[test]
fn a_cancelled_count_gives_up() {
    assert_eq!(count_primes(1000, &AtomicBool::new(true)), None);
}

proptest! {
    #[test]
    fn a_number_is_prime_if_nothing_between_one_and_itself_divides_it(n in 0_u32..20_000) {
        prop_assert_eq!(is_prime(n), n > 1 && (2..n).all(|divisor| n % divisor != 0));
    }

    #[test]
    fn a_product_is_never_prime(a in 2_u32..65_536, b in 2_u32..65_536) {
        // Below 2^16 each, their product is a u32.
        prop_assert!(!is_prime(a * b));
    }

    #[test]
    fn one_number_more_is_one_prime_more_or_none(n in 1_u32..5_000) {
        let count = |n| count_primes(n, &NEVER).unwrap();
        let (before, after) = (count(n - 1), count(n));
        prop_assert_eq!(after.primes - before.primes, u32::from(is_prime(n)));
        prop_assert_eq!(after.largest, if is_prime(n) { Some(n) } else { before.largest });
    }
}
