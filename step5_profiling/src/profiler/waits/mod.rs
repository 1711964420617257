//! Shows where requests wait, as the wall time of all requests, by route and by state.
//!
//! A CPU profile of a server that waits is empty. So the workers also record, for each route and
//! each [state](super::sampling::gauges::STATES), how many requests are in that state and for how
//! long. These are sums, not samples, so nothing is missed, and the time of an unfinished request
//! counts up to the moment. A request that a blocked event loop has not read yet is not included.
//!
//! | file | idea |
//! |---|---|
//! | [`gauges`](super::sampling::gauges) | how many requests are in each state, and for how long, in memory that all workers share |
//! | [`period`] | the difference between two readings of the gauges |
//! | [`views`] | that difference as text, JSON and a picture |

pub mod period;
pub mod views;
