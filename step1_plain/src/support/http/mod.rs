//! Serving an application over HTTP/1.1.
//!
//! | file | what it does |
//! |---|---|
//! | [`run`] | the program around the server: socket, signals, exit code |
//! | [`serve`] | the accept loop on hyper, and the graceful end of all connections |
//! | [`client`] | a client that leaves while its request waits is noticed |
//! | [`stop`] | Ctrl-C and SIGTERM |
//! | [`problem`] | an error as an RFC 9457 problem document |
//! | [`header`] | numbers in header values |
//! | [`computation`] | the two stages of a computation, as types |
//! | [`stopwatch`] | the parts of a request's time, and its time limit |
//! | [`activity`] | what each request is doing, for a profiler |
//! | [`timing`] | `Server-Timing`: where the time of a response went |
//! | [`origin`] | whether a page of another site sent a request |
//! | [`query`] | whole numbers and empty queries, read strictly |
//! | [`fallback`] | the responses to a path or a method without a route |
//! | [`catch_panic`] | a handler that panics is a 500 |
//! | [`access_log`], [`log`] | a line for each request, written by a thread of its own |

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
