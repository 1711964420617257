//! A sampling profiler for all workers at once, as a small library.
//!
//! | folder | idea |
//! |---|---|
//! | [`sampling`] | taking a profile: a timer, a signal, the chain of frame pointers |
//! | [`views`] | showing it: functions, lines, flamegraphs, files for other tools |

pub mod sampling;
pub mod views;
