//! # Exercise: the value of `Server-Timing`
//!
//! Write a metric as the W3C's Server Timing defines it (<https://www.w3.org/TR/server-timing/>):
//!
//! * `db;dur=12.345`: a name, and how long it took, in milliseconds with three decimals;
//! * `db;dur=12.345;desc="the slow query"`: the same with a description. It stands in quotes, and
//!   inside of them a backslash comes before each `"` and each `\`;
//! * each character of the description that is not printable ASCII (space to `~`) becomes a `?`.
//!
//! Why: browsers draw these figures in their developer tools, so a visitor sees what the server did.
//! And what goes into a header must never be able to end it: a line break in a description, come
//! perhaps from a request, would begin a header of somebody else's choice.
//!
//! For real: `src/support/http/timing.rs`.
//!
//! Check: `cargo test -p step1_plain --test exercises server_timing`

use std::time::Duration;

/// The header's value for one metric. `name` is a token: letters, digits, `-` and `_`.
///
/// `duration` is written in milliseconds with three decimals, so to the microsecond.
pub fn server_timing(name: &str, duration: Duration, description: Option<&str>) -> String {
    todo!("write name, duration and, if there is one, description")
}

#[path = "checks/server_timing.rs"]
mod check;
