//! What this step adds to the lab page: a lab that asks the profiler.

use step1_plain::page::PageFile;

/// The files.
pub const FILES: [PageFile; 1] =
    [PageFile { name: "profile.js", text: include_str!("page/profile.js") }];
