//! Taking a profile, of all workers at once.
//!
//! | file | idea |
//! |---|---|
//! | [`sampler`] | a timer interrupts the process, and the handler looks where it was |
//! | [`stack`] | how it came there: the chain of frame pointers |
//! | [`recording`] | samples go to memory that all workers share |
//! | [`order`], [`take_part`] | one worker asks, and all hear it |
//! | [`collect`], [`profile`] | who asked gathers what they recorded |
//! | [`modules`], [`symbols`] | what the addresses mean |
//! | [`frameless`] | and the callers that the chain has missed |
//! | [`previous`] | the last flamegraph, to compare with |
//! | [`calls`] | what no sampler sees: how often |

pub mod calls;
pub mod collect;
pub mod frameless;
pub mod modules;
pub mod order;
pub mod previous;
pub mod profile;
pub mod recording;
pub mod sampler;
pub mod stack;
pub mod symbols;
pub mod take_part;
