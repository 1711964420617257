//! This step's part of the lab page: the workers, and two labs.

use step1_plain::support::lab::{Lab, PageFile};
use step3_ttl_cache::support::lab;

const FILES: &[PageFile] = &[
    PageFile { name: "workers.js", text: include_str!("../../lab/workers.js") },
    PageFile { name: "private_memory.js", text: include_str!("../../lab/private_memory.js") },
    PageFile { name: "lanes.js", text: include_str!("../../lab/lanes.js") },
];

/// Step 4's page.
pub fn lab() -> Lab {
    lab::lab().with("step4_workers: many workers under one master", &[], FILES)
}
