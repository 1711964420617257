//! Where requests wait: the wall time of all requests, by route and by what they did.
//!
//! A CPU profile of a server that waits is empty. So the workers also keep, for each route and each
//! [state](super::sampling::gauges::STATES), how many requests are in that state and for how long. These
//! are sums and not samples, so nothing is missed, and a request that is still under way counts up to the
//! moment. What a blocked event loop has not read yet is not under way here.
//!
//! | file | idea |
//! |---|---|
//! | [`gauges`](super::sampling::gauges) | how many requests are in which state, and for how long, in memory that all workers share |
//! | [`period`] | what the gauges have gained from one moment to another |
//! | [`views`] | as text, as JSON and as a picture |

pub mod period;
pub mod views;
