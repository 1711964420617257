//! Serves an application over HTTP/1.1.
//!
//! | file | purpose |
//! |---|---|
//! | [`run`] | the program around the server, with its socket, signals and exit code |
//! | [`serve`] | the accept loop on hyper, and graceful shutdown |
//! | [`client`] | notices when a client leaves while its request waits |
//! | [`stop`] | Ctrl-C and SIGTERM |
//! | [`problem`] | an error as an RFC 9457 problem document |
//! | [`header`] | numbers in header values |
//! | [`computation`] | the two stages of a computation, as types |
//! | [`stopwatch`] | times the parts of a request, within a time limit |
//! | [`activity`] | the current activity of each request, for a profiler |
//! | [`timing`] | `Server-Timing` shows where the time of a response went |
//! | [`origin`] | whether a page of another site sent a request |
//! | [`query`] | strict parsing of whole numbers and empty queries |
//! | [`fallback`] | the responses to an unknown path or method |
//! | [`catch_panic`] | turns the panic of a handler into a 500 |
//! | [`access_log`], [`log`] | a line for each request, written by a separate thread |

pub mod access_log;
pub mod activity;
pub mod catch_panic;
pub mod client;
pub mod computation;
pub mod fallback;
pub mod header;
pub mod log;
pub mod origin;
pub mod problem;
pub mod query;
pub mod run;
pub mod serve;
pub mod stop;
pub mod stopwatch;
pub mod timing;
