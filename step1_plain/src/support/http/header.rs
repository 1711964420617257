//! Header values that are formatted for each response.

use std::{fmt, io::Write};

use axum::http::HeaderValue;

/// `format!` for a header value: `header_value(format_args!("max-age={seconds}"))`.
///
/// It formats on the stack. A `String` would grow, and be copied into the header value after that; for
/// the four values of a cache hit, that takes 10 % more instructions.
///
/// # Panics
/// If the text is longer than 64 bytes, or holds a byte that no header may.
pub fn header_value(text: fmt::Arguments<'_>) -> HeaderValue {
    let mut buffer = [0; 64];
    let mut rest = &mut buffer[..];
    rest.write_fmt(text).expect("the header value is short");
    let length = 64 - rest.len();
    HeaderValue::from_bytes(&buffer[..length]).expect("the header value is visible ASCII")
}
