//! What this step's lesson stands on and does not teach.
//!
//! | file | what it does |
//! |---|---|
//! | [`args`] | `--capacity` |
//! | [`cache_status`] | the header `Cache-Status` (RFC 9211) |
//! | [`lab`] | this step's part of the lab page, whose files are in `lab/` beside `src/` |

pub mod args;
pub mod cache_status;
pub mod lab;
