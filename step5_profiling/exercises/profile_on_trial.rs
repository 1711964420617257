//! # Exercise: the profile on trial
//!
//! A profile claims that one line has a share p of a function's time. Put this claim to the test.
//! Make the line do its work k times, and predict from p how much slower the function becomes. Then
//! measure it, and compare. Here the function is `survey`, and its hot line tests numbers for
//! primality. You write three functions:
//!
//! * `share` reads p from the stacks of a profile.
//! * `slowdown` predicts from p and k how many times as long the function takes.
//! * `is_prime_repeated` does the work of the hot line k times.
//!
//! The compiler computes the same result only once, and leaves out results that are never used.
//! [`black_box`] returns its argument, but the compiler has to assume that the result may be any
//! value, and that the argument is used.
//!
//! **Why?** Test a tool before you trust it. With p = 0.65 and k = 3, the function should take 2.3
//! times as long. The check allows 10%, so a profile that claims 0.5 or 0.8 fails.
//!
//! Such a trial also shows the limits of a claim. For a line with a single division in a short
//! loop, the profile said p = 0.8 and so predicted 2.6, but we measured 2.9. The processor works on
//! many instructions at once, so a sample may hit one of the next lines instead of the slow one.
//! Here, each line works for hundreds of nanoseconds, so a few instructions do not matter.
//!
//! The profiler counts the time of each line in `src/profiler/views/lines.rs`.
//!
//! Check your code with
//! `cargo test -p step5_profiling --test exercises profile_on_trial -- --nocapture`.
//!
//! 한국어 과제: `README.ko.md`.

use std::{hint::black_box, ops::Range};

/// A call in a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The name of the function.
    pub function: String,
    /// The line that the function is at, or from which it calls the next one.
    pub line: u32,
}

/// Samples with the same stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// The calls, including inlined functions, with the outermost first.
    pub calls: Vec<Call>,
    /// The number of samples.
    pub samples: u64,
}

/// The share (0.0..=1.0) of this line in the time of its function, including the functions that the
/// line calls. It is 0.0 if the function is in no stack.
pub fn share(stacks: &[Stack], function: &str, line: u32) -> f64 {
    todo!("divide the samples that are at the line by those that are in the function")
}

/// How many times as long a function takes when a `part` of its time (0.0..=1.0) is spent `times`
/// times.
pub fn slowdown(part: f64, times: u32) -> f64 {
    todo!("call the time before 1, and add up the times of the rest and of the repeated part")
}

/// Whether `n` is prime, tested `times` times (1 or more).
fn is_prime_repeated(n: u32, times: u32) -> bool {
    todo!(
        "call `is_prime` in a loop, and hide from the compiler that it is the same call each time"
    )
}

/// The number of primes among these numbers, and the total number of steps to 1 in their Collatz
/// sequences.
///
/// The first line of the loop is on trial and does its work `times` times. The second line does it
/// once.
#[inline(never)]
pub fn survey(numbers: Range<u32>, times: u32) -> (u32, u64) {
    let (mut primes, mut steps) = (0, 0);
    for n in numbers {
        primes += u32::from(is_prime_repeated(n, times));
        steps += u64::from(collatz_steps(n));
    }
    (primes, steps)
}

/// Trial division, as in step 1.
// Neither this function nor the next one is inlined, so that a profile shows both.
#[inline(never)]
fn is_prime(n: u32) -> bool {
    if n < 4 {
        return n >= 2;
    }
    if n.is_multiple_of(2) {
        return false;
    }
    let mut divisor = 3_u32;
    while u64::from(divisor) * u64::from(divisor) <= u64::from(n) {
        if n.is_multiple_of(divisor) {
            return false;
        }
        // A check for overflow could panic, so the compiler would have to keep a second test.
        divisor = divisor.wrapping_add(2);
    }
    true
}

/// The number of steps from `n` to 1. A step halves an even number, or triples an odd one and adds
/// 1.
#[inline(never)]
fn collatz_steps(n: u32) -> u32 {
    let (mut n, mut steps) = (u64::from(n), 0);
    while n > 1 {
        n = if n.is_multiple_of(2) { n / 2 } else { 3 * n + 1 };
        steps += 1;
    }
    steps
}

#[path = "checks/profile_on_trial.rs"]
mod check;
