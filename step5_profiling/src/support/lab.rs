//! This step's part of the lab page: a lab that takes a profile.

use step1_plain::support::lab::PageFile;

/// The files.
pub const FILES: &[PageFile] = step1_plain::page_files!["profile.js", "profile.css"];
