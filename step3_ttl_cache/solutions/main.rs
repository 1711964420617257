//! Worked solutions of step 3's exercises, which have to pass the same checks.
//!
//! Try your own first. The tasks are in `../exercises`.

mod entry_ttl;
mod jitter;
mod predictions;
mod single_flight;
mod stale;
