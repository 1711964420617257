//! The code that a document shows is in the source.
//!
//! A block `rust FILE` shows lines of this file, as seen from the document's folder. In the file, all of
//! them may be indented further. A line `// …` stands for lines that are left out.

use std::{fs, ops::RangeInclusive};

use crate::{DOCUMENTS, guides::is_guide, markdown::Document, top};

/// How many lines of code a guide shows: the idea of its step, and no more.
const LINES: RangeInclusive<usize> = 10..=40;

/// Those of the other language are the same; see `texts.rs`.
#[test]
fn the_code_that_a_document_shows_is_in_the_source() {
    for name in DOCUMENTS {
        let document = Document::read(&top(), &format!("{name}.md"));
        let mut shown = 0;
        for fence in document.fences.iter().filter(|fence| fence.is("rust")) {
            let place = |line| format!("{}:{}", document.path, fence.line + line);
            let file = fence.info.get(1).unwrap_or_else(|| panic!("{}: of which file?", place(0)));
            let source = fs::read_to_string(top().join(name).with_file_name(file));
            let source = source.unwrap_or_else(|e| panic!("{}: {file}: {e}", place(0)));
            let found = found(&fence.text, &source);
            if let Some(line) = fence.text.lines().nth(found) {
                panic!("{}: this is not in {file}, or not here:\n{line}\n", place(1 + found));
            }
            shown += fence.text.lines().count();
        }
        if is_guide(name) {
            assert!(LINES.contains(&shown), "{name}.md shows {shown} lines of code, not {LINES:?}");
        }
    }
}

/// Stands for lines that are left out.
const GAP: &str = "// …";

/// How many lines of an excerpt are there in a source, before the first one that is not.
fn found(excerpt: &str, source: &str) -> usize {
    let common = excerpt.lines().filter(|line| !["", GAP].contains(&line.trim()));
    let common = common.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let excerpt = excerpt.lines().map(|line| match line.trim() {
        GAP => GAP,
        _ => line.get(common..).unwrap_or(""),
    });
    let excerpt: Vec<_> = excerpt.collect();
    let levels = (0..8).map(|level| " ".repeat(4 * level));
    let found = levels.map(|indentation| {
        // What is indented less is nothing that the excerpt could show: `None`.
        let source = source.lines().map(|line| match line {
            "" => Some(""),
            _ => line.strip_prefix(&indentation),
        });
        after_a_gap(&excerpt, &source.collect::<Vec<_>>())
    });
    found.max().unwrap_or(0)
}

/// How many lines are found, when the first of them may come anywhere.
fn after_a_gap(excerpt: &[&str], source: &[Option<&str>]) -> usize {
    (0..source.len()).map(|gap| at_once(excerpt, &source[gap..])).max().unwrap_or(0)
}

/// How many lines are found, when the first of them must come first.
fn at_once(excerpt: &[&str], source: &[Option<&str>]) -> usize {
    match (excerpt, source) {
        ([GAP, rest @ ..], [_, source @ ..]) => 1 + after_a_gap(rest, source),
        ([line, rest @ ..], [Some(first), source @ ..]) if line == first => {
            1 + at_once(rest, source)
        }
        _ => 0,
    }
}

#[test]
fn an_excerpt_is_indented_less_and_leaves_lines_out() {
    let source = "mod a {\n    fn b() {\n        c();\n\n        d();\n    }\n}\n";
    for (excerpt, lines) in [
        ("fn b() {\n    c();\n", 2),
        ("    fn b() {\n// …\n        d();\n    }\n", 4),
        ("// …\nd();\n// …\n", 3),
        ("c();\n\nd();\n", 3),
        ("c();\nd();\n", 1),               // an empty line is missing
        ("fn b() {\n// …\n    c();\n", 2), // nothing is left out there
        ("fn b() {\nc();\n", 1),           // other indentation
        ("d();\n// …\nc();\n", 2),         // in the other order
        ("e();\n", 0),
    ] {
        assert_eq!(found(excerpt, source), lines, "{excerpt}");
    }
}
