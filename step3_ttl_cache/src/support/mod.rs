//! Code that this step's lesson uses but does not teach.
//!
//! | file | purpose |
//! |---|---|
//! | [`args`] | `--ttl`, and how long an expired response may be served |
//! | [`conditions`] | `If-Match` and `If-None-Match` |
//! | [`etag`] | the header `ETag`, and a body with its tag |
//! | [`lab`] | this step's part of the lab page, whose files are in `lab/` beside `src/` |
//! | [`stats`] | the JSON of `/stats` |

pub mod args;
pub mod conditions;
pub mod etag;
pub mod lab;
pub mod stats;
