//! The views of a profile.
//!
//! | file | idea |
//! |---|---|
//! | [`top`] | the table of functions |
//! | [`lines`] | time by source line |
//! | [`folded`], [`flamegraph`] | all stacks in one picture |
//! | [`diff`] | the same picture, compared with the last one |
//! | [`pprof_file`], [`protobuf`] | a file for `go tool pprof` |

pub mod diff;
pub mod flamegraph;
pub mod folded;
pub mod lines;
pub mod pprof_file;
pub mod protobuf;
pub mod top;
