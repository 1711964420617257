//! The measurements, as a file of comma-separated values: one line for each case and server.

use std::{error::Error, fmt::Write, fs, path::Path};

/// The measurement of a case with a server in one round.
pub struct Sample {
    /// The name of the case.
    pub case: &'static str,
    /// The server: a step, or a number of workers.
    pub server: String,
    /// In the unit of the case: milliseconds, or mebibytes.
    pub value: f64,
}

/// A case with a server, over all rounds.
pub struct Figure {
    /// The name of the case.
    pub case: String,
    /// The server: a step, or a number of workers.
    pub server: String,
    /// The median of the rounds, in the unit of the case.
    pub median: f64,
}

/// The figures of one case, in the order in which they were first measured.
pub fn of_case<'a>(record: &'a [Figure], case: &str) -> Vec<&'a Figure> {
    record.iter().filter(|figure| figure.case == case).collect()
}

const HEAD: &str = "case,server,median,lowest,highest,rounds\n";

/// Writes the medians of all rounds, and how far the rounds lie apart. Cases without a sample keep their
/// lines.
pub fn write(plots: &Path, samples: &[Sample]) -> Result<(), Box<dyn Error>> {
    let path = plots.join("figures.csv");
    let mut text = HEAD.to_owned();
    let old = fs::read_to_string(&path).unwrap_or_default();
    for line in old.strip_prefix(HEAD).unwrap_or_default().lines() {
        if !samples.iter().any(|sample| line.split(',').next() == Some(sample.case)) {
            writeln!(text, "{line}")?;
        }
    }
    let mut done = Vec::new();
    for Sample { case, server, .. } in samples {
        if done.contains(&(case, server)) {
            continue;
        }
        let same = samples.iter().filter(|other| other.case == *case && other.server == *server);
        let mut values: Vec<_> = same.map(|sample| sample.value).collect();
        values.sort_by(f64::total_cmp);
        let (lowest, highest) = (values[0], values[values.len() - 1]);
        let median = values[values.len() / 2];
        let rounds = values.len();
        writeln!(text, "{case},{server},{median:.3},{lowest:.3},{highest:.3},{rounds}")?;
        done.push((case, server));
    }
    Ok(fs::write(path, text)?)
}

/// Reads them again.
pub fn read(plots: &Path) -> Result<Vec<Figure>, Box<dyn Error>> {
    let path = plots.join("figures.csv");
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{}: {error}; measure first", path.display()))?;
    let lines =
        text.strip_prefix(HEAD).ok_or("figures.csv has another head: measure again")?.lines();
    lines
        .map(|line| {
            let fields: Vec<_> = line.split(',').collect();
            let [case, server, median, ..] = *fields else { return Err(line.into()) };
            Ok(Figure { case: case.into(), server: server.into(), median: median.parse()? })
        })
        .collect()
}
