//! Both languages say the same, and what they name is there.
//!
//! (Whether the commands do what the guides show is `commands.rs`'s, which takes longer.)

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use regex::Regex;
use step1_plain::support::testing::Program;
use step3_ttl_cache::support::etag::ETag;

use crate::{DOCUMENTS, markdown::Document, top};

/// Documents that need only one language.
const ALONE: [&str; 1] = ["step5_profiling/plots/README.md"];

/// Each document in English and in Korean.
fn pairs() -> impl Iterator<Item = [Document; 2]> {
    DOCUMENTS
        .into_iter()
        .map(|name| ["md", "ko.md"].map(|it| Document::read(&top(), &format!("{name}.{it}"))))
}

fn documents() -> Vec<Document> {
    pairs().flatten().chain(ALONE.map(|path| Document::read(&top(), path))).collect()
}

/// Where a text stands: for a message.
type Place = String;

/// All lines of all documents, or those of their prose only.
fn lines(with_code: bool) -> Vec<(Place, String)> {
    let mut lines = Vec::new();
    for document in documents() {
        let code = document.fences.iter().filter(|_| with_code).flat_map(|fence| {
            fence.text.lines().zip(fence.line + 1..).map(|(text, line)| (line, text.to_owned()))
        });
        let all = document.prose.iter().cloned().chain(code);
        lines.extend(all.map(|(line, text)| (format!("{}:{line}", document.path), text)));
    }
    lines
}

/// What an expression's first group matches, or the expression itself, in these lines.
fn named(lines: &[(Place, String)], expression: &str) -> Vec<(Place, String)> {
    let expression = Regex::new(expression).expect("it is one");
    let found = lines.iter().flat_map(|(place, line)| {
        let all = expression.captures_iter(line);
        all.map(|it| (place.clone(), it.get(1).or(it.get(0)).map_or("", |it| it.as_str()).into()))
    });
    let found: Vec<_> = found.collect();
    assert!(!found.is_empty(), "no document names anything like {expression}");
    found
}

/// The code within prose: what stands between two backquotes.
fn code_in_prose() -> Vec<(Place, String)> {
    named(&lines(false), "`([^`]+)`")
}

#[test]
fn both_languages_have_the_same_headings_code_and_links() {
    for [english, korean] in pairs() {
        let path = &korean.path;
        let levels = |document: &Document| -> Vec<_> {
            let heads = document.headings.iter();
            heads.map(|heading| heading.split(' ').next().unwrap_or("").to_owned()).collect()
        };
        assert_eq!(levels(&english), levels(&korean), "{path}: other headings");
        for (one, other) in english.fences.iter().zip(&korean.fences) {
            assert_eq!(one.info, other.info, "{path}:{}", other.line);
            assert_eq!(one.text, other.text, "{path}:{}", other.line);
        }
        assert_eq!(english.fences.len(), korean.fences.len(), "{path}: other blocks of code");
        let links = |document| -> BTreeSet<_> {
            links(document).into_iter().map(|link| link.replace(".ko.", ".")).collect()
        };
        assert_eq!(links(&english), links(&korean), "{path}: other links");
    }
}

/// A Korean document ends with a mark of the English text that it says again. So whoever changes the one
/// has to look at the other.
#[test]
fn a_change_to_the_english_text_is_brought_into_the_korean_one() {
    let mut behind = Vec::new();
    for [english, korean] in pairs() {
        let mark = format!("<!-- English: {} -->", hash(&english));
        let last = korean.prose.iter().rev().find(|(_, line)| !line.is_empty());
        if last.is_none_or(|(_, line)| *line != mark) {
            behind.push(format!("{}, and its last line is {mark}", korean.path));
        }
    }
    let behind = behind.join("\n");
    assert_eq!(behind, "", "the English text has changed: bring the change into\n{behind}\n");
}

/// A hash of the prose, without the tables of figures, which are written into both languages alike.
fn hash(document: &Document) -> String {
    let mut in_figures = false;
    let mut text = String::new();
    for (_, line) in &document.prose {
        let in_table = line.starts_with('|') || line.is_empty();
        in_figures = line.starts_with("<!-- figures: ") || (in_figures && in_table);
        if !(in_figures && line.starts_with('|')) {
            text += line.trim_end();
            text += "\n";
        }
    }
    let tag = ETag::of(text.as_bytes()).header();
    tag.to_str().expect("it is ASCII").trim_matches('"').to_owned()
}

/// What a document links to within the workspace.
fn links(document: &Document) -> BTreeSet<String> {
    let link = Regex::new(r"\]\(([^)#]+)").expect("it is one");
    let prose = document.prose.iter().flat_map(|(_, line)| link.captures_iter(line));
    let targets = prose.map(|it| it[1].to_owned());
    targets.filter(|target| !target.starts_with("http")).collect()
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
fn a_korean_document_links_to_korean_ones() {
    for [_, korean] in pairs() {
        let folder = top().join(&korean.path);
        let folder = folder.parent().expect("a document is in a folder");
        for link in links(&korean).iter().filter(|link| !link.contains(".ko.")) {
            let in_korean = folder.join(link.replace(".md", ".ko.md").replace(".svg", ".ko.svg"));
            let is_the_english_of_it =
                korean.prose[..4].iter().any(|(_, line)| line.contains(link));
            assert!(
                is_the_english_of_it || folder.join(link) == in_korean || !in_korean.exists(),
                "{}: {link} is there in Korean, too",
                korean.path
            );
        }
    }
}

#[test]
fn every_exercise_is_in_its_guide() {
    for [english, korean] in pairs() {
        let folder = Path::new(&english.path).parent().expect("a document is in a folder");
        let Ok(files) = fs::read_dir(top().join(folder).join("exercises")) else { continue };
        if !english.path.ends_with("README.md") {
            continue;
        }
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
fn the_minutes_at_the_top_are_the_sum_of_those_of_the_sections() {
    let number = Regex::new(r"\d+").expect("it is one");
    for [english, korean] in pairs().filter(|[guide, _]| guide.path.ends_with("/README.md")) {
        for (guide, end) in [(english, ';'), (korean, '.')] {
            let (_, line) = &guide.prose[2];
            let (sections, _) = line.split_once(end).expect("exercises come after the sum");
            let minutes = number.find_iter(sections).map(|it| it.as_str().parse::<u32>());
            let minutes: Vec<_> = minutes.map(|it| it.expect("they are digits")).collect();
            assert_eq!(minutes[0], minutes[1..].iter().sum::<u32>(), "{}: {line}", guide.path);
            let row = format!("]({}) | {} |", guide.path, minutes[0]);
            let door = if end == ';' { "README.md" } else { "README.ko.md" };
            let door = Document::read(&top(), door);
            let has_row = door.prose.iter().any(|(_, line)| line.contains(&row));
            assert!(
                has_row || guide.path.contains("mysteries"),
                "{}: its staircase has no {row}",
                door.path
            );
        }
    }
}

#[test]
fn every_target_of_cargo_is_one() {
    for (place, command) in named(&lines(true), r"cargo (?:run|test|bench|build) [^`|]*") {
        let words: Vec<_> = command.split_whitespace().collect();
        let after = |flag: &str| {
            let at = words.iter().position(|word| *word == flag)?;
            words.get(at + 1).copied().filter(|word| {
                word.chars().all(|it| it.is_lowercase() || "_0123456789".contains(it))
            })
        };
        let Some(package) = after("-p") else { continue };
        let folder = top().join(package);
        assert!(folder.join("Cargo.toml").exists(), "{place}: there is no package {package}");
        let is_there = |path: String| {
            let paths = [format!("{path}.rs"), format!("{path}/main.rs")];
            paths.iter().any(|path| folder.join(path).exists())
        };
        for (flag, kind) in [
            ("--bench", "benches"),
            ("--test", "tests"),
            ("--bin", "src/bin"),
            ("--example", "examples"),
        ] {
            let Some(name) = after(flag) else { continue };
            let path = match name {
                "exercises" => name.into(),
                "mystery" => "mysteries".into(),
                _ => format!("{kind}/{name}"),
            };
            assert!(is_there(path), "{place}: {package} has no {name} among its {kind}");
        }
        if let Some(name) = after("exercises") {
            let exercise = format!("exercises/{name}");
            assert!(is_there(exercise), "{place}: {package} has no exercise {name}");
        }
    }
}

#[test]
fn every_source_file_that_an_exercise_names_is_there() {
    let names = Regex::new(r"`(src/[a-z_/]+\.rs)`").expect("it is a regular expression");
    let mut named = 0;
    for step in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).expect("it is there")
    {
        let step = step.expect("it is there").path();
        let Ok(exercises) = step.join("exercises").read_dir() else { continue };
        for exercise in exercises.filter_map(|entry| entry.ok()).map(|entry| entry.path()) {
            let Ok(text) = std::fs::read_to_string(&exercise) else { continue };
            for name in names.captures_iter(&text).map(|captures| captures[1].to_owned()) {
                assert!(step.join(&name).is_file(), "{}: there is no {name}", exercise.display());
                named += 1;
            }
        }
    }
    assert!(named > 5, "the exercises say which file is the real one");
}

#[test]
fn every_route_is_one() {
    let mut routes: BTreeSet<_> = step2_dict_cache::support::lab::lab()
        .requests()
        .iter()
        .chain(&step5_profiling::web::routes::REQUESTS)
        .map(|request| request.split([' ', '?']).nth(1).expect("a path follows").to_owned())
        .collect();
    routes.extend(["/", "/board", "/metrics"].map(str::to_owned));
    let asked = named(&lines(true), r"127\.0\.0\.1:8\d\d\d(/[a-z/]*)");
    let code = code_in_prose();
    let in_prose = named(&code, r"^(?:GET |DELETE )?(/[a-z/]*)");
    // A route of FastAPI, and folders.
    let others = ["/docs", "/tmp/", "/mnt/", "/dev/"];
    for (place, path) in asked.into_iter().chain(in_prose) {
        let is_one = routes.contains(&path) || others.iter().any(|other| path.starts_with(other));
        assert!(is_one, "{place}: there is no route {path}");
    }
}

#[test]
fn every_flag_is_one() {
    let program = env!("CARGO_BIN_EXE_step5_profiling");
    let help = Command::new(program).arg("--help").output().expect("it starts");
    let help = String::from_utf8_lossy(&help.stdout);
    let has = |flag: &str| help.split_whitespace().any(|word| word.trim_end_matches(',') == flag);
    // What stands behind our programs' names.
    let ours = r"(?:cargo run [^|&;#`]* -- |target/(?:debug|release)/step\w+)([^|&;#`>]*)";
    let mut lines_of_ours = lines(true);
    lines_of_ours.retain(|(_, line)| !line.contains("--example ")); // Those have flags of their own.
    let of_ours = named(&named(&lines_of_ours, ours), r"--[a-z-]+");
    // In prose also those of Cargo, criterion, `curl`, `hey`, Gunicorn and Uvicorn.
    let others = [
        "--workspace",
        "--release",
        "--config",
        "--save-baseline",
        "--baseline",
        "--profile-time",
        "--reload",
        "--preload",
        "--daemon",
        "--access-logfile",
        "--worker-class",
        "--threads",
        "--open",
        "--no-deps",
        "--test",
        "--bin",
        "--bench",
        "--locked",
        "--restart",
        "--exts",
        "--perfdata",
        "--clients",
        "--rate",
        "--plot",
        "--fixed",
        "--trace-ascii",
    ];
    let alone = named(&code_in_prose(), r"^(--[a-z-]+)");
    let alone = alone.into_iter().filter(|(_, flag)| !others.contains(&&**flag));
    for (place, flag) in of_ours.into_iter().chain(alone) {
        assert!(has(&flag), "{place}: there is no {flag}");
    }
}

#[test]
fn every_header_is_one() {
    let program = Program::start(env!("CARGO_BIN_EXE_step5_profiling"), &["--workers", "1"]);
    let mut client = program.connect();
    let mut sent = BTreeSet::new();
    for path in ["/slow?n=2", "/cached?n=2", "/cached?n=2", "/nowhere"] {
        sent.extend(client.get(path).headers.into_iter().map(|(name, _)| name));
    }
    let refused = client.request("POST", "/slow", "");
    sent.extend(refused.headers.into_iter().map(|(name, _)| name));
    // The queue's refusal is tested where the queue is; the next are the client's, and nginx's.
    let others = ["retry-after", "if-match", "if-none-match", "x-proxy-cache", "x-upstream"]
        .map(str::to_owned);
    sent.extend(others);
    let like_a_header = r"^((?:[A-Z][A-Za-z]*-)+[A-Z][a-z]+|Age|ETag|Date|Allow)(?::.*)?$";
    for (place, name) in named(&code_in_prose(), like_a_header) {
        assert!(sent.contains(&name.to_lowercase()), "{place}: no response has a header {name}");
    }
}

#[test]
fn every_file_in_the_text_is_there() {
    // With a folder, and of a kind that is ours.
    let files = named(&code_in_prose(), r"^((?:step\d\w*|plots|exercises|src)/[\w./]+\.\w+)$");
    for (place, file) in files {
        let document = PathBuf::from(place.split(':').next().unwrap_or(""));
        let folder = document.parent().expect("a document is in a folder");
        let is_there = top().join(&file).exists() || top().join(folder).join(&file).exists();
        assert!(is_there, "{place}: there is no {file}");
    }
}
