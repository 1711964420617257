//! Code that this step's lesson uses and does not teach.
//!
//! | file | what it does |
//! |---|---|
//! | [`args`] | `--capacity` |
//! | [`cache_status`] | the header `Cache-Status` (RFC 9211) |
//! | [`hit_ratio`] | its one definition |
//! | [`lab`] | this step's part of the lab page, whose files are in `lab/` beside `src/` |

pub mod args;
pub mod cache_status;
pub mod hit_ratio;
pub mod lab;
