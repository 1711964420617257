//! Code that the lessons use and do not teach. It never uses a lesson.
//!
//! | part | what it does |
//! |---|---|
//! | [`http`] | serves an application: from the socket to the log line, and back out on Ctrl-C |
//! | [`lab`] | the lab page at `/`, whose files are in `lab/` beside `src/` |
//! | [`args`] | the command line that all steps share |
//! | [`on_drop`] | calls a function when a future ends or is cancelled |
//! | `testing` | what the tests of all steps share (feature `testing`) |

pub mod args;
pub mod http;
pub mod lab;
pub mod on_drop;
#[cfg(feature = "testing")]
pub mod testing;
