//! Wrong: of a function that calls itself, only the outermost call is looked at.
//!
//! Refused with: whichever of its calls is at the line

use std::{hint::black_box, ops::Range};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub function: String,
    pub line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    pub calls: Vec<Call>,
    pub samples: u64,
}

pub fn share(stacks: &[Stack], function: &str, line: u32) -> f64 {
    let samples = |is_wanted: &dyn Fn(&Call) -> bool| {
        let outermost = |stack: &Stack| {
            let mut calls = stack.calls.iter();
            calls.find(|call| call.function == function).is_some_and(is_wanted)
        };
        let stacks = stacks.iter().filter(|stack| outermost(stack));
        stacks.map(|stack| stack.samples).sum::<u64>()
    };
    let all = samples(&|call| call.function == function);
    let at_line = samples(&|call| call.function == function && call.line == line);
    at_line as f64 / all.max(1) as f64
}

pub fn slowdown(part: f64, times: u32) -> f64 {
    (1.0 - part) + part * f64::from(times)
}

fn is_prime_repeated(n: u32, times: u32) -> bool {
    let mut result = false;
    for _ in 0..times {
        result = black_box(is_prime(black_box(n)));
    }
    result
}

#[inline(never)]
pub fn survey(numbers: Range<u32>, times: u32) -> (u32, u64) {
    let (mut primes, mut steps) = (0, 0);
    for n in numbers {
        primes += u32::from(is_prime_repeated(n, times));
        steps += u64::from(collatz_steps(n));
    }
    (primes, steps)
}

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
        divisor = divisor.wrapping_add(2);
    }
    true
}

#[inline(never)]
fn collatz_steps(n: u32) -> u32 {
    let (mut n, mut steps) = (u64::from(n), 0);
    while n > 1 {
        n = if n.is_multiple_of(2) { n / 2 } else { 3 * n + 1 };
        steps += 1;
    }
    steps
}

#[path = "../../exercises/checks/profile_on_trial.rs"]
mod check;
