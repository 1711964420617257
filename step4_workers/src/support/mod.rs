//! Code that this step's lesson uses and does not teach.
//!
//! | file | what it does |
//! |---|---|
//! | `settings`, `parse`, `bind`, `cache_place`, `cores` | what can be set, and to what |
//! | `config`, `config_file`, `entry` | where a setting comes from |
//! | `listener`, `inherit` | sockets, and file descriptors that a worker inherits |
//! | `pid_file`, `log_file` | for the administrator |
//! | `lab` | this step's part of the lab page, whose files are in `lab/` beside `src/` |
//! | `elsewhere` | what to do without Unix |

#[cfg(unix)]
pub mod bind;
#[cfg(unix)]
pub mod cache_place;
#[cfg(unix)]
pub mod config;
#[cfg(unix)]
pub mod config_file;
#[cfg(unix)]
pub mod cores;
#[cfg(not(unix))]
pub mod elsewhere;
#[cfg(unix)]
pub mod entry;
#[cfg(unix)]
pub mod inherit;
#[cfg(unix)]
pub mod lab;
#[cfg(unix)]
pub mod listener;
#[cfg(unix)]
pub mod log_file;
#[cfg(unix)]
pub mod parse;
#[cfg(unix)]
pub mod pid_file;
#[cfg(unix)]
pub mod settings;
