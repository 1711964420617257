//! The exercises of step 1: `server_timing`, `off_the_loop` and `percentile`.
//!
//! Each file has the task at its head, with the command that checks it. Replace each `todo!()` until
//! the check passes; then compare with the file of the same name in `../solutions`.

#![allow(
    clippy::todo,
    dead_code,
    unused_variables,
    reason = "an exercise that is not solved yet uses nothing of what it is given"
)]

mod off_the_loop;
mod percentile;
mod server_timing;
