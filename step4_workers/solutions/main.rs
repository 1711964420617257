//! Worked solutions of the exercises of step 4, which have to pass the same checks.
//!
//! Try yours first: the tasks are in `../exercises`.

mod backoff;
mod workers_for;
