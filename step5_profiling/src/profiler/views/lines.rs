//! Time by source line, line_profiler's job, for the files of this workspace.
//!
//! *Line* is the time at the line itself and in what the compiler has put there in place of a call;
//! *total* is that and the time in the functions which the line calls.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path, sync::Arc, time::SystemTime};

use crate::profiler::sampling::profile::{Function, Place, Profile};

/// A line with less than this part of all time is not worth a look.
const LEAST: f64 = 0.001;

/// A file, and a line in it.
type Line = (Arc<str>, u32);

/// The seconds of each line: at the line itself, and all in all.
pub fn times(profile: &Profile) -> BTreeMap<Line, (f64, f64)> {
    let mut times = BTreeMap::<Line, (f64, f64)>::new();
    for stack in &profile.stacks {
        let seconds = profile.seconds(stack);
        let own = |function: &&Function| function.is_own && function.line > 0;
        let line = |function: &Function| Some((function.file.clone()?, function.line));
        let innermost = stack.places.first().map(|place| &profile.places[*place].functions);
        let at = innermost.and_then(|functions| functions.iter().find(own)).and_then(line);
        if let Some(at) = at {
            times.entry(at).or_default().0 += seconds;
        }
        let mut seen = Vec::new();
        for line in profile.functions(stack).filter(own).filter_map(line) {
            if !seen.contains(&line) {
                times.entry(line.clone()).or_default().1 += seconds;
                seen.push(line);
            }
        }
    }
    times
}

/// As text, a table for each file.
pub fn text(
    profile: &Profile,
    in_workspace: impl Fn(&str) -> &str,
    built: Option<SystemTime>,
) -> String {
    let all = profile.cpu().as_secs_f64().max(f64::MIN_POSITIVE);
    let mut text = format!("{}\n", profile.truth());
    let mut files = BTreeMap::<Arc<str>, Vec<(u32, f64, f64)>>::new();
    for ((file, line), (own, total)) in times(profile) {
        if total >= LEAST * all {
            files.entry(file).or_default().push((line, own, total));
        }
    }
    if files.is_empty() {
        let has_lines = |place: &Place| place.functions.iter().any(|it| it.file.is_some());
        let is_stripped = !profile.places.iter().any(|place| place.is_program && has_lines(place));
        text += match is_stripped {
            true => "\nthis program does not say which lines it is made of: it was stripped\n",
            false => {
                "\nno time in the files of this workspace: all of it is in libraries, see top\n"
            }
        };
    }
    let mut files: Vec<_> = files.into_iter().collect();
    let own = |lines: &[(u32, f64, f64)]| lines.iter().map(|(_, own, _)| own).sum::<f64>();
    files.sort_by(|(_, a), (_, b)| own(b).total_cmp(&own(a)));
    for (file, lines) in &files {
        let source = Source::read(file, built);
        let _ = writeln!(text, "\n{}{}", in_workspace(file), source.note);
        let heads = ["line", "line s", "line %", "total s", "total %"];
        let [line, own, own_percent, total, percent] = heads;
        let _ = writeln!(text, "{line:>6} {own:>9} {own_percent:>7} {total:>9} {percent:>7}");
        for (line, own, total) in lines {
            let code = source.lines.get(*line as usize - 1).map_or("", |code| code);
            let _ = writeln!(
                text,
                "{line:>6} {own:>9.3} {:>7.1} {total:>9.3} {:>7.1}  {code}",
                100.0 * own / all,
                100.0 * total / all,
            );
        }
    }
    text
}

/// A source file, as far as it is there.
struct Source {
    lines: Vec<String>,
    note: &'static str,
}

impl Source {
    fn read(file: &str, built: Option<SystemTime>) -> Self {
        let path = Path::new(file);
        // Only a file: anything else may have one wait for what never comes.
        let text = path.is_file().then(|| fs::read_to_string(path).ok()).flatten();
        let Some(text) = text else {
            return Self { lines: Vec::new(), note: " (not found here)" };
        };
        let changed = fs::metadata(path).and_then(|file| file.modified()).ok();
        let note = match changed > built && built.is_some() {
            true => " (changed since the program was built: the text may be of other lines)",
            false => "",
        };
        Self { lines: text.lines().map(str::to_owned).collect(), note }
    }
}
