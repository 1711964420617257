//! Takes a profile of all workers at once.
//!
//! | file | idea |
//! |---|---|
//! | [`sampler`] | a timer interrupts the process, and the signal handler takes a sample |
//! | [`stack`] | the callers of the interrupted function, from the chain of frame pointers |
//! | [`recording`] | samples go to memory that all workers share |
//! | [`control`], [`recorder`] | one worker requests a profile, and all workers record it |
//! | [`collect`], [`profile`] | that worker collects the samples |
//! | [`modules`], [`symbols`] | the functions and lines behind the addresses |
//! | [`frameless`] | the callers that the chain misses |
//! | [`previous`] | the last flamegraph, for comparison |
//! | [`calls`], [`gauges`] | exact counts of calls, and of the time that requests wait, which no sampler sees |

pub mod calls;
pub mod collect;
pub mod control;
pub mod frameless;
pub mod gauges;
pub mod modules;
pub mod previous;
pub mod profile;
pub mod recorder;
pub mod recording;
pub mod sampler;
pub mod stack;
pub mod symbols;
