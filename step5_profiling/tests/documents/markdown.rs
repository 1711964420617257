//! What is in a Markdown document, as far as the tests of the documents look at it.

use std::{fs, path::Path};

/// A document.
pub struct Document {
    /// Its path, from the top of the workspace.
    pub path: String,
    /// Headings, each with its `#` signs.
    pub headings: Vec<String>,
    /// Blocks of code, in their order.
    pub fences: Vec<Fence>,
    /// The text around them, with its line numbers, from 1.
    pub prose: Vec<(usize, String)>,
}

/// A block of code between lines of three backquotes.
pub struct Fence {
    /// The words behind the opening backquotes: the language first.
    pub info: Vec<String>,
    /// What is in it, each line with its end.
    pub text: String,
    /// The line that opens it, from 1.
    pub line: usize,
}

impl Document {
    /// Reads the document at this path below the top of the workspace.
    ///
    /// # Panics
    /// When it is not there, or a block of code has no end.
    pub fn read(top: &Path, path: &str) -> Self {
        let text = fs::read_to_string(top.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        let (mut headings, mut fences, mut prose) = (Vec::new(), Vec::new(), Vec::new());
        let mut open: Option<Fence> = None;
        for (line, number) in text.lines().zip(1..) {
            match (open.take(), line.trim_start().strip_prefix("```")) {
                (None, Some(info)) => {
                    let info = info.split_whitespace().map(str::to_owned).collect();
                    open = Some(Fence { info, text: String::new(), line: number });
                }
                (Some(fence), Some(_)) => fences.push(fence),
                (Some(mut fence), None) => {
                    fence.text += line;
                    fence.text += "\n";
                    open = Some(fence);
                }
                (None, None) => {
                    if line.starts_with('#') {
                        headings.push(line.to_owned());
                    }
                    prose.push((number, line.to_owned()));
                }
            }
        }
        assert!(open.is_none(), "{path}: a block of code has no end");
        Self { path: path.to_owned(), headings, fences, prose }
    }

    /// The heading of the section (`##`) that this line is in, and the summaries of the folds around it. A fold
    /// is between the lines `<details><summary>…</summary>` and `</details>`.
    pub fn around(&self, line: usize) -> (&str, Vec<&str>) {
        let (mut section, mut folds) = ("", Vec::new());
        for (_, text) in self.prose.iter().take_while(|(number, _)| *number < line) {
            if let Some(heading) = text.strip_prefix("## ") {
                section = heading;
            } else if let Some(summary) = text.strip_prefix("<details><summary>") {
                folds.push(summary.trim_end_matches("</summary>"));
            } else if text == "</details>" {
                folds.pop();
            }
        }
        (section, folds)
    }
}

impl Fence {
    /// Whether it is code in this language.
    pub fn is(&self, language: &str) -> bool {
        self.info.first().is_some_and(|first| first == language)
    }

    /// Whether this word is behind the language.
    pub fn has(&self, mark: &str) -> bool {
        self.info.iter().skip(1).any(|word| word == mark)
    }
}
