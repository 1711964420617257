//! Every command of every guide is run, in order, from a clean copy of the workspace, and what it prints
//! is compared with what the guide shows. (The other language has the same commands; see `texts.rs`.)
//!
//! A block of commands is `sh`; `sh server` runs on in a terminal of its own, until the next one, or
//! the end of the document; `sh second-server` is one more terminal, and `sh load` one for what goes
//! on asking and need not say that it is ready; `sh not-run` is for what takes too long here or is the
//! reader's to decide. A block `text` that follows shows the output; see `pattern.rs`.
//!
//! ```sh
//! cargo test -p step5_profiling --test documents -- --ignored
//! ```
//!
//! It takes some minutes, needs the ports 8000, 8001, 8090 and 6380 and all the tools that the guides
//! use, and is not part of plain `cargo test`.

use std::{env, fs, path::Path, time::Instant};

use crate::{
    DOCUMENTS,
    markdown::{Document, Fence},
    pattern::{Measured, compare},
    terminal::Checkout,
    top,
};

/// `GUIDE=step1_plain/README` follows only that one. `RECORD=1` writes what is measured into the guides, in
/// both languages.
#[test]
#[ignore = "takes minutes and many tools; see its file"]
fn every_command_does_what_the_guide_shows() {
    let only = env::var("GUIDE").ok();
    let is_wanted = |guide: &&str| only.as_deref().is_none_or(|only| only == *guide);
    let guides: Vec<_> = DOCUMENTS.into_iter().filter(is_wanted).collect();
    assert!(!guides.is_empty(), "there is no guide {only:?}; there are {DOCUMENTS:?}");
    let mut checkout = Checkout::copy_of(&top()).expect("the workspace can be copied");
    let follow = |guide: &&str| follow(&mut checkout, &top(), guide);
    let failures: Vec<_> = guides.iter().flat_map(follow).collect();
    assert!(failures.is_empty(), "\n\n{}\n", failures.join("\n\n"));
}

/// Does what a document says, and returns what is not as it says.
fn follow(checkout: &mut Checkout, top: &Path, guide: &str) -> Vec<String> {
    let document = Document::read(top, &format!("{guide}.md"));
    let mut failures = Vec::new();
    for (index, fence) in document.fences.iter().enumerate() {
        if !fence.is("sh") || fence.has("not-run") {
            continue;
        }
        let terminal = ["server", "second-server", "load"].into_iter().find(|mark| fence.has(mark));
        let start = Instant::now();
        let printed = match terminal {
            Some(terminal @ "load") => checkout.load(terminal, &fence.text),
            Some(terminal) => checkout.serve(terminal, &fence.text),
            None => checkout.run(&fence.text),
        };
        let place = format!("{guide}.md:{}", fence.line);
        let seconds = start.elapsed().as_secs_f64();
        eprintln!("\n{place} ({seconds:.1} s)\n{}", printed.as_deref().unwrap_or("(failed)"));
        let shown = document.fences.get(index + 1).filter(|next| next.is("text"));
        let compared = printed.and_then(|printed| match shown {
            Some(shown) => compare(&shown.text, &printed, Measured::in_block(shown)).map(Some),
            None => Ok(None),
        });
        match compared {
            Err(wrong) => failures.push(format!("{place}: {}{wrong}", fence.text)),
            Ok(Some(text)) if env::var("RECORD").is_ok() => {
                for language in ["md", "ko.md"] {
                    record(top, &format!("{guide}.{language}"), index + 1, &text);
                }
            }
            Ok(_) => {}
        }
    }
    checkout.clean().expect("the copy is a Git repository");
    // A document that changes a file, builds, and changes it back, has then built again.
    if failures.is_empty() {
        checkout.copy_times().expect("the files are the copy's own");
    }
    failures
}

/// Puts this into a document's block of this number, from 0.
fn record(top: &Path, path: &str, index: usize, text: &str) {
    let document = Document::read(top, path);
    let Fence { line, text: before, .. } = &document.fences[index];
    let whole = fs::read_to_string(top.join(path)).expect("it has just been read");
    let mut lines: Vec<_> = whole.lines().collect();
    lines.splice(*line..line + before.lines().count(), text.lines());
    fs::write(top.join(path), lines.join("\n") + "\n").expect("it can be written");
}
