//! Code that this step's lesson uses but does not teach.
//!
//! | file | purpose |
//! |---|---|
//! | [`respond`] | responses of several media types |
//! | [`local_only`] | which clients get a profile |
//! | [`lab`] | this step's part of the lab page, whose files are in `lab/` beside `src/` |

pub mod lab;
#[cfg(profiler)]
pub mod local_only;
#[cfg(profiler)]
pub mod respond;
