//! Whether a command has printed what the text shows.
//!
//! What is different each time (times, process ids) stands in the text as `…`, which is any part of a
//! line, or, alone on a line, any number of lines.

/// Says what is different; `None` if nothing is.
pub fn difference(shown: &str, printed: &str) -> Option<String> {
    let shown: Vec<_> = shown.lines().map(str::trim_end).collect();
    let printed: Vec<_> = printed.lines().map(str::trim_end).collect();
    lines_match(&shown, &printed).err().map(|(line, rest)| {
        format!("the text shows\n    {line}\nbut the command printed\n    {}", rest.join("\n    "))
    })
}

/// The line of the text that does not fit, and what was printed from there on.
fn lines_match<'a>(shown: &[&'a str], printed: &[&'a str]) -> Result<(), (&'a str, Vec<&'a str>)> {
    let Some((first, rest)) = shown.split_first() else {
        return if printed.is_empty() { Ok(()) } else { Err(("(nothing more)", printed.to_vec())) };
    };
    if first.trim() == "…" {
        let fits = (0..=printed.len()).any(|skip| lines_match(rest, &printed[skip..]).is_ok());
        let next = rest.first().unwrap_or(first);
        return if fits { Ok(()) } else { Err((next, printed.to_vec())) };
    }
    match printed.split_first() {
        Some((line, others)) if line_matches(first, line) => lines_match(rest, others),
        _ => Err((first, printed.to_vec())),
    }
}

fn line_matches(shown: &str, printed: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|start| printed.strip_prefix(start)) else {
        return false;
    };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn dots_are_whatever_there_is() {
    for (shown, printed) in [
        ("hits 3", "hits 3"),
        ("took … ms", "took 0.31 ms"),
        ("a…b…c", "axbyyc"),
        ("…", ""),
        ("one\n…\nlast", "one\ntwo\nthree\nlast\n"),
        ("one\n…\nlast", "one\nlast"),
    ] {
        assert_eq!(difference(shown, printed), None, "{shown:?} {printed:?}");
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
        assert!(difference(shown, printed).is_some(), "{shown:?} {printed:?}");
    }
}
