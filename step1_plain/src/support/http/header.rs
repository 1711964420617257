//! Numbers in header values, which are formatted for every response.

use axum::http::HeaderValue;

/// Writes the strings of `prefix`, and then `number` with a decimal point before its last
/// `decimals` digits (at most 19). With three decimals, 1500 becomes `1.500`.
///
/// The digits are written by hand because `format!` costs a fast request 5% more instructions.
///
/// # Panics
/// If `prefix` is longer than 40 bytes, or contains a byte that is not allowed in a header.
pub fn decimal(prefix: &[&str], mut number: u64, decimals: usize) -> HeaderValue {
    let mut buffer = [0; 40 + "18446744073709551615.".len()];
    // Fills the buffer from the back: first the last digit, and at the end the prefix.
    let mut start = buffer.len();
    let mut prepend = |bytes: &[u8]| {
        let end = start;
        start -= bytes.len();
        buffer[start..end].copy_from_slice(bytes);
    };
    for place in 1.. {
        prepend(&[b'0' + (number % 10) as u8]);
        number /= 10;
        if place == decimals {
            prepend(b".");
        } else if number == 0 && place > decimals {
            break;
        }
    }
    prefix.iter().rev().for_each(|text| prepend(text.as_bytes()));
    HeaderValue::from_bytes(&buffer[start..]).expect("the prefix is visible ASCII, as digits are")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_writes_what_format_writes(number: u64, decimals in 0_usize..=19) {
            let unit = 10_u64.pow(decimals as u32);
            let expected = match decimals {
                0 => format!("app;dur={number}"),
                _ => format!("app;dur={}.{:0decimals$}", number / unit, number % unit),
            };
            prop_assert_eq!(decimal(&["app", ";dur="], number, decimals), &expected);
        }
    }
}
