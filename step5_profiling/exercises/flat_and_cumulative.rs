//! # Exercise: flat and cumulative samples
//!
//! Read folded stacks, one on each line. A line has the functions from the outermost to the
//! innermost, separated by `;`, then a space and the number of samples with this stack. For each
//! function, count its flat samples, in which it was the innermost function, and its cumulative
//! samples, in which it was anywhere in the stack.
//!
//! ```text
//! main;slow;count_primes;is_prime 90
//! main;slow;count_primes 8
//! main;accept 2
//! ```
//!
//! Here `is_prime` has 90 flat samples. `count_primes` has 8 flat and 98 cumulative samples.
//!
//! **Why?** Flat samples show where the time is spent, so they show how much you can gain in the
//! function itself. Cumulative samples also include the functions that it calls. Here, all 100
//! samples are cumulative samples of `main`, and none is a flat one. Take care with recursive
//! functions. A function that calls itself is in a stack several times, but the sample counts only
//! once.
//!
//! The profiler does this in `src/profiler/views/top.rs`, and writes such lines in
//! `src/profiler/views/folded.rs`.
//!
//! Check your code with `cargo test -p step5_profiling --test exercises flat_and_cumulative`.
//!
//! 한국어 과제: `README.ko.md`.

use std::collections::BTreeMap;

/// The samples of one function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// Samples in which it was the innermost function.
    pub flat: u64,
    /// Samples in which it was anywhere in the stack.
    pub cumulative: u64,
}

/// The samples of each function, by its name, which may contain spaces (`<A as B>::c`).
///
/// Lines that are not folded stacks, such as empty lines, are ignored.
pub fn flat_and_cumulative(folded: &str) -> BTreeMap<&str, Samples> {
    todo!("split each line into stack and count, and the stack into functions")
}

#[path = "checks/flat_and_cumulative.rs"]
mod check;
