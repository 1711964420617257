//! Checks `sieve`.

use std::{
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use step1_plain::primes::count_primes;

use super::*;

fn trial_division(n: u32) -> u32 {
    let found = count_primes(n, &AtomicBool::new(false));
    found.expect("it gives up only when it is told to").primes
}

#[test]
fn below_two_there_is_no_prime() {
    assert_eq!(
        [0, 1, 2].map(sieve),
        [0, 0, 1],
        "neither 0 nor 1 is a prime, and 2 is: begin with 2, and mind a list that is too short for it"
    );
}

#[test]
fn its_answers_are_those_of_trial_division() {
    for n in (0..1_000).chain([1_009, 10_201, 65_535, 65_537, 100_003]) {
        assert_eq!(
            sieve(n),
            trial_division(n),
            "up to {n}: count {n} itself if it is prime, and cross out every multiple up to {n}"
        );
    }
}

#[test]
fn the_largest_n_of_a_request_has_the_known_answer() {
    assert_eq!(sieve(10_000_000), 664_579, "up to 10,000,000: mind squares that no `u32` holds");
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
        assert_eq!(by_sieve, trial_division(N), "before it is fast it has to be right");
        dividing = dividing.min(start.elapsed());
    }
    // Trial division by primes alone is about as fast as `trial_division`. A simple sieve is five
    // times as fast, and a careful one is twenty times as fast.
    assert!(
        3 * sieving < dividing,
        "the sieve took {sieving:?} and trial division {dividing:?}: divide nothing, cross out only the \
         multiples of primes, and begin each time at the square of the prime"
    );
}
