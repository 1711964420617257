//! The exercises of step 1 are `predictions`, `off_the_loop` and `percentile`.
//!
//! Each file begins with its task and the command that checks it. Replace each `todo!()` until the
//! check passes. Then compare your code with the file of the same name in `../solutions`.

#![allow(
    clippy::todo,
    dead_code,
    unused_variables,
    reason = "an exercise that is not solved yet uses nothing of what it is given"
)]

mod off_the_loop;
mod percentile;
mod predictions;
