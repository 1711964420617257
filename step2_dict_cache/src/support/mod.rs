//! Code that this step's lesson uses but does not teach.
//!
//! | file | purpose |
//! |---|---|
//! | [`args`] | `--capacity` |
//! | [`cache_status`] | the header `Cache-Status` (RFC 9211) |
//! | [`stats`] | the JSON of `/stats`, and the only definition of the hit ratio |
//! | [`lab`] | this step's part of the lab page, whose files are in `lab/` beside `src/` |

pub mod args;
pub mod cache_status;
pub mod lab;
pub mod stats;
