//! The five guides have one form, in which nobody sees a result before they have predicted it.

use crate::{DOCUMENTS, markdown::Document, top};

/// A guide's headings of level 2, in English and in Korean.
const SECTIONS: [[&str; 2]; 9] = [
    ["Goals", "목표"],
    ["Predict", "예측"],
    ["Run and measure", "실행과 측정"],
    ["Ideas", "개념"],
    ["Read the code", "코드 읽기"],
    ["Why", "왜 그럴까"],
    ["Exercises", "연습 문제"],
    ["Checkpoint", "확인 문제"],
    ["Further reading", "더 읽어 보기"],
];

/// What a result is folded under, in English and in Korean: one that the command before it gives, and one that
/// no command of the guide gives.
const RESULTS: [[&str; 2]; 2] =
    [["What we saw", "실제 결과"], ["What we measured", "측정해 둔 결과"]];

/// Each guide, with the place of its language above.
pub fn guides() -> impl Iterator<Item = (usize, Document)> {
    let read = |name, extension| Document::read(&top(), &format!("{name}.{extension}"));
    DOCUMENTS
        .into_iter()
        .filter(|name| is_guide(name))
        .flat_map(move |name| ["md", "ko.md"].map(|it| read(name, it)).into_iter().enumerate())
}

/// Whether a document is the guide of a step.
pub fn is_guide(name: &str) -> bool {
    name.split_once('/').is_some_and(|(_, document)| document == "README")
}

#[test]
fn each_guide_has_its_sections_in_their_order() {
    for (language, guide) in guides() {
        let headings = guide.headings.iter().filter_map(|heading| heading.strip_prefix("## "));
        let headings: Vec<_> = headings.collect();
        assert_eq!(headings, SECTIONS.map(|names| names[language]), "{}", guide.path);
    }
}

#[test]
fn a_guide_shows_no_result_before_the_reader_unfolds_it() {
    let mut seen_too_early = Vec::new();
    for (language, guide) in guides() {
        let section = |line| {
            let (section, _) = guide.around(line);
            let names = SECTIONS.iter().find(|names| names[language] == section);
            names.map_or("", |names| names[0])
        };
        let is_folded = |line| {
            let (_, folds) = guide.around(line);
            RESULTS.iter().any(|summaries| folds.contains(&summaries[language]))
        };
        let mut commands = guide.fences.iter().filter(|fence| fence.is("sh"));
        let first = commands.find(|fence| section(fence.line) == "Run and measure");
        let first = first.map_or(usize::MAX, |fence| fence.line);

        let blocks = guide.fences.iter().filter(|fence| fence.is("text"));
        let blocks = blocks.map(|fence| (fence.line, fence.info.len() > 1));
        let tables = guide.prose.iter().filter(|(_, text)| text.starts_with("<!-- figures: "));
        let tables = tables.map(|(line, _)| (*line, true));
        for (line, is_measured) in blocks.chain(tables) {
            let wrong = match section(line) {
                // The others are drawings.
                "Goals" if is_measured => "this comes before the predictions",
                "Predict" => "this is among the predictions",
                "Run and measure" if line < first => "this comes before the first command",
                "Run and measure" if !is_folded(line) => {
                    "this is not folded, or under another summary"
                }
                _ => continue,
            };
            seen_too_early.push(format!("{}:{line}: {wrong}", guide.path));
        }
    }
    assert!(seen_too_early.is_empty(), "\n{}\n", seen_too_early.join("\n"));
}

#[test]
fn every_fold_is_one_that_ends() {
    for (_, guide) in guides() {
        let (_, open) = guide.around(usize::MAX);
        assert!(open.is_empty(), "{}: these folds do not end: {open:?}", guide.path);
    }
}
