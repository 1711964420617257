//! Worked solutions of step 1's exercises, which have to pass the same checks.
//!
//! Try your own first. The tasks are in `../exercises`.

mod off_the_loop;
mod percentile;
mod predictions;
