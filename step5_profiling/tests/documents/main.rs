//! What the guides say is there, and both languages say the same.
//!
//! (Whether the commands do what the guides show is `commands.rs`'s, which takes longer.)

#![cfg(profiler)]

mod markdown;

use std::{
    collections::BTreeSet,
    fs,
    hash::Hasher,
    path::{Path, PathBuf},
};

use markdown::Document;

/// Guides that there are in both languages, as `NAME.md` and `NAME.ko.md`.
const GUIDES: [&str; 5] = [
    "step1_plain/README",
    "step2_dict_cache/README",
    "step3_ttl_cache/README",
    "step4_workers/README",
    "step5_profiling/README",
];

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Each guide in English and in Korean.
fn pairs() -> impl Iterator<Item = [Document; 2]> {
    GUIDES
        .into_iter()
        .map(|guide| ["md", "ko.md"].map(|it| Document::read(&top(), &format!("{guide}.{it}"))))
}

#[test]
fn both_languages_have_the_same_headings_and_code() {
    for [english, korean] in pairs() {
        let levels = |document: &Document| -> Vec<_> {
            let heads = document.headings.iter();
            heads.map(|heading| heading.split(' ').next().unwrap_or("").to_owned()).collect()
        };
        assert_eq!(levels(&english), levels(&korean), "{}: other headings", korean.path);
        for (one, other) in english.fences.iter().zip(&korean.fences) {
            assert_eq!(one.info, other.info, "{}:{}", korean.path, other.line);
            assert_eq!(one.text, other.text, "{}:{}", korean.path, other.line);
        }
        assert_eq!(english.fences.len(), korean.fences.len(), "{}", korean.path);
        // Each language may link to a page in that language; within the workspace, both link alike.
        assert_eq!(links(&english), links(&korean), "{}: other links", korean.path);
    }
}

/// A Korean guide ends with a mark of the English text that it says again. So whoever changes the one
/// has to look at the other.
#[test]
fn a_change_to_the_english_guide_is_brought_into_the_korean_one() {
    for [english, korean] in pairs() {
        let mark = format!("<!-- English: {:016x} -->", hash(&english));
        let last = korean.prose.iter().rev().find(|(_, line)| !line.is_empty());
        let is_there = last.is_some_and(|(_, line)| *line == mark);
        assert!(
            is_there,
            "{} has changed: bring the change into {}, then end that with {mark}",
            english.path, korean.path
        );
    }
}

fn hash(document: &Document) -> u64 {
    // FNV-1a: the same on every machine.
    #[derive(Clone, Copy)]
    struct Fnv(u64);
    impl Hasher for Fnv {
        fn finish(&self) -> u64 {
            self.0
        }
        fn write(&mut self, bytes: &[u8]) {
            for byte in bytes {
                self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
    }
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    for (_, line) in &document.prose {
        hasher.write(line.trim_end().as_bytes());
        hasher.write(b"\n");
    }
    hasher.finish()
}

/// What a document links to within the workspace.
fn links(document: &Document) -> BTreeSet<String> {
    let mut links = BTreeSet::new();
    for (_, line) in &document.prose {
        for rest in line.split("](").skip(1) {
            let target = rest.split([')', '#']).next().unwrap_or("");
            if !target.is_empty() && !target.starts_with("http") {
                links.insert(target.to_owned());
            }
        }
    }
    links
}

/// All documents in Markdown.
fn documents() -> Vec<Document> {
    let mut paths = vec![];
    for folder in [
        "",
        "step1_plain",
        "step2_dict_cache",
        "step3_ttl_cache",
        "step4_workers",
        "step5_profiling",
        "step5_profiling/plots",
    ] {
        for file in fs::read_dir(top().join(folder)).unwrap_or_else(|e| panic!("{folder}: {e}")) {
            let name = file.expect("it was there").file_name().to_string_lossy().into_owned();
            if name.ends_with(".md") {
                paths.push(Path::new(folder).join(name).to_string_lossy().into_owned());
            }
        }
    }
    assert!(paths.len() >= 2 * GUIDES.len() + 2, "{paths:?}");
    paths.iter().map(|path| Document::read(&top(), path)).collect()
}

#[test]
fn every_file_that_is_linked_to_is_there() {
    for document in documents() {
        let folder = top().join(&document.path);
        let folder = folder.parent().expect("a document is in a folder");
        for link in links(&document) {
            assert!(folder.join(&link).exists(), "{}: there is no {link}", document.path);
        }
    }
}

#[test]
fn every_exercise_is_in_its_guide() {
    for [english, korean] in pairs() {
        let folder = Path::new(&english.path).parent().expect("a guide is in its step");
        let files = fs::read_dir(top().join(folder).join("exercises")).expect("each step has some");
        for file in files {
            let name = file.expect("it was there").file_name().to_string_lossy().into_owned();
            if name.ends_with(".rs") && name != "main.rs" {
                let link = format!("exercises/{name}");
                for guide in [&english, &korean] {
                    assert!(links(guide).contains(&link), "{}: no {link}", guide.path);
                }
            }
        }
    }
}

#[test]
fn every_route_that_is_asked_is_one() {
    let routes: Vec<_> = step1_plain::app::ROUTES
        .iter()
        .chain(&[step1_plain::slow::ROUTE])
        .chain(&step2_dict_cache::routes::ROUTES)
        .chain(step5_profiling::profiler::LINES)
        .map(|route| route.path.split('?').next().unwrap_or("").to_owned())
        .collect();
    for document in documents() {
        let fences = document.fences.iter().map(|fence| (fence.line, fence.text.as_str()));
        let prose = document.prose.iter().map(|(line, text)| (*line, text.as_str()));
        for (line, text) in fences.chain(prose) {
            for rest in text.split("127.0.0.1:8000").skip(1) {
                let path =
                    rest.split(|it: char| !(it.is_alphanumeric() || "/_".contains(it))).next();
                let path = path.filter(|path| path.starts_with('/')).unwrap_or("/");
                let is_there = routes.iter().any(|route| route == path);
                assert!(is_there, "{}:{line}: there is no route {path}", document.path);
            }
        }
    }
}

#[test]
fn every_flag_of_ours_is_one() {
    let program = env!("CARGO_BIN_EXE_step5_profiling");
    let help = std::process::Command::new(program).arg("--help").output().expect("it starts");
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for document in documents() {
        for fence in document.fences.iter().filter(|fence| fence.is("sh")) {
            for line in fence.text.lines() {
                let ours = ["cargo run -p step", "target/debug/step", "target/release/step"];
                let Some(start) = ours.iter().find_map(|start| line.find(start)) else { continue };
                let command = line[start..].split(['|', '&', ';', '#']).next().unwrap_or("");
                let own = if command.starts_with("cargo") {
                    command.split(" -- ").nth(1)
                } else {
                    Some(command)
                };
                for word in
                    own.unwrap_or("").split_whitespace().filter(|word| word.starts_with("--"))
                {
                    let is_there =
                        help.contains(&format!("{word} ")) || help.contains(&format!("{word}\n"));
                    assert!(is_there, "{}:{}: there is no {word}", document.path, fence.line);
                }
            }
        }
    }
}
