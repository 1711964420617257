//! The exercises of step 2 are `predictions`, `bounded_dict`, `visited_bit`, `mean_time` and
//! `characteristic_time`.
//!
//! Each file begins with its task and the command that checks it. Replace each `todo!()` until the
//! check passes. Then compare your code with the file of the same name in `../solutions`.

#![allow(
    clippy::todo,
    dead_code,
    unused_variables,
    reason = "an exercise that is not solved yet uses nothing of what it is given"
)]

mod bounded_dict;
mod characteristic_time;
mod mean_time;
mod predictions;
mod visited_bit;
#[path = "checks/zipf.rs"]
mod zipf;
