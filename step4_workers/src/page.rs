//! What this step adds to the lab page: the workers, and two labs.

use step1_plain::page::PageFile;

/// The files.
pub const FILES: [PageFile; 2] = [
    PageFile { name: "workers.js", text: include_str!("page/workers.js") },
    PageFile { name: "private_memory.js", text: include_str!("page/private_memory.js") },
];
