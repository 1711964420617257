//! # Exercise: flat and cumulative samples
//!
//! Read folded stacks, one a line: the functions from the outermost to the innermost with `;` between
//! them, a space, and how many samples had this stack. Count for each function its flat samples, those
//! in which it was the innermost, and its cumulative ones, those in which it was at all.
//!
//! ```text
//! main;answer;count_primes;is_prime 90
//! main;answer;count_primes 8
//! main;accept 2
//! ```
//!
//! Here `is_prime` has 90 flat samples and `count_primes` 8, with 98 cumulative ones.
//!
//! Why: flat says where the time is spent, so what there is to gain in the function itself; cumulative
//! says on whose behalf. `main` has all of the latter and nothing of the former. Take care with a
//! function that calls itself: it is in one stack several times, and the sample is still one.
//!
//! For real: `src/profiler/views/top.rs`, and `src/profiler/views/folded.rs`, which writes such lines.
//!
//! Check: `cargo test -p step5_profiling --test exercises flat_and_cumulative`

use std::collections::BTreeMap;

/// The samples of one function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// Those in which it was the innermost function.
    pub flat: u64,
    /// Those in which it was anywhere in the stack.
    pub cumulative: u64,
}

/// The samples of each function by its name, which may hold spaces (`<A as B>::c`).
///
/// What is no folded stack, an empty line for instance, is left out.
pub fn flat_and_cumulative(folded: &str) -> BTreeMap<&str, Samples> {
    todo!("split each line into stack and count, and the stack into functions")
}

#[path = "checks/flat_and_cumulative.rs"]
mod check;
