//! The documents prove themselves: what they say is there, both languages say the same, and every
//! command does what they show.

// Elsewhere, step 5 has neither the routes nor the output that the documents show.
#![cfg(profiler)]

mod commands;
mod excerpts;
mod exercises;
mod guides;
mod markdown;
mod pattern;
mod pictures;
mod terminal;
mod texts;

use std::path::{Path, PathBuf};

/// What there is in English and in Korean, as `NAME.md` and `NAME.ko.md`, in the order in which one
/// reads it.
const DOCUMENTS: [&str; 10] = [
    "step1_plain/TEACHING",
    "README",
    "step1_plain/REFERENCE",
    "step1_plain/README",
    "step2_dict_cache/README",
    "step3_ttl_cache/README",
    "step4_workers/README",
    "step4_workers/BEYOND",
    "step5_profiling/README",
    "step5_profiling/mysteries/README",
];

/// The workspace.
fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
