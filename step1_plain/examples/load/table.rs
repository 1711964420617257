//! The output at the end of a run.

use std::fmt::Write;

use crate::record::Record;

/// The percentiles that are shown.
const QUANTILES: [(&str, f64); 4] = [("p50", 0.50), ("p90", 0.90), ("p99", 0.99), ("p99.9", 0.999)];

/// The figures of all loops as a table, with one column for each loop.
pub fn table(loops: &[(String, Record)]) -> String {
    let mut text = String::new();
    let mut row = |name: &str, figure: &dyn Fn(&str, &Record) -> String| {
        let _ = write!(text, "{name:<18}");
        for (title, record) in loops {
            let _ = write!(text, "{:>26}", figure(title, record));
        }
        text.push('\n');
    };
    row("", &|title, _| title.to_owned());
    row("requests", &|_, record| record.requests().to_string());
    row("errors", &|_, record| record.failed().to_string());
    row("responses/s", &|_, record| digits(record.latency.len() as f64 / record.end.as_secs_f64()));
    row("latency (ms) mean", &|_, record| milliseconds(record, |record| record.latency.mean()));
    for (name, quantile) in QUANTILES {
        row(&format!("{name:>17}"), &|_, record| {
            milliseconds(record, |record| record.latency.value_at_quantile(quantile) as f64)
        });
    }
    row(&format!("{:>17}", "max"), &|_, record| {
        milliseconds(record, |record| record.latency.max() as f64)
    });
    text
}

/// Formats a figure in nanoseconds as milliseconds, or as a dash if there are no responses.
fn milliseconds(record: &Record, figure: impl Fn(&Record) -> f64) -> String {
    if record.latency.is_empty() { "-".to_owned() } else { digits(figure(record) / 1e6) }
}

/// A number with 3 significant digits, never in scientific notation.
pub fn digits(number: f64) -> String {
    let before_point = if number > 0.0 { number.log10().floor() as i32 + 1 } else { 1 };
    let decimals = usize::try_from(3 - before_point).unwrap_or(0);
    format!("{number:.decimals$}")
}

/// Remarks on the figures, such as errors with advice, and the generator's own error.
pub fn remarks(loops: &[(String, Record)]) -> String {
    let mut text = String::new();
    for (title, record) in loops {
        for (trouble, count) in &record.errors {
            let _ = writeln!(text, "{title}: {count} × {trouble} (not in the latencies)");
        }
        if !record.late.is_empty() {
            let late = |quantile| record.late.value_at_quantile(quantile) as f64 / 1e6;
            let (p50, p99) = (digits(late(0.5)), digits(late(0.99)));
            let _ = writeln!(
                text,
                "{title}: lateness: p50 {p50} ms, p99 {p99} ms. This is the load generator's own \
                 error, and the latencies include it."
            );
            if !record.latency.is_empty()
                && late(0.99) > record.latency.value_at_quantile(0.99) as f64 / 2e6
            {
                text.push_str(
                    "  It is much of the p99, so try a lower rate, or end other programs.\n",
                );
            }
        }
    }
    text
}
