//! This step's part of the lab page: three labs.

use step1_plain::support::lab::{Lab, PageFile};
use step2_dict_cache::support::lab;

const FILES: &[PageFile] = &[
    PageFile { name: "expiry.js", text: include_str!("../../lab/expiry.js") },
    PageFile { name: "browser_cache.js", text: include_str!("../../lab/browser_cache.js") },
    PageFile { name: "freshness.js", text: include_str!("../../lab/freshness.js") },
    PageFile { name: "tail.js", text: include_str!("../../lab/tail.js") },
];

/// Step 3's page.
pub fn lab() -> Lab {
    lab::lab().with("step3_ttl_cache: responses expire", &[], FILES)
}
