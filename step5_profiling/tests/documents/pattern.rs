//! Whether a command has printed what the text shows.
//!
//! What is different each time (process ids, dates) stands in the text as `…`, which is any part of a line,
//! or, alone on a line, any number of lines. Where a block is `text measured`, a number with a decimal point
//! is one that was measured, and any other fits; so does any room between two words.

use std::sync::LazyLock;

use regex::Regex;

static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d+\.\d+").expect("it is one"));
static ROOM: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[ \t]+").expect("it is one"));

/// The text with what was printed in place of what was measured before.
///
/// # Errors
/// What is different, in words.
pub fn compare(shown: &str, printed: &str, is_measured: bool) -> Result<String, String> {
    let lines = |text| -> Vec<_> {
        let line = |line| Line { text: str::trim_end(line), is_measured };
        str::lines(text).map(line).collect()
    };
    let (shown, printed) = (lines(shown), lines(printed));
    let fits = match_lines(&shown, &printed).map_err(|(line, rest)| {
        let rest: Vec<_> = rest.iter().map(|line| line.text).collect();
        let rest = rest.join("\n    ");
        format!("the text shows\n    {line}\nbut the command printed\n    {rest}")
    })?;
    Ok(fits.iter().map(|line| format!("{line}\n")).collect())
}

#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    is_measured: bool,
}

/// A line of the text that does not fit, and what was printed from there on.
type Difference<'a> = (&'a str, Vec<Line<'a>>);

/// The lines of the text that fit, in their order.
fn match_lines<'a>(
    shown: &[Line<'a>],
    printed: &[Line<'a>],
) -> Result<Vec<&'a str>, Difference<'a>> {
    let Some((first, rest)) = shown.split_first() else {
        let nothing_more = printed.is_empty();
        return if nothing_more { Ok(vec![]) } else { Err(("(nothing)", printed.to_vec())) };
    };
    let (line, others) = if first.text.trim() == "…" {
        let next = rest.first().map_or("…", |line| line.text);
        let mut tails = (0..=printed.len()).map(|skipped| match_lines(rest, &printed[skipped..]));
        (first.text, tails.find_map(Result::ok).ok_or((next, printed.to_vec()))?)
    } else {
        let wrong = || (first.text, printed.to_vec());
        let (line, left) = printed.split_first().ok_or_else(wrong)?;
        let line = first.fit(*line).ok_or_else(wrong)?;
        (line, match_lines(rest, left)?)
    };
    Ok([vec![line], others].concat())
}

impl<'a> Line<'a> {
    /// This line of the text, as it is if the text stays true of the printed one.
    fn fit(self, printed: Self) -> Option<&'a str> {
        let (shown, other) = (self.without_measurements(), printed.without_measurements());
        let has_dots = shown.contains('…');
        let fits = if has_dots { dots_fit(&shown, &other) } else { shown == other };
        fits.then_some(if has_dots { self.text } else { printed.text })
    }

    fn without_measurements(self) -> String {
        if !self.is_measured {
            return self.text.to_owned();
        }
        let text = NUMBER.replace_all(self.text, "#.#");
        ROOM.replace_all(text.trim_start(), " ").into_owned()
    }
}

fn dots_fit(shown: &str, printed: &str) -> bool {
    let parts: Vec<_> = shown.split('…').collect();
    let [start, middle @ .., end] = &*parts else { return false };
    let Some(mut rest) = printed.strip_prefix(start) else { return false };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(end)
}

#[test]
fn dots_are_whatever_there_is() {
    for (shown, printed) in [
        ("hits 3\n", "hits 3"),
        ("took … ms\n", "took 0.31 ms"),
        ("a…b…c\n", "axbyyc"),
        ("…\n", ""),
        ("one\n…\nlast\n", "one\ntwo\nthree\nlast\n"),
        ("one\n…\nlast\n", "one\nlast"),
    ] {
        assert!(compare(shown, printed, false).is_ok(), "{shown:?} {printed:?}");
    }
}

#[test]
fn what_was_measured_is_a_number_of_any_size() {
    for (shown, printed, renewed) in [
        ("rate:  6.25 /s, 0 failed", "rate: 1234.5 /s, 0 failed", "rate: 1234.5 /s, 0 failed\n"),
        ("  0.5   main", "     12.25   main", "     12.25   main\n"),
        ("0.5 s\n…\npid …", "2.25 s\na\nb\npid 7", "2.25 s\n…\npid …\n"),
    ] {
        assert_eq!(compare(shown, printed, true), Ok(renewed.to_owned()));
        assert!(compare(shown, printed, false).is_err(), "{shown:?} {printed:?}");
    }
    for (shown, printed) in [("0.5 ms", "0.5 s"), ("0 failed", "1 failed"), ("0.5", "5")] {
        assert!(compare(shown, printed, true).is_err(), "{shown:?} {printed:?}");
    }
}

#[test]
fn all_else_is_compared() {
    for (shown, printed) in [
        ("hits 3", "hits 4"),
        ("hits 3", ""),
        ("hits 3", "hits 3\nmore"),
        ("took … ms", "took 0.31 s"),
        ("ab…bc", "abc"),
        ("one\n…\nlast", "one\ntwo"),
        ("", "something"),
    ] {
        assert!(compare(shown, printed, false).is_err(), "{shown:?} {printed:?}");
    }
}
