//! Code that this step's lesson uses and does not teach.
//!
//! | file | what it does |
//! |---|---|
//! | `settings`, `parse`, `bind`, `cache_place`, `cores` | the settings and their values |
//! | `config`, `config_file`, `entry` | where a setting comes from |
//! | `listener`, `sockets`, `guarded` | sockets, and connections |
//! | `executable`, `inherit`, `inheritance` | how a worker inherits from the master |
//! | `control`, `mailbox`, `shared_memory` | how processes call each other, hand over and share |
//! | `process`, `redis_sentence`, `redis_commands` | information about processes, the errors of Redis and its commands |
//! | `pace`, `hearts` | how fast connections come and go |
//! | `histogram`, `prometheus_text`, `stats` | percentiles, the text of `/metrics`, the JSON of `/stats` |
//! | `signals` | requests to the master |
//! | `pid_file`, `log_file` | files for the administrator |
//! | `lab` | this step's part of the lab page, whose files are in `lab/` beside `src/` |

pub mod bind;
pub mod cache_place;
pub mod config;
pub mod config_file;
pub mod control;
pub mod cores;
pub mod entry;
pub mod executable;
pub mod guarded;
pub mod hearts;
pub mod histogram;
pub mod inherit;
pub mod inheritance;
pub mod lab;
pub mod listener;
pub mod log_file;
pub mod mailbox;
pub mod pace;
pub mod parse;
pub mod pid_file;
pub mod process;
pub mod prometheus_text;
pub mod redis_commands;
pub mod redis_sentence;
pub mod settings;
pub mod shared_memory;
pub mod signals;
pub mod sockets;
pub mod stats;
