//! This step's part of the lab page: the workers, and two labs.

use step1_plain::support::lab::{Lab, PageFile};
use step3_ttl_cache::support::lab;

const FILES: &[PageFile] = step1_plain::page_files!["workers.js", "private_memory.js", "lanes.js"];

/// Step 4's page.
pub fn lab() -> Lab {
    lab::lab().with("step4_workers: many workers under one master", &[], FILES)
}
