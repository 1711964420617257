//! Code that the lessons use but do not teach. Nothing in here depends on a lesson.
//!
//! | part | purpose |
//! |---|---|
//! | [`http`] | serves an application, from the socket to the log line, until Ctrl-C |
//! | [`lab`] | the lab page at `/`, whose files are in `lab/` beside `src/` |
//! | [`args`] | the command line that all steps share |
//! | [`on_drop`] | calls a function when a future ends or is cancelled |
//! | `testing` | helpers for the tests of all steps (feature `testing`) |

pub mod args;
pub mod http;
pub mod lab;
pub mod on_drop;
#[cfg(feature = "testing")]
pub mod testing;
