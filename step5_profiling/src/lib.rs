//! # Step 5: see where the time goes
//!
//! Measure first, then optimise. This step will teach profiles of the live server, flamegraphs,
//! and how to compare the steps with criterion. Until then it serves what [`step4_workers`]
//! serves.
//!
//! ```sh
//! cargo run -p step5_profiling
//! ```

/// What this step is going to teach, in a sentence.
pub const WILL_TEACH: &str = "step5_profiling will teach profiles of the live server; \
                              until then it serves what step4_workers serves";
