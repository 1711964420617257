//! What this step adds to the lab page: three labs.

use step1_plain::page::PageFile;

/// The files.
pub const FILES: [PageFile; 3] = [
    PageFile { name: "expiry.js", text: include_str!("page/expiry.js") },
    PageFile { name: "stampede.js", text: include_str!("page/stampede.js") },
    PageFile { name: "browser_cache.js", text: include_str!("page/browser_cache.js") },
];
