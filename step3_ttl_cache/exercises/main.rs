//! The exercises of step 3 are `predictions`, `entry_ttl`, `jitter`, `single_flight` and
//! `stale`.
//!
//! Each file begins with its task and the command that checks it. Replace each `todo!()` until the
//! check passes. Then compare your code with the file of the same name in `../solutions`.

#![allow(
    clippy::todo,
    dead_code,
    unused_variables,
    reason = "an exercise that is not solved yet uses nothing of what it is given"
)]

mod entry_ttl;
mod jitter;
mod predictions;
mod single_flight;
mod stale;
