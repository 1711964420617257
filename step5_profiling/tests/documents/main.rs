//! The documents prove themselves: what they say is there, both languages say the same, and every command
//! does what they show.

#![cfg(profiler)]

mod commands;
mod markdown;
mod pattern;
mod terminal;
mod texts;

use std::path::{Path, PathBuf};

/// The workspace.
fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
