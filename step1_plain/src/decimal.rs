//! Numbers in header values, written by hand: `format!` took a tenth of all that a cache hit costs.

use axum::http::HeaderValue;

/// `prefix` and a number, whose last `decimals` digits (at most 19) stand after a point: 1500 with
/// three is `1.500`.
///
/// # Panics
/// If `prefix` is longer than 32 bytes or holds a byte that no header may.
pub fn header_value(prefix: &str, mut number: u64, decimals: usize) -> HeaderValue {
    const LONGEST: usize = 32 + "18446744073709551615.".len();
    let mut buffer = [0; LONGEST];
    // From the last digit to the first, and then the prefix.
    let mut start = LONGEST;
    let mut push = |byte| {
        start -= 1;
        buffer[start] = byte;
    };
    for digits in 1.. {
        push(b'0' + (number % 10) as u8);
        number /= 10;
        if digits == decimals {
            push(b'.');
        } else if number == 0 && digits > decimals {
            break;
        }
    }
    let text = start - prefix.len();
    buffer[text..start].copy_from_slice(prefix.as_bytes());
    HeaderValue::from_bytes(&buffer[text..]).expect("the caller's prefix and digits are allowed")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_writes_what_format_writes(number: u64, decimals in 0_usize..=19) {
            let (unit, prefix) = (10_u64.pow(decimals as u32), "app;dur=");
            let expected = match decimals {
                0 => format!("{prefix}{number}"),
                _ => format!("{prefix}{}.{:0decimals$}", number / unit, number % unit),
            };
            prop_assert_eq!(header_value(prefix, number, decimals), &expected);
        }
    }
}
