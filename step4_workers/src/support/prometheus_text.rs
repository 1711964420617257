//! Figures as text for Prometheus, in version 0.0.4 of its
//! [format](https://prometheus.io/docs/instrumenting/exposition_formats/).

use std::fmt::{Display, Write};

use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    routing::get,
};
use step1_plain::support::http::{fallback::method_not_allowed, query::NoQuery};

use super::histogram::Histogram;

/// The media type of the format.
const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /metrics`, which responds with this text.
pub fn metrics_route(text: impl Fn() -> PrometheusText + Clone + Send + Sync + 'static) -> Router {
    let metrics = async move |_: NoQuery| {
        ([(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, "no-store")], text().0)
    };
    Router::new().route("/metrics", get(metrics)).method_not_allowed_fallback(method_not_allowed)
}

/// The text so far. Each method adds one metric, with its description and all its samples.
#[derive(Clone, Debug, Default)]
pub struct PrometheusText(String);

impl PrometheusText {
    /// A total that never goes backwards. Its name ends in `_total`.
    pub fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.describe(name, "counter", help);
        self.sample(name, &[], value);
    }

    /// A counter for each value of a label.
    pub fn counters(&mut self, name: &str, help: &str, label: &str, values: &[(&str, u64)]) {
        self.describe(name, "counter", help);
        self.samples(name, label, values);
    }

    /// A figure that may rise and fall.
    pub fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.describe(name, "gauge", help);
        self.sample(name, &[], value);
    }

    /// A gauge for each value of a label.
    pub fn gauges(&mut self, name: &str, help: &str, label: &str, values: &[(&str, u64)]) {
        self.describe(name, "gauge", help);
        self.samples(name, label, values);
    }

    /// A histogram in seconds for each value of a label. Its buckets end at the powers of two from 8 µs to
    /// 34 s. (To Prometheus, a bucket includes its upper bound, and to [`Histogram`], it does not. So
    /// a duration of exactly a bound counts in the next bucket.)
    pub fn histograms(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        histograms: &[(&str, Histogram)],
    ) {
        self.describe(name, "histogram", help);
        let [bucket, sum, count] = ["bucket", "sum", "count"].map(|part| format!("{name}_{part}"));
        for (value, histogram) in histograms {
            for power in 3..=25 {
                let bound = (f64::from(1 << power) / 1e6).to_string();
                let shorter = histogram.shorter_than_power(power);
                self.sample(&bucket, &[(label, value), ("le", &bound)], shorter);
            }
            self.sample(&bucket, &[(label, value), ("le", "+Inf")], histogram.count());
            self.sample(&sum, &[(label, value)], histogram.seconds());
            self.sample(&count, &[(label, value)], histogram.count());
        }
    }

    fn describe(&mut self, name: &str, kind: &str, help: &str) {
        let help = help.replace('\\', r"\\").replace('\n', r"\n");
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn samples(&mut self, name: &str, label: &str, values: &[(&str, u64)]) {
        for (text, value) in values {
            self.sample(name, &[(label, text)], value);
        }
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let escape =
            |text: &str| text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
        let pair = |(name, text): &(&str, &str)| format!("{name}=\"{}\"", escape(text));
        let pairs: Vec<_> = labels.iter().map(pair).collect();
        if pairs.is_empty() {
            self.line(format_args!("{name} {value}"));
        } else {
            self.line(format_args!("{name}{{{}}} {value}", pairs.join(",")));
        }
    }

    fn line(&mut self, line: impl Display) {
        writeln!(self.0, "{line}").expect("a String takes any text");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_metric_has_its_description_and_its_samples() {
        let mut text = PrometheusText::default();
        text.counter("hits_total", "Hits.", 7);
        text.gauges("workers", "Workers.", "state", &[("ready", 2), ("draining", 0)]);
        let expected = "# HELP hits_total Hits.\n# TYPE hits_total counter\nhits_total 7\n\
                        # HELP workers Workers.\n# TYPE workers gauge\n\
                        workers{state=\"ready\"} 2\nworkers{state=\"draining\"} 0\n";
        assert_eq!(text.0, expected);
    }

    #[test]
    fn backslashes_quotes_and_line_breaks_are_escaped() {
        let mut text = PrometheusText::default();
        text.gauges("g", "a\\b\n\"c\"", "label", &[("a\\b\n\"c\"", 1)]);
        let expected =
            "# HELP g a\\\\b\\n\"c\"\n# TYPE g gauge\ng{label=\"a\\\\b\\n\\\"c\\\"\"} 1\n";
        assert_eq!(text.0, expected);
    }

    #[test]
    fn the_buckets_of_a_histogram_are_cumulative_and_the_last_is_the_count() {
        let mut text = PrometheusText::default();
        let mut histogram = Histogram::default();
        for micros in [5, 100, 1_000_000] {
            histogram.record(Duration::from_micros(micros));
        }
        text.histograms("h_seconds", "H.", "route", &[("/slow", histogram)]);
        let lines: Vec<_> = text.0.lines().collect();
        assert_eq!(lines[..2], ["# HELP h_seconds H.", "# TYPE h_seconds histogram"]);
        let bucket = |bound| {
            let start = format!("h_seconds_bucket{{route=\"/slow\",le=\"{bound}\"}} ");
            let found = lines.iter().find_map(|line| line.strip_prefix(&start));
            found.unwrap_or_else(|| panic!("no {start:?}: {lines:#?}"))
        };
        for (bound, count) in [
            ("0.000008", "1"),
            ("0.000064", "1"),
            ("0.000128", "2"),
            ("0.524288", "2"),
            ("1.048576", "3"),
            ("33.554432", "3"),
            ("+Inf", "3"),
        ] {
            assert_eq!(bucket(bound), count, "{bound}");
        }
        let end = ["h_seconds_sum{route=\"/slow\"} 1.000105", "h_seconds_count{route=\"/slow\"} 3"];
        assert_eq!(lines[lines.len() - 2..], end);
    }
}
