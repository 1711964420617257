//! Whether a command has printed what the text shows.
//!
//! What is different each time (process ids, dates) stands in the text as `…`, which is any part of a
//! line, or, alone on a line, any number of lines. Where a block is `text measured`, a number with a
//! decimal point is one that was measured, and any other fits; so does any room between two words. In
//! `text counted`, so is any number. A line has one or the other, dots or measurements, so that
//! measurements can be replaced.

use std::sync::LazyLock;

use regex::Regex;

use crate::markdown::Fence;

static DECIMAL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d+\.\d+").expect("it is one"));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d+(\.\d+)?").expect("it is one"));
static ROOM: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[ \t]+").expect("it is one"));

/// What in a block is a measurement, and need not be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
    /// Nothing.
    Nothing,
    /// Numbers with a decimal point.
    Decimals,
    /// All numbers.
    Numbers,
}

impl Measured {
    /// What the marks behind a block's language say.
    pub fn in_block(block: &Fence) -> Self {
        match (block.has("measured"), block.has("counted")) {
            (true, _) => Self::Decimals,
            (_, true) => Self::Numbers,
            _ => Self::Nothing,
        }
    }

    fn find(self) -> Option<&'static Regex> {
        match self {
            Self::Nothing => None,
            Self::Decimals => Some(&DECIMAL),
            Self::Numbers => Some(&NUMBER),
        }
    }
}

/// The text with what was printed in place of what was measured before.
///
/// # Errors
/// What is different, in words.
pub fn compare(shown: &str, printed: &str, measured: Measured) -> Result<String, String> {
    let lines = |text| -> Vec<_> {
        let line = |line| Line { text: str::trim_end(line), measured };
        str::lines(text).map(line).collect()
    };
    let (shown, printed) = (lines(shown), lines(printed));
    let has_both = |line: &&Line| {
        line.text.contains('…') && measured.find().is_some_and(|it| it.is_match(line.text))
    };
    if let Some(line) = shown.iter().find(has_both) {
        return Err(format!(
            "write … for each measured number, where there is one already:\n{}",
            line.text
        ));
    }
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
    measured: Measured,
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
        let Some(measurement) = self.measured.find() else { return self.text.to_owned() };
        let text = measurement.replace_all(self.text, "#");
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
        assert!(compare(shown, printed, Measured::Nothing).is_ok(), "{shown:?} {printed:?}");
    }
}

#[test]
fn what_was_measured_is_a_number_of_any_size() {
    for (shown, printed, renewed) in [
        ("rate:  6.25 /s, 0 failed", "rate: 1234.5 /s, 0 failed", "rate: 1234.5 /s, 0 failed\n"),
        ("  0.5   main", "     12.25   main", "     12.25   main\n"),
        ("0.5 s\n…\npid …", "2.25 s\na\nb\npid 7", "2.25 s\n…\npid …\n"),
    ] {
        assert_eq!(compare(shown, printed, Measured::Decimals), Ok(renewed.to_owned()));
        assert!(compare(shown, printed, Measured::Nothing).is_err(), "{shown:?} {printed:?}");
    }
    for (shown, printed) in
        [("0.5 ms", "0.5 s"), ("0 failed", "1 failed"), ("0.5", "5"), ("… 0.5", "a 0.5")]
    {
        assert!(compare(shown, printed, Measured::Decimals).is_err(), "{shown:?} {printed:?}");
    }
}

#[test]
fn what_was_counted_is_any_number() {
    assert_eq!(
        compare("  7   0.5 GET", " 187 141.4 GET", Measured::Numbers),
        Ok(" 187 141.4 GET\n".to_owned())
    );
    assert!(compare("7 calls", "no calls", Measured::Numbers).is_err());
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
        assert!(compare(shown, printed, Measured::Nothing).is_err(), "{shown:?} {printed:?}");
    }
}
