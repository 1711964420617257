//! # Step 4: many workers under one master
//!
//! One event loop uses one core. This step will teach what Gunicorn teaches in Python: a master
//! that keeps several workers alive, each with its own event loop and its own memory. Until then
//! it serves what [`step3_ttl_cache`] serves, with one worker.
//!
//! ```sh
//! cargo run -p step4_workers
//! ```

pub use step3_ttl_cache::{app, args::TtlArgs as Args};

/// What this step is going to teach, in a sentence; the program starts with it.
pub const WILL_TEACH: &str = "step4_workers will teach many workers under one master; \
                              until then it serves what step3_ttl_cache serves";
