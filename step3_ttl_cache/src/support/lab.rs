//! This step's part of the lab page: three labs.

use step1_plain::support::lab::{Lab, PageFile};
use step2_dict_cache::support::lab;

const FILES: &[PageFile] =
    step1_plain::page_files!["expiry.js", "browser_cache.js", "freshness.js", "tail.js"];

/// Step 3's page.
pub fn lab() -> Lab {
    lab::lab().with("step3_ttl_cache: responses expire", &[], FILES)
}
