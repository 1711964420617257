//! # Exercise: the value of `Server-Timing`
//!
//! Write one metric in the format of the W3C's Server Timing
//! (<https://www.w3.org/TR/server-timing/>):
//!
//! * `db;dur=12.345` is a name and a duration, in milliseconds with three decimals.
//! * `db;dur=12.345;desc="the slow query"` also has a description. The description is in quotes,
//!   and a backslash comes before each `"` and each `\` inside the quotes.
//! * Each character of the description that is not printable ASCII (space to `~`) becomes a `?`.
//!
//! **Why?** Browsers draw these figures in their developer tools, so a visitor sees where the
//! server spent its time. And text in a header must never be able to end the header. If a
//! description comes from a request, a line break in it would let an attacker add a header to the
//! response.
//!
//! `src/support/http/timing.rs` writes this header in the server.
//!
//! Check your code with `cargo test -p step1_plain --test exercises server_timing`.

use std::time::Duration;

/// The header's value for one metric. `name` is a token of letters, digits, `-` and `_`.
///
/// `duration` is written in milliseconds with three decimals, which is a resolution of 1 µs.
pub fn server_timing(name: &str, duration: Duration, description: Option<&str>) -> String {
    todo!("write name, duration and, if there is one, description")
}

#[path = "checks/server_timing.rs"]
mod check;
