//! # Exercise: Amdahl's law
//!
//! A part of the time becomes shorter, the rest does not. Compute how many times faster the whole
//! becomes, how many times faster it can become at the very most, and, the other way round, how many
//! times faster the part has to become for a gain that is wanted.
//!
//! Why: a profile says which part of its time a request spends in a function. Before you spend a week on
//! making it faster, this says what the week can bring: of a function that takes a tenth of the time,
//! never more than a ninth. (Gene Amdahl, "Validity of the single processor approach to achieving
//! large scale computing capabilities", 1967.)
//!
//! For real: `cumulative_percent` in `src/profiler/views/top.rs` is the part; `src/sieve.rs` is what was worth it.
//!
//! Check: `cargo test -p step5_profiling --test exercises amdahl`

/// How many times faster the whole becomes when `part` of its time (0.0..=1.0) is spent `faster` times
/// faster (above 0; 2.0 is in half the time).
pub fn gain(part: f64, faster: f64) -> f64 {
    todo!("the time before, which is 1, by the time after: of the part, and of the rest")
}

/// The gain that no speed of the part exceeds; infinite if the part is all.
pub fn most(part: f64) -> f64 {
    todo!("the gain when the part takes no time at all")
}

/// How many times faster the part has to become for the whole to become `wanted` times faster (1.0 or
/// more); `None` if no speed, however great, is enough.
pub fn faster_for(part: f64, wanted: f64) -> Option<f64> {
    todo!("see what time is left for the part, and whether there is any")
}

#[path = "checks/amdahl.rs"]
mod check;
