//! The tables of figures in the guides. Their head is the guide's; their rows are written from here.

use std::{error::Error, fs, path::Path};

use crate::{
    digits::{milliseconds, two_digits},
    record::{Figure, of_case},
};

const GUIDES: [&str; 6] =
    [".", "step1_plain", "step2_dict_cache", "step3_ttl_cache", "step4_workers", "step5_profiling"];

/// Writes all tables, in both languages.
///
/// # Errors
/// Also when one of the tables is missing, or twice in a language.
pub fn write(record: &[Figure], top: &Path) -> Result<(), Box<dyn Error>> {
    for name in ["README.md", "README.ko.md"] {
        let mut written = Vec::new();
        for guide in GUIDES {
            let path = top.join(guide).join(name);
            let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let renewed = with_rows(record, &text, &mut written);
            let renewed = renewed.map_err(|wrong| format!("{}: {wrong}", path.display()))?;
            if renewed != text {
                fs::write(path, renewed)?;
            }
        }
        if written != ["hit", "stampede", "workers", "fix"] {
            return Err(format!("in all {name} there are the tables {written:?}").into());
        }
    }
    Ok(())
}

/// The text with new rows in each table below `<!-- figures: NAME -->`; and the names of these.
fn with_rows(record: &[Figure], text: &str, written: &mut Vec<String>) -> Result<String, String> {
    let mut renewed = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        renewed += &format!("{line}\n");
        let name = line.strip_prefix("<!-- figures: ").and_then(|rest| rest.strip_suffix(" -->"));
        let Some(name) = name else { continue };
        written.push(name.to_owned());
        // An empty line, the head, and the line below it.
        for line in lines.by_ref().take(3) {
            renewed += &format!("{line}\n");
        }
        for row in rows(record, name)? {
            renewed += &format!("| {} |\n", row.join(" | "));
        }
        let after = lines.by_ref().find(|line| !line.starts_with('|'));
        renewed.extend(after.map(|line| format!("{line}\n")));
    }
    Ok(renewed)
}

fn rows(record: &[Figure], name: &str) -> Result<Vec<Vec<String>>, String> {
    let (case, servers): (_, &[&str]) = match name {
        "hit" => ("again", &["step1_plain", "step2_dict_cache"]),
        "stampede" => ("stampede", &["step2_dict_cache", "step3_ttl_cache"]),
        "fix" => ("first", &["step4_workers", "step5_profiling"]),
        "workers" => return Ok(by_workers(record)),
        _ => return Err(format!("there are no figures with the name {name}")),
    };
    let figures = of_case(record, case);
    let of = |server: &&str| figures.iter().find(|figure| figure.server == **server);
    let figures: Option<Vec<_>> = servers.iter().map(of).collect();
    let figures = figures.ok_or_else(|| format!("{case} has not been measured"))?;
    Ok(figures
        .iter()
        .map(|figure| vec![format!("`{}`", figure.server), milliseconds(figure.median)])
        .collect())
}

/// The number of workers, their responses per second relative to one worker, and a worker's private memory.
fn by_workers(record: &[Figure]) -> Vec<Vec<String>> {
    let (times, memory) = (of_case(record, "workers"), of_case(record, "memory"));
    let row = |figure: &&Figure| {
        let more = times[0].median / figure.median;
        let own = memory.iter().find(|memory| memory.server == figure.server);
        let own = own.map_or("?".to_owned(), |own| format!("{} MiB", two_digits(own.median)));
        vec![figure.server.clone(), two_digits(more), own]
    };
    times.iter().map(row).collect()
}
