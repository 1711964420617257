//! Solution: the profile on trial.

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
    // A stack counts once, even if the function is recursive.
    let samples = |is_wanted: &dyn Fn(&Call) -> bool| {
        let stacks = stacks.iter().filter(|stack| stack.calls.iter().any(is_wanted));
        stacks.map(|stack| stack.samples).sum::<u64>()
    };
    let all = samples(&|call| call.function == function);
    let at_line = samples(&|call| call.function == function && call.line == line);
    // Without samples, this is 0 / 1 and not 0 / 0.
    at_line as f64 / all.max(1) as f64
}

/// How many times as long a function takes when a `part` of its time (0.0..=1.0) is spent `times`
/// times.
pub fn slowdown(part: f64, times: u32) -> f64 {
    (1.0 - part) + part * f64::from(times)
}

/// Whether `n` is prime, tested `times` times (1 or more).
fn is_prime_repeated(n: u32, times: u32) -> bool {
    let mut result = false;
    for _ in 0..times {
        // The compiler has to assume that each call gets another number, and that each result is
        // used.
        result = black_box(is_prime(black_box(n)));
    }
    result
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

#[path = "../exercises/checks/profile_on_trial.rs"]
mod check;
