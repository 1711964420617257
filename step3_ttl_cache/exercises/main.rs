//! The exercises of step 3: `entry_ttl`, `jitter`, `one_flight` and `stale`.
//!
//! Each file has the task at its head, with the command that checks it. Replace each `todo!()` until
//! the check passes; then compare with the file of the same name in `../solutions`.

#![allow(
    clippy::todo,
    dead_code,
    unused_variables,
    reason = "an exercise that is not solved yet uses nothing of what it is given"
)]

mod entry_ttl;
mod jitter;
mod one_flight;
mod stale;
