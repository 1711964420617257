//! Worked solutions of the exercises of step 5, which have to pass the same checks.
//!
//! Try yours first: the tasks are in `../exercises`.

mod amdahl;
mod flat_and_cumulative;
mod profile_on_trial;
mod sieve;
