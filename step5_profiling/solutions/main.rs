//! Worked solutions of step 5's exercises, which have to pass the same checks.
//!
//! Try your own first. The tasks are in `../exercises`.

mod amdahl;
mod flat_and_cumulative;
mod predictions;
mod profile_on_trial;
mod sieve;
