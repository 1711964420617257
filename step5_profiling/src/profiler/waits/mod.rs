//! Where requests wait: the wall time of all requests, by route and by what they did.
//!
//! A CPU profile of a server that waits is empty. So the workers also keep, for each route and each
//! [state](STATES), how many requests are in that state and for how long. These are sums and not
//! samples, so nothing is missed, and a request that is still under way counts up to the moment.
//!
//! | file | idea |
//! |---|---|
//! | [`gauges`] | how many requests are in which state, and for how long, in memory that all workers share |
//! | [`period`] | what the gauges have gained from one moment to another |
//! | [`views`] | as text, as JSON and as a picture |

pub mod gauges;
pub mod period;
pub mod views;

use step1_plain::support::http::activity::REST;

/// What a request can do: its name in `Server-Timing` and in JSON, and in words. The first is what it does when
/// nothing says otherwise.
pub const STATES: [(&str, &str); 6] = [
    (REST, "the rest"),
    ("queue", "in the queue"),
    ("compute", "computing"),
    ("wait", "waiting for another request's computation"),
    ("redis", "waiting for Redis"),
    ("log", "writing the log"),
];

/// The most routes.
pub const ROUTES: usize = 8;
