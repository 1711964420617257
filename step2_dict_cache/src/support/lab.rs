//! This step's part of the lab page: the figures of the cache, and two labs.

use step1_plain::support::lab::{self, Lab, PageFile};

const FILES: &[PageFile] = &[
    PageFile { name: "stats.js", text: include_str!("../../lab/stats.js") },
    PageFile { name: "cache_effect.js", text: include_str!("../../lab/cache_effect.js") },
    PageFile { name: "slots.js", text: include_str!("../../lab/slots.js") },
    PageFile { name: "stampede.js", text: include_str!("../../lab/stampede.js") },
];

/// Step 2's page.
pub fn lab() -> Lab {
    let requests = ["GET /cached?n=1000000", "GET /stats", "DELETE /cache"];
    lab::lab().with("step2_dict_cache: responses are kept", &requests, FILES)
}
