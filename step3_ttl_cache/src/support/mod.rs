//! Code that this step's lesson uses and does not teach.
//!
//! | file | what it does |
//! |---|---|
//! | [`args`] | `--ttl` |
//! | [`lab`] | this step's part of the lab page, whose files are in `lab/` beside `src/` |

pub mod args;
pub mod lab;
