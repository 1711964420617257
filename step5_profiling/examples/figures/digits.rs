//! Numbers for people: two digits that count, as more would be noise.

/// The number with two digits that count, and commas between thousands.
pub fn two_digits(value: f64) -> String {
    let power = value.abs().log10().floor() as i32;
    let unit = 10_f64.powi(power - 1);
    let rounded = (value / unit).round() * unit;
    // 9.96 has become 10, which needs no digit behind the point.
    let decimals = usize::try_from(1 - rounded.abs().log10().floor() as i32).unwrap_or(0);
    let text = format!("{rounded:.decimals$}");
    if decimals > 0 || text.len() < 4 {
        return text;
    }
    let (thousands, rest) = text.split_at(text.len() - 3);
    format!("{thousands},{rest}")
}

/// A time, given in milliseconds.
pub fn milliseconds(value: f64) -> String {
    if value < 995.0 {
        format!("{} ms", two_digits(value))
    } else {
        format!("{} s", two_digits(value / 1000.0))
    }
}

#[test]
fn two_digits_count() {
    for (value, text) in [
        (0.067, "0.067"),
        (0.663, "0.66"),
        (1.0, "1.0"),
        (1.96, "2.0"),
        (9.96, "10"),
        (61.4, "61"),
        (157.3, "160"),
        (996.0, "1,000"),
        (2_348.0, "2,300"),
        (12_399.0, "12,000"),
    ] {
        assert_eq!(two_digits(value), text, "{value}");
    }
}

#[test]
fn long_times_are_in_seconds() {
    for (value, text) in
        [(0.0672, "0.067 ms"), (157.0, "160 ms"), (996.0, "1.0 s"), (5028.6, "5.0 s")]
    {
        assert_eq!(milliseconds(value), text, "{value}");
    }
}
