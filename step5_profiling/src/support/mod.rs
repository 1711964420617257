//! Code that this step's lesson uses and does not teach.
//!
//! | file | what it does |
//! |---|---|
//! | [`lab`] | this step's part of the lab page, whose files are in `lab/` beside `src/` |

pub mod lab;
