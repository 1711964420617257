//! The table of functions, as in Python's cProfile.
//!
//! *Flat* is the time in the function itself, which is the most that you could gain by making it
//! faster. *Cumulative* also includes all functions that it calls. `main` has all cumulative time
//! and hardly any flat time.
//!
//! *Folded* is the flat time as in the flamegraph ([`Profile::folded_functions`]). An inlined
//! library function has none, because its time counts for our function around it, or for the
//! function that was called. The rows are sorted by folded time, so the first one is the function
//! to change. When the sieve runs, flat time would put a pointer subtraction in `core` first (60%),
//! and `cross_out` only third (6% flat, but 90% folded).

use std::{collections::HashMap, fmt::Write};

use serde::Serialize;

use crate::profiler::sampling::profile::Profile;

/// The text leaves out functions with a smaller share of flat and folded time, unless they belong
/// to this workspace.
const MIN_SHARE: f64 = 0.001;

/// A function is marked as inlined if at least this share of its time is at instructions where it
/// is inlined. The rest allows for a copy that is called somewhere.
const INLINED_SHARE: f64 = 0.95;

/// One function.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionRow<'a> {
    function: &'a str,
    folded_seconds: f64,
    folded_percent: f64,
    flat_seconds: f64,
    flat_percent: f64,
    cumulative_seconds: f64,
    cumulative_percent: f64,
    /// Whether it is in a file of this workspace.
    own: bool,
    /// Whether it is nearly always inlined. A function that is also called has a single row, and
    /// loses this mark when the calls take a twentieth of its time.
    inlined: bool,
}

/// The seconds of one function.
#[derive(Default)]
struct Times {
    folded: f64,
    flat: f64,
    cumulative: f64,
    /// The part of `cumulative` in which the function is inlined.
    inlined: f64,
    is_own: bool,
}

/// The table as JSON.
#[derive(Serialize)]
pub struct Top<'a> {
    samples: u64,
    cpu_seconds: f64,
    elapsed_seconds: f64,
    asked_hz: u32,
    real_hz: Option<f64>,
    dropped: u64,
    workers: Vec<u32>,
    /// Workers whose samples are left out.
    left_out: Vec<u32>,
    functions: Vec<FunctionRow<'a>>,
}

/// The functions, in descending order of folded time.
pub fn rows(profile: &Profile) -> Vec<FunctionRow<'_>> {
    let mut times = HashMap::<&str, Times>::new();
    for stack in &profile.stacks {
        let seconds = profile.seconds(stack);
        if let Some(innermost) = profile.functions(stack).next() {
            times.entry(&innermost.name).or_default().flat += seconds;
        }
        if let Some(innermost) = profile.folded_functions(stack).next() {
            times.entry(&innermost.name).or_default().folded += seconds;
        }
        let mut seen = Vec::new();
        for function in profile.functions(stack) {
            let name = &*function.name;
            let times = times.entry(name).or_default();
            times.is_own |= function.is_own;
            // A recursive function is in the stack more than once, but its time counts once.
            if !seen.contains(&name) {
                times.cumulative += seconds;
                times.inlined += if function.is_inlined { seconds } else { 0.0 };
                seen.push(name);
            }
        }
    }
    let all = profile.cpu().as_secs_f64().max(f64::MIN_POSITIVE);
    let percent = |seconds: f64| 100.0 * seconds / all;
    let row = |(function, times): (_, Times)| FunctionRow {
        function,
        folded_seconds: times.folded,
        folded_percent: percent(times.folded),
        flat_seconds: times.flat,
        flat_percent: percent(times.flat),
        cumulative_seconds: times.cumulative,
        cumulative_percent: percent(times.cumulative),
        own: times.is_own,
        inlined: times.inlined > INLINED_SHARE * times.cumulative,
    };
    let mut rows: Vec<_> = times.into_iter().map(row).collect();
    rows.sort_by(|a, b| {
        let most = |of: fn(&FunctionRow<'_>) -> f64| of(b).total_cmp(&of(a));
        most(|row| row.folded_seconds)
            .then_with(|| most(|row| row.flat_seconds))
            .then_with(|| most(|row| row.cumulative_seconds))
            .then_with(|| a.function.cmp(b.function))
    });
    rows
}

/// The table as text.
pub fn text(profile: &Profile) -> String {
    let rows = rows(profile);
    let mut text = format!("{}\n\n", profile.summary());
    let heads = ["folded s", "folded %", "flat %", "cum s", "cum %"];
    let [folded, folded_percent, flat, cumulative, percent] = heads;
    let _ = writeln!(
        text,
        "{folded:>9} {folded_percent:>9} {flat:>7} {cumulative:>9} {percent:>7}  function"
    );
    let (shown, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| {
        let own = if row.own { row.cumulative_percent } else { 0.0 };
        row.flat_percent.max(row.folded_percent).max(own) >= 100.0 * MIN_SHARE
    });
    for row in shown {
        let _ = writeln!(
            text,
            "{:>9.3} {:>9.1} {:>7.1} {:>9.3} {:>7.1}  {}{}",
            row.folded_seconds,
            row.folded_percent,
            row.flat_percent,
            row.cumulative_seconds,
            row.cumulative_percent,
            row.function,
            if row.inlined { " (inlined)" } else { "" },
        );
    }
    text += "\nfolded is flat time in which an inlined library function counts for our function around \
             it, or else for the function that was called\n";
    if !others.is_empty() {
        let flat: f64 = others.iter().map(|row| row.flat_percent).sum();
        let _ = writeln!(
            text,
            "{} more have less than {} % of flat time each, and {flat:.1} % together; curl -H \
             \"Accept: application/json\" shows them",
            others.len(),
            100.0 * MIN_SHARE,
        );
    }
    text
}

/// The table of this profile as JSON.
pub fn json(profile: &Profile) -> Top<'_> {
    let samples = profile.samples();
    let pids = |left_out| {
        let workers = profile.workers.iter().filter(|worker| worker.is_left_out == left_out);
        workers.map(|worker| worker.pid).collect()
    };
    Top {
        samples,
        cpu_seconds: profile.cpu().as_secs_f64(),
        elapsed_seconds: profile.elapsed.as_secs_f64(),
        asked_hz: profile.frequency,
        real_hz: (samples > 0).then(|| profile.rate()),
        dropped: profile.dropped,
        workers: pids(false),
        left_out: pids(true),
        functions: rows(profile),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::profiler::sampling::profile::{Function, Location, SampledWorker, Stack};

    /// A second of CPU time. Each stack has one location, given by its functions, innermost first,
    /// and its samples. The last function was called, and names that begin with `our_` belong to
    /// this workspace.
    fn profile(stacks: &[(&[&str], u64)]) -> Profile {
        let location = |names: &[&str]| Location {
            module: "program".into(),
            is_program: true,
            address: 0,
            functions: names
                .iter()
                .enumerate()
                .map(|(depth, name)| Function {
                    name: (*name).into(),
                    file: None,
                    line: 0,
                    is_own: name.starts_with("our_"),
                    is_inlined: depth + 1 < names.len(),
                })
                .collect(),
        };
        let stack = |(index, (_, samples)): (usize, &(_, u64))| Stack {
            worker: 0,
            thread: "thread".into(),
            locations: vec![index],
            samples: *samples,
        };
        let samples = stacks.iter().map(|(_, samples)| samples).sum();
        let cpu = Duration::from_secs(1);
        Profile {
            began: UNIX_EPOCH,
            elapsed: cpu,
            frequency: 99,
            dropped: 0,
            workers: vec![SampledWorker { pid: 1, samples, cpu, is_left_out: false }],
            stacks: stacks.iter().enumerate().map(stack).collect(),
            locations: stacks.iter().map(|(names, _)| location(names)).collect(),
        }
    }

    /// Function, folded and flat percentage, and whether it is marked.
    fn table(profile: &Profile) -> Vec<(&str, f64, f64, bool)> {
        let rows = rows(profile).into_iter();
        let round = |percent: f64| percent.round();
        rows.map(|it| (it.function, round(it.folded_percent), round(it.flat_percent), it.inlined))
            .collect()
    }

    #[test]
    fn a_function_has_its_calls_to_itself_and_the_mark_if_there_are_few() {
        let mixed = |calls| {
            let inlined: &[_] = &["next", "our_loop", "run"];
            profile(&[(inlined, 100 - calls), (&["next"], calls)])
        };
        assert_eq!(
            table(&mixed(40)),
            [("our_loop", 60., 0., true), ("next", 40., 100., false), ("run", 0., 0., false)]
        );
        assert_eq!(
            table(&mixed(4)),
            [("our_loop", 96., 0., true), ("next", 4., 100., true), ("run", 0., 0., false)]
        );
    }

    #[test]
    fn a_function_with_only_folded_time_is_in_the_text() {
        let profile = profile(&[(&["next", "fold", "run"], 100)]);
        let text = text(&profile);
        assert!(text.contains("100.0     0.0     1.000   100.0  run\n"), "{text}");
        assert!(text.contains("100.0     1.000   100.0  next (inlined)\n"), "{text}");
        assert!(!text.contains("fold (inlined)"), "{text}");
        assert!(text.contains("\n1 more have less than 0.1 %"), "{text}");
    }
}
