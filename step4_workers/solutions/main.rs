//! Worked solutions of step 4's exercises, which have to pass the same checks.
//!
//! Try your own first. The tasks are in `../exercises`.

mod backoff;
mod predictions;
