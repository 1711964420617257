//! Each guide has drawings of its own, in its folder `pictures`, and each of them in both languages.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use regex::Regex;

use crate::{guides::guides, top};

/// The smallest text that one can read on a projector, in a drawing about 960 wide.
const SMALLEST: f64 = 16.0;

#[test]
fn each_guide_shows_a_drawing() {
    let drawing = Regex::new(r"!\[[^\]]*\]\(pictures/[^)]*\.svg\)").expect("it is one");
    for (_, guide) in guides() {
        let prose: Vec<_> = guide.prose.iter().map(|(_, line)| &**line).collect();
        let is_shown = drawing.is_match(&prose.join("\n"));
        assert!(is_shown, "{}: show a drawing, ![…](pictures/….svg)", guide.path);
    }
}

#[test]
fn a_drawing_is_legible_and_the_same_in_both_languages() {
    for (_, guide) in guides() {
        let folder = top().join(&guide.path).with_file_name("pictures");
        for file in fs::read_dir(&folder).into_iter().flatten() {
            let path = file.expect("it was there").path();
            let text = path.to_string_lossy();
            let Some(name) = text.strip_suffix(".svg") else { continue };
            let other = match name.strip_suffix(".ko") {
                Some(english) => format!("{english}.svg"),
                None => format!("{name}.ko.svg"),
            };
            assert_eq!(elements(&path), elements(Path::new(&other)), "{text} and {other}");
        }
    }
}

/// How many elements of each kind are in a drawing.
///
/// # Panics
/// When there are none, when it is not well-formed XML, has no title, or a text that is too small.
fn elements(path: &Path) -> BTreeMap<String, usize> {
    let path = path.display();
    let svg = fs::read_to_string(path.to_string()).unwrap_or_else(|e| panic!("{path}: {e}"));
    let elements = of_xml(&svg).unwrap_or_else(|wrong| panic!("{path}: {wrong}"));
    assert!(elements.contains_key("title"), "{path}: give it a <title>");
    let size = Regex::new(r#"font-size(?:=.|:\s*)([\d.]+)"#).expect("it is one");
    for size in size.captures_iter(&svg).map(|it| it[1].to_owned()) {
        let is_legible = size.parse::<f64>().is_ok_and(|size| size >= SMALLEST);
        assert!(is_legible, "{path}: a text of size {size}, and the smallest should be {SMALLEST}");
    }
    elements
}

/// How many elements of each kind are in an XML text.
///
/// # Errors
/// The first thing that is not well-formed.
fn of_xml(text: &str) -> Result<BTreeMap<String, usize>, String> {
    let attribute = Regex::new(r#"\s+([\w:-]+)=(?:"[^"<]*"|'[^'<]*')"#).expect("it is one");
    let markup = format!(r"(?s)<!--.*?-->|<\?.*?\?>|<(/?)([\w:-]+)((?:{attribute})*)\s*(/?)>");
    let markup = Regex::new(&markup).expect("it is one");
    let reference = Regex::new("&(?:amp|lt|gt|quot|apos|#[0-9]+);").expect("it is one");

    let (mut counts, mut open, mut end) = (BTreeMap::new(), Vec::new(), 0);
    for it in markup.captures_iter(text) {
        let whole = it.get(0).expect("it matches");
        let before = &text[end..whole.start()];
        if before.contains('<') {
            return Err(format!("no element, or with attributes that are none: {before}"));
        }
        end = whole.end();
        let Some(name) = it.get(2).map(|name| name.as_str()) else { continue };
        for text in [before, &it[3]] {
            if reference.replace_all(text, "").contains('&') {
                return Err(format!("write `&amp;` for `&`: {text}"));
            }
        }
        let mut names = BTreeSet::new();
        if let Some(twice) =
            attribute.captures_iter(&it[3]).find(|it| !names.insert(it[1].to_owned()))
        {
            return Err(format!("twice in a <{name}>:{}", &twice[0]));
        }
        if &it[1] == "/" {
            let opened = open.pop();
            if opened != Some(name) {
                return Err(format!("</{name}> ends {opened:?}"));
            }
        } else {
            *counts.entry(name.to_owned()).or_default() += 1;
            if it[5].is_empty() {
                open.push(name);
            }
        }
    }
    if open.is_empty() && !text[end..].contains('<') {
        Ok(counts)
    } else {
        Err(format!("no end of {open:?}"))
    }
}

#[test]
fn what_is_not_well_formed_is_noticed() {
    for (text, is_well_formed) in [
        (r#"<?xml version="1.0"?><a b="c > d" e='f'><!-- <g> --><h/>&lt; i</a>"#, true),
        ("<a><b></a></b>", false),
        ("<a><b></a>", false),
        ("<a b=c/>", false),
        (r#"<a b="c" b="d"/>"#, false),
        ("<a>b & c</a>", false),
        ("<a b='c&d'/>", false),
        ("<a>b < c</a>", false),
    ] {
        assert_eq!(of_xml(text).is_ok(), is_well_formed, "{text}: {:?}", of_xml(text));
    }
}
