//! Worked solutions of the exercises of step 1, which have to pass the same checks.
//!
//! Try yours first: the tasks are in `../exercises`.

mod off_the_loop;
mod percentile;
mod server_timing;
