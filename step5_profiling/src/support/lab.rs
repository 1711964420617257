//! This step's part of the lab page: a lab that takes a profile.

use step1_plain::support::lab::PageFile;

/// The files.
pub const FILES: &[PageFile] =
    &[PageFile { name: "profile.js", text: include_str!("../../lab/profile.js") }];
