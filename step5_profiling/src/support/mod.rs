//! Code that this step's lesson uses and does not teach.
//!
//! | file | what it does |
//! |---|---|
//! | `lab` | this step's part of the lab page, whose files are in `lab/` beside `src/` |
//! | `elsewhere` | what to use where the profiler can't run |

#[cfg(not(profiler))]
pub mod elsewhere;
#[cfg(profiler)]
pub mod lab;
