//! The table of functions, as in Python's cProfile.
//!
//! *Flat* is the time in the function itself, which is what you would gain if it cost nothing.
//! *Cumulative* also includes all functions that it calls. `main` has all cumulative time and hardly
//! any flat time.

use std::{collections::HashMap, fmt::Write};

use serde::Serialize;

use crate::profiler::sampling::profile::Profile;

/// The text leaves out functions with a smaller share of flat time, unless they are this workspace's.
const MIN_SHARE: f64 = 0.001;

/// One function.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionRow<'a> {
    function: &'a str,
    flat_seconds: f64,
    flat_percent: f64,
    cumulative_seconds: f64,
    cumulative_percent: f64,
    /// Whether it is in a file of this workspace.
    own: bool,
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

/// The functions, those with the most flat time first.
pub fn rows(profile: &Profile) -> Vec<FunctionRow<'_>> {
    let mut times = HashMap::<&str, (f64, f64, bool)>::new();
    for stack in &profile.stacks {
        let seconds = profile.seconds(stack);
        let mut seen = Vec::new();
        for (depth, function) in profile.functions(stack).enumerate() {
            let name = &*function.name;
            let (flat, cumulative, own) = times.entry(name).or_default();
            *own |= function.is_own;
            if depth == 0 {
                *flat += seconds;
            }
            // A function that calls itself is in the stack twice, but its time counts once.
            if !seen.contains(&name) {
                *cumulative += seconds;
                seen.push(name);
            }
        }
    }
    let all = profile.cpu().as_secs_f64().max(f64::MIN_POSITIVE);
    let mut rows: Vec<_> = times
        .into_iter()
        .map(|(function, (flat_seconds, cumulative_seconds, own))| FunctionRow {
            function,
            flat_seconds,
            flat_percent: 100.0 * flat_seconds / all,
            cumulative_seconds,
            cumulative_percent: 100.0 * cumulative_seconds / all,
            own,
        })
        .collect();
    rows.sort_by(|a, b| {
        let flat = b.flat_seconds.total_cmp(&a.flat_seconds);
        let cumulative = b.cumulative_seconds.total_cmp(&a.cumulative_seconds);
        flat.then(cumulative).then_with(|| a.function.cmp(b.function))
    });
    rows
}

/// As text.
pub fn text(profile: &Profile) -> String {
    let rows = rows(profile);
    let mut text = format!("{}\n\n", profile.summary());
    let heads = ["flat s", "flat %", "cum s", "cum %"];
    let _ =
        writeln!(text, "{:>9} {:>7} {:>9} {:>7}  function", heads[0], heads[1], heads[2], heads[3]);
    let (shown, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| {
        row.flat_percent >= 100.0 * MIN_SHARE
            || row.own && row.cumulative_percent >= 100.0 * MIN_SHARE
    });
    for row in shown {
        let _ = writeln!(
            text,
            "{:>9.3} {:>7.1} {:>9.3} {:>7.1}  {}",
            row.flat_seconds,
            row.flat_percent,
            row.cumulative_seconds,
            row.cumulative_percent,
            row.function,
        );
    }
    if !others.is_empty() {
        let flat: f64 = others.iter().map(|row| row.flat_percent).sum();
        let _ = writeln!(
            text,
            "\n{} more have less than {} % of flat time each, and {flat:.1} % together; curl -H \
             \"Accept: application/json\" shows them",
            others.len(),
            100.0 * MIN_SHARE,
        );
    }
    text
}

/// As JSON.
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
