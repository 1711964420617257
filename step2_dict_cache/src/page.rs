//! What this step adds to the lab page: the cache's figures, and a lab.

use step1_plain::page::PageFile;

/// The files.
pub const FILES: [PageFile; 2] = [
    PageFile { name: "stats.js", text: include_str!("page/stats.js") },
    PageFile { name: "cache_effect.js", text: include_str!("page/cache_effect.js") },
];
