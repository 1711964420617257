//! Taking a profile of all workers at once.
//!
//! | file | idea |
//! |---|---|
//! | [`sampler`] | a timer interrupts the process, and the signal handler takes a sample |
//! | [`stack`] | which functions called the interrupted one: the chain of frame pointers |
//! | [`recording`] | samples go to memory that all workers share |
//! | [`control`], [`recorder`] | one worker asks for a profile, and all workers record it |
//! | [`collect`], [`profile`] | that worker collects the samples |
//! | [`modules`], [`symbols`] | what the addresses mean |
//! | [`frameless`] | the callers that the chain misses |
//! | [`previous`] | the last flamegraph, to compare with |
//! | [`calls`], [`gauges`] | what no sampler sees: how often, and what requests wait for |

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
