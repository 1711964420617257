//! This step's part of the lab page: the figures of the cache, and two labs.

use step1_plain::support::lab::{self, Lab, PageFile};

const FILES: &[PageFile] = step1_plain::page_files![
    "stats.js",
    "cache_effect.js",
    "cache_effect.css",
    "slots.js",
    "stampede.js"
];

/// Step 2's page.
pub fn lab() -> Lab {
    let requests = ["GET /cached?n=1000000", "GET /stats", "DELETE /cache"];
    lab::lab().with("step2_dict_cache: responses are stored", &requests, FILES)
}
