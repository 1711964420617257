//! Showing a profile.
//!
//! | file | idea |
//! |---|---|
//! | [`top`] | the table of functions |
//! | [`lines`] | time by source line |
//! | [`folded`], [`flamegraph`] | all stacks as one picture |
//! | [`diff`] | and what has changed in it |
//! | [`pprof_file`], [`profile_proto`] | a file for `go tool pprof` |

pub mod diff;
pub mod flamegraph;
pub mod folded;
pub mod lines;
pub mod pprof_file;
pub mod profile_proto;
pub mod top;
