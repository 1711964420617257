//! # Exercise: Amdahl's law
//!
//! Suppose that one part of a program becomes faster, and the rest does not. Compute the gain,
//! which is how many times as fast the whole program becomes, and its upper limit. A gain of 1
//! means that nothing has changed. Then do the reverse, and compute how many times as fast the part
//! has to become for the gain that you want.
//!
//! **Why?** A profile says which share of its time a request spends in a function. Before you spend
//! a week on making that function faster, Amdahl's law tells you how much that week can bring. If
//! the function takes a tenth of the time, the whole can become at most 1.11 times as fast, because
//! 1 / 0.9 = 1.11. (Gene Amdahl, "Validity of the single processor approach to achieving large
//! scale computing capabilities", 1967.)
//!
//! In the profiler, `cumulative_percent` in `src/profiler/views/top.rs` is such a share.
//! `src/sieve.rs` is a fix that was worth it.
//!
//! Check your code with `cargo test -p step5_profiling --test exercises amdahl`.
//!
//! 한국어 과제: `README.ko.md`.

/// How many times as fast the whole becomes when `part` of its time (0.0..=1.0) becomes `faster`
/// times as fast. `faster` is above 0, and 2.0 means half the time.
pub fn gain(part: f64, faster: f64) -> f64 {
    todo!("divide the time before, which is 1, by the time after, which is part and rest")
}

/// The upper limit of the gain. It is infinite if the part is everything.
pub fn most(part: f64) -> f64 {
    todo!("compute the gain when the part takes no time at all")
}

/// How many times as fast the part has to become for the whole to become `wanted` times as fast
/// (1.0 or more), or `None` if no speed is enough. For a `wanted` of 1.0, any part can stay as it
/// is, so the result is 1.0.
pub fn faster_for(part: f64, wanted: f64) -> Option<f64> {
    todo!("compute how much time is left for the part, if any")
}

#[path = "checks/amdahl.rs"]
mod check;
