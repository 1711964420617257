//! Solution: the value of `Server-Timing`.

use std::time::Duration;

/// The header's value for one metric. `name` is a token of letters, digits, `-` and `_`.
///
/// `duration` is written in milliseconds with three decimals, which is a resolution of 1 µs.
pub fn server_timing(name: &str, duration: Duration, description: Option<&str>) -> String {
    let micros = duration.as_micros();
    let mut value = format!("{name};dur={}.{:03}", micros / 1000, micros % 1000);
    if let Some(description) = description {
        value += ";desc=\"";
        // One character at a time. A second call of `replace` would escape the backslashes of the
        // first one.
        for character in description.chars() {
            match character {
                '"' | '\\' => value.extend(['\\', character]),
                ' '..='~' => value.push(character),
                _ => value.push('?'),
            }
        }
        value += "\"";
    }
    value
}

#[path = "../exercises/checks/server_timing.rs"]
mod check;
