//! The exercises of step 5 are `predictions`, `flat_and_cumulative`, `amdahl`,
//! `profile_on_trial` and `sieve`.
//!
//! Each file begins with its task and the command that checks it. Replace each `todo!()` until the
//! check passes. Then compare your code with the file of the same name in `../solutions`.

#![allow(
    clippy::todo,
    dead_code,
    unused_variables,
    reason = "an exercise that is not solved yet uses nothing of what it is given"
)]

mod amdahl;
mod flat_and_cumulative;
mod predictions;
mod profile_on_trial;
mod sieve;
