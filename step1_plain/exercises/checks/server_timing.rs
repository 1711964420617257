//! Checks `server_timing`.

use axum::http::HeaderValue;

use super::*;

const MILLISECOND: Duration = Duration::from_millis(1);

#[test]
fn the_duration_is_in_milliseconds() {
    assert_eq!(
        server_timing("db", Duration::from_secs(2), None),
        "db;dur=2000.000",
        "two seconds are 2000.000 ms: write `name;dur=`, and milliseconds with three decimals"
    );
}

#[test]
fn microseconds_are_not_lost() {
    assert_eq!(
        server_timing("app", Duration::from_micros(1_005), None),
        "app;dur=1.005",
        "1,005 µs are 1.005 ms: keep what is less than a millisecond, and the zeros before it"
    );
}

#[test]
fn a_description_stands_in_quotes() {
    assert_eq!(
        server_timing("db", MILLISECOND, Some("read, then sort; slow")),
        r#"db;dur=1.000;desc="read, then sort; slow""#,
        "add `;desc=` and the description in quotes, in which commas and semicolons mean nothing"
    );
}

#[test]
fn quotes_and_backslashes_are_escaped() {
    assert_eq!(
        server_timing("db", MILLISECOND, Some(r#"C:\"x""#)),
        r#"db;dur=1.000;desc="C:\\\"x\"""#,
        "put one backslash before each quote and each backslash, and none before those you put in"
    );
}

#[test]
fn a_description_cannot_begin_another_header() {
    let value = server_timing("db", MILLISECOND, Some("a\r\nSet-Cookie: b"));
    assert_eq!(
        value, r#"db;dur=1.000;desc="a??Set-Cookie: b""#,
        "a line break ends the header: write a `?` for each character that is not printable ASCII"
    );
}

#[test]
fn any_description_makes_a_header() {
    for description in ["", "조회", "\t", "\u{7f}", "naïve", "\0"] {
        let value = server_timing("db", MILLISECOND, Some(description));
        let length = r#"db;dur=1.000;desc="""#.len() + description.chars().count();
        assert!(
            HeaderValue::from_str(&value).is_ok() && value.len() == length && !value.contains('\t'),
            "{description:?} became {value:?}: write one `?` for each character that is not printable ASCII"
        );
    }
}
