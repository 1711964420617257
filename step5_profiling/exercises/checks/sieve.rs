//! Checks `sieve`.

use std::{
    panic::catch_unwind,
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use step1_plain::primes::count_primes;

use super::*;

fn trial_division(n: u32) -> u32 {
    let found = count_primes(n, &AtomicBool::new(false));
    found.expect("it stops early only if the flag is set").primes
}

#[test]
fn below_two_there_is_no_prime() {
    let got = [0, 1, 2].map(|n| catch_unwind(|| sieve(n)).ok());
    let why = match got {
        [_, Some(1), _] => "you counted 1, but the smallest prime is 2",
        [None, ..] | [_, None, _] => "it panicked, so the list is too short for a small `n`",
        _ => "up to 0, 1 and 2, there are 0, 0 and 1 primes",
    };
    assert_eq!(got, [Some(0), Some(0), Some(1)], "wrong for 0, 1 or 2: {why}");
}

#[test]
fn its_results_are_those_of_trial_division() {
    for n in (2..1_000).chain([1_009, 10_201, 65_535, 65_537, 100_003]) {
        let (got, expected) = (sieve(n), trial_division(n));
        let why = match got {
            _ if sieve(2) != 1 => "first pass `below_two_there_is_no_prime`",
            got if got == trial_division(n - 1) => "`n` is a prime itself, so count it",
            got if got > expected => "a number that is not prime was not crossed out",
            _ => "a prime was crossed out",
        };
        assert_eq!(got, expected, "wrong up to {n}: {why}");
    }
}

#[test]
fn the_largest_n_of_a_request_has_the_known_result() {
    // Caught, so that this sentence is also printed after a panic.
    let Ok(got) = catch_unwind(|| sieve(10_000_000)) else {
        panic!(
            "it panicked for 10,000,000: its square, like that of most primes, does not fit into a `u32`"
        )
    };
    assert_eq!(got, 664_579, "up to 10,000,000, there are 664,579 primes");
}

#[test]
fn it_is_several_times_as_fast_as_trial_division() {
    const N: u32 = 1_000_000;
    let (mut sieving, mut dividing) = (Duration::MAX, Duration::MAX);
    // Alternates between both and takes the best of several, so that other programs affect both
    // alike.
    for _ in 0..5 {
        let start = Instant::now();
        let by_sieve = sieve(N);
        sieving = sieving.min(start.elapsed());
        let start = Instant::now();
        assert_eq!(by_sieve, trial_division(N), "up to {N}, the result is wrong");
        dividing = dividing.min(start.elapsed());
    }
    // Trial division by primes alone is about as fast as `trial_division`. A simple sieve is five
    // times as fast, and a careful one is twenty times as fast.
    assert!(
        3 * sieving < dividing,
        "your sieve took {sieving:?}, which is not much faster than trial division with {dividing:?}: do \
         not test numbers, only cross out multiples of primes in a list indexed by number"
    );
}
