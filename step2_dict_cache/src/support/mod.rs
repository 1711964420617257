//! Code that this step's lesson uses and does not teach.
//!
//! | file | what it does |
//! |---|---|
//! | [`args`] | `--capacity` |
//! | [`cache_status`] | the header `Cache-Status` (RFC 9211) |
//! | [`stats`] | the JSON of `/stats`, and the one definition of the hit ratio |
//! | [`lab`] | this step's part of the lab page, whose files are in `lab/` beside `src/` |

pub mod args;
pub mod cache_status;
pub mod lab;
pub mod stats;
