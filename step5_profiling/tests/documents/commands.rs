//! Every command of every guide is run, in order, from a clean copy of the workspace, and what it prints
//! is compared with what the guide shows.
//!
//! A block of commands is `sh`; `sh server` runs on in a terminal of its own, until the next one, or the
//! end of the document; `sh second-server` is one more terminal; `sh not-run` is for what takes too long
//! here or is the reader's to decide. A block `text` that follows shows the output; see `pattern.rs`.
//!
//! ```sh
//! cargo test -p step5_profiling --test documented_commands
//! ```
//!
//! It takes some minutes, needs port 8000 and all the tools that the guides use, and is not part of plain
//! `cargo test`.

#![cfg(profiler)]

mod markdown;
mod pattern;
mod terminal;

use std::path::{Path, PathBuf};

use markdown::Document;
use pattern::difference;
use terminal::Workplace;

/// In the order in which one reads them. The other language has the same commands; see `main.rs`.
const GUIDES: [&str; 6] = [
    "README.md",
    "step1_plain/README.md",
    "step2_dict_cache/README.md",
    "step3_ttl_cache/README.md",
    "step4_workers/README.md",
    "step5_profiling/README.md",
];

#[test]
fn every_command_does_what_the_guide_shows() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // One of them: GUIDE=step1_plain/README.md
    let only = std::env::var("GUIDE").ok();
    let guides = GUIDES.iter().filter(|guide| only.as_deref().is_none_or(|only| only == **guide));
    let failures: Vec<_> = guides.flat_map(|guide| follow(&top, guide)).collect();
    assert!(failures.is_empty(), "\n\n{}\n", failures.join("\n\n"));
}

/// Does what a document says, and returns what is not as it says.
fn follow(top: &PathBuf, path: &str) -> Vec<String> {
    let document = Document::read(top, path);
    let mut workplace = Workplace::copy_of(top).expect("the workspace can be copied");
    let mut failures = Vec::new();
    for (index, fence) in document.fences.iter().enumerate() {
        if !fence.is("sh") || fence.has("not-run") {
            continue;
        }
        let terminal = ["server", "second-server"].into_iter().find(|mark| fence.has(mark));
        let printed = match terminal {
            Some(terminal) => workplace.serve(terminal, &fence.text),
            None => workplace.run(&fence.text),
        };
        let shown = document.fences.get(index + 1).filter(|next| next.is("text"));
        let wrong = match (printed, shown) {
            (Err(error), _) => Some(error),
            (Ok(printed), Some(shown)) => difference(&shown.text, &printed),
            (Ok(_), None) => None,
        };
        eprintln!("{path}:{}: {}", fence.line, if wrong.is_some() { "wrong" } else { "as shown" });
        failures.extend(wrong.map(|wrong| format!("{path}:{}: {}{wrong}", fence.line, fence.text)));
    }
    failures
}
