//! Time by source line, as in Python's line_profiler, for the files of this workspace.
//!
//! *Line* is the time at the line itself, including functions that are inlined there. *Total* also
//! includes the functions that the line calls.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path, sync::Arc};

use crate::profiler::sampling::{
    profile::{Function, Location, Profile},
    symbols::in_workspace,
};

/// Lines with a smaller share of the time are left out.
const MIN_SHARE: f64 = 0.001;

/// A file, and a line in it.
type SourceLine = (Arc<str>, u32);

/// The seconds of each line, as *line* and as *total*.
pub fn times(profile: &Profile) -> BTreeMap<SourceLine, (f64, f64)> {
    let mut times = BTreeMap::<SourceLine, (f64, f64)>::new();
    for stack in &profile.stacks {
        let seconds = profile.seconds(stack);
        let own = |function: &&Function| function.is_own && function.line > 0;
        let line = |function: &Function| Some((function.file.clone()?, function.line));
        let innermost = stack.locations.first().map(|it| &profile.locations[*it].functions);
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

/// The tables as text, one for each file.
pub fn text(profile: &Profile) -> String {
    let all = profile.cpu().as_secs_f64().max(f64::MIN_POSITIVE);
    let mut text = format!("{}\n", profile.summary());
    let mut files = BTreeMap::<Arc<str>, Vec<(u32, f64, f64)>>::new();
    for ((file, line), (own, total)) in times(profile) {
        if total >= MIN_SHARE * all {
            files.entry(file).or_default().push((line, own, total));
        }
    }
    if files.is_empty() {
        let has_lines = |location: &Location| {
            location.is_program && location.functions.iter().any(|it| it.file.is_some())
        };
        let why = match profile.locations.iter().any(has_lines) {
            true => "no time in the files of this workspace: all of it is in libraries, see top",
            false => {
                "the program has no debug info: build it with debug = \"limited\", not stripped"
            }
        };
        text += &format!("\n{why}\n");
    }
    let mut files: Vec<_> = files.into_iter().collect();
    let own = |lines: &[(u32, f64, f64)]| lines.iter().map(|(_, own, _)| own).sum::<f64>();
    files.sort_by(|(_, a), (_, b)| own(b).total_cmp(&own(a)));
    for (file, lines) in &files {
        let source = SourceFile::read(Path::new(&**file));
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

/// The text of a source file, if the file is on this machine.
struct SourceFile {
    lines: Vec<String>,
    note: &'static str,
}

impl SourceFile {
    fn read(path: &Path) -> Self {
        // Reading a pipe or another special file might never end.
        let text = path.is_file().then(|| fs::read_to_string(path).ok()).flatten();
        let Some(text) = text else {
            return Self { lines: Vec::new(), note: " (not found here)" };
        };
        let changed = |path| fs::metadata(path).and_then(|file| file.modified()).ok();
        let built = changed(Path::new("/proc/self/exe"));
        let note = match built.is_some() && changed(path) > built {
            true => " (changed since the program was built, so the lines may not match)",
            false => "",
        };
        Self { lines: text.lines().map(str::to_owned).collect(), note }
    }
}
