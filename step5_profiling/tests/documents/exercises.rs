//! Each exercise has its task in Korean, and wrong solutions that its check refuses for the right reason.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use regex::Regex;
use step3_ttl_cache::support::etag::ETag;

use crate::top;

/// The folders of the five steps.
fn steps() -> Vec<PathBuf> {
    let folders = fs::read_dir(top()).expect("the workspace can be read");
    let folders = folders.map(|entry| entry.expect("it can be read").path());
    let mut steps: Vec<_> = folders.filter(|path| path.join("exercises").is_dir()).collect();
    steps.sort();
    assert_eq!(steps.len(), 5, "each step has a folder `exercises`");
    steps
}

/// The names of the `.rs` files in this folder, without their ending and without `main`.
fn names(folder: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(folder).into_iter().flatten();
    let paths = files.map(|entry| entry.expect("it can be read").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let names = paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
    names.filter(|name| name != "main").collect()
}

/// The comment at the top of a source file.
fn head(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// The last line of the head of each exercise.
const POINTER: &str = "한국어 과제: `README.ko.md`.";

/// A section of the Korean tasks ends with a mark of the English head that it tells again, as the
/// guides do. So a change to the one makes us look at the other.
#[test]
fn each_exercise_has_its_task_in_korean() {
    let mut behind = Vec::new();
    for step in steps() {
        let package = step.file_name().expect("it has a name").to_string_lossy().into_owned();
        let path = format!("{package}/exercises/README.ko.md");
        let korean = fs::read_to_string(top().join(&path)).unwrap_or_default();
        let sections: BTreeMap<_, _> = korean
            .split("\n## ")
            .skip(1)
            .filter_map(|section| section.split_once('\n'))
            .map(|(name, text)| (name.trim().to_owned(), text))
            .collect();
        let exercises = names(&step.join("exercises"));
        let titles: BTreeSet<_> = sections.keys().cloned().collect();
        assert_eq!(titles, exercises, "{path}: one `## name` for each exercise");
        for (name, section) in sections {
            let mut english = head(&step.join(format!("exercises/{name}.rs")));
            assert_eq!(english.pop().as_deref(), Some(POINTER), "{name}: the head's last line");
            let tag = ETag::of(english.join("\n").trim_end().as_bytes()).header();
            let tag = tag.to_str().expect("it is ASCII").trim_matches('"').to_owned();
            let mark = format!("<!-- English: {tag} -->");
            if section.trim_end().lines().last() != Some(&mark) {
                behind.push(format!("{path}, `## {name}`, with the last line {mark}"));
            }
            let command = format!("cargo test -p {package} --test exercises {name}");
            assert!(section.contains(&command), "{path}: {name} lacks {command}");
        }
    }
    let behind = behind.join("\n");
    assert!(
        behind.is_empty(),
        "the heads have changed in English: bring the change into\n{behind}\n"
    );
}

/// A wrong solution, and what its check said.
struct Refusal {
    name: String,
    /// The sentences with which it has to be refused. A wrong prediction has one for each number.
    sentences: Vec<String>,
    /// What the test program printed.
    output: String,
}

impl Refusal {
    /// Whether this sentence is in the output. Line breaks count as spaces.
    fn says(&self, sentence: &str) -> bool {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        words(&self.output).contains(&words(sentence))
    }
}

/// What is wrong with the check of an exercise, given the refusals of its wrong solutions.
fn faults(refusals: &[Refusal]) -> Vec<String> {
    let mut faults = Vec::new();
    if refusals.len() < 2 {
        faults.push("there are fewer than two wrong solutions".to_owned());
    }
    for Refusal { name, sentences, output } in refusals {
        if output.contains("running 0 tests") {
            faults.push(format!("{name} is not in `wrong/main.rs`"));
        } else if !output.contains("test result: FAILED") {
            faults.push(format!("{name} passes"));
        }
        if sentences.is_empty() {
            faults.push(format!("the head of {name} has no `Refused with: `"));
        }
        for sentence in sentences {
            if sentence.split_whitespace().count() < 3 {
                faults.push(format!("{name}: \"{sentence}\" is too short to tell it from others"));
            }
            for other in refusals {
                if other.name == *name && !other.says(sentence) {
                    faults.push(format!("{name} is not refused with \"{sentence}\" but\n{output}"));
                } else if other.name != *name && other.says(sentence) {
                    let other = &other.name;
                    faults.push(format!("{other} is refused with \"{sentence}\", as {name} is"));
                }
            }
        }
    }
    faults
}

#[test]
fn a_wrong_solution_that_passes_or_gets_the_sentence_of_another_is_a_fault() {
    let refusal = |name: &str, sentence: &str, output: &str| {
        let [name, sentence, output] = [name, sentence, output].map(str::to_owned);
        Refusal { name, sentences: vec![sentence], output }
    };
    let one = || refusal("one", "ranks count from 1", "ranks count\nfrom 1. test result: FAILED.");
    let two = |output| refusal("two", "sort the list first", output);
    let judged = |refusals: &[Refusal]| faults(refusals).len();
    assert_eq!(judged(&[one(), two("sort the list first. test result: FAILED.")]), 0);
    assert_eq!(judged(&[one()]), 1, "an exercise has two wrong solutions");
    assert_eq!(judged(&[one(), two("test result: ok.")]), 2, "it passes, without its sentence");
    assert_eq!(judged(&[one(), two("sort the list first. test result: ok.")]), 1, "it passes");
    assert_eq!(judged(&[one(), two("running 0 tests. test result: ok.")]), 2, "it was not run");
    assert_eq!(judged(&[one(), two("no such file. test result: FAILED.")]), 1, "another sentence");
    let both = "sort the list first, ranks count from 1. test result: FAILED.";
    assert_eq!(judged(&[one(), two(both)]), 1, "the sentence of the other");
    let short = refusal("two", "sort it", "sort it. test result: FAILED.");
    assert_eq!(judged(&[one(), short]), 1, "a sentence of two words");
    let mut silent = two("test result: FAILED.");
    silent.sentences.clear();
    assert_eq!(judged(&[one(), silent]), 1, "no sentence at all");
}

/// The test programs of the wrong solutions, by step.
fn programs() -> BTreeMap<String, PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .current_dir(top())
        .args(["test", "--workspace", "--locked", "--test", "wrong", "--no-run"])
        .arg("--message-format=json")
        .output()
        .expect("cargo starts");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let program =
        Regex::new(r#"/(step\w+)#.*"executable":"([^"]*/wrong-[^"]*)""#).expect("it is one");
    let messages = String::from_utf8_lossy(&built.stdout).into_owned();
    let programs = messages.lines().filter_map(|line| program.captures(line));
    programs.map(|found| (found[1].to_owned(), PathBuf::from(&found[2]))).collect()
}

/// `EXERCISE=percentile` judges only that one.
#[test]
#[ignore = "builds the wrong solutions of all steps and runs each"]
fn each_wrong_solution_is_refused_with_its_own_sentence() {
    let (only, programs) = (env::var("EXERCISE").ok(), programs());
    let mut all = Vec::new();
    for step in steps() {
        let package = step.file_name().expect("it has a name").to_string_lossy().into_owned();
        let program = programs.get(&package).unwrap_or_else(|| panic!("{package} has no `wrong`"));
        for exercise in names(&step.join("exercises")) {
            if only.as_ref().is_some_and(|only| *only != exercise) {
                continue;
            }
            let folder = step.join("wrong").join(&exercise);
            let refusals = names(&folder).into_iter().map(|name| {
                let head = head(&folder.join(format!("{name}.rs"))).join(" ");
                let sentences = head.split("Refused with: ").skip(1);
                let sentences = sentences.map(|it| it.trim().to_owned()).collect();
                // One process for each, because a process has only one profiler.
                let output = Command::new(program)
                    .current_dir(&step)
                    .env("RUST_BACKTRACE", "0")
                    .arg(format!("{exercise}::{name}::"))
                    .output()
                    .unwrap_or_else(|e| panic!("{}: {e}", program.display()));
                let output = String::from_utf8_lossy(&output.stdout).into_owned();
                Refusal { name, sentences, output }
            });
            let faults = faults(&refusals.collect::<Vec<_>>());
            all.extend(faults.iter().map(|fault| format!("{package}, {exercise}: {fault}")));
        }
    }
    assert!(all.is_empty(), "\n\n{}\n", all.join("\n\n"));
}
