//! Shows where requests wait.

use std::fmt::Write;

use inferno::flamegraph::color::{BackgroundColor, PaletteMap, parse_hex_color};
use serde::Serialize;

use super::period::{RouteWaits, Waits};
use crate::profiler::{
    sampling::gauges::STATES,
    views::{flamegraph, folded::plain},
};

/// The states as JSON.
#[derive(Serialize)]
pub struct Json {
    elapsed_seconds: f64,
    workers: Vec<u32>,
    routes: Vec<JsonRoute>,
}

#[derive(Serialize)]
struct JsonRoute {
    route: &'static str,
    responses: u64,
    /// The wall time of all requests.
    seconds: f64,
    /// How many requests were in progress at once, on average.
    in_flight: f64,
    /// The time of all requests ÷ responses, or `null` without responses.
    mean_ms: Option<f64>,
    states: Vec<JsonState>,
}

#[derive(Serialize)]
struct JsonState {
    state: &'static str,
    seconds: f64,
    /// The share of the time of all requests to all routes.
    percent: f64,
}

/// Makes the JSON.
pub fn json(waits: &Waits) -> Json {
    let all = waits.seconds().max(f64::MIN_POSITIVE);
    let route = |route: &RouteWaits| JsonRoute {
        route: route.route,
        responses: route.responses,
        seconds: route.total(),
        in_flight: in_flight(route.total(), waits),
        mean_ms: mean_ms(route.total(), route),
        states: states(route)
            .map(|((state, _), seconds)| JsonState {
                state,
                seconds,
                percent: 100.0 * seconds / all,
            })
            .collect(),
    };
    Json {
        elapsed_seconds: waits.elapsed.as_secs_f64(),
        workers: waits.workers.clone(),
        routes: waits.routes.iter().map(route).collect(),
    }
}

/// The states as text.
pub fn text(waits: &Waits) -> String {
    let mut text = format!("{}\n\n", summary(waits));
    let _ = writeln!(
        text,
        "{:>9} {:>7} {:>10} {:>10} {:>9}  what",
        "seconds", "%", "in flight", "responses", "ms each"
    );
    let all = waits.seconds().max(f64::MIN_POSITIVE);
    let mut line = |seconds: f64, responses: &str, route: &RouteWaits, what: &str| {
        let mean = mean_ms(seconds, route).map_or("-".to_owned(), |mean| format!("{mean:.1}"));
        let _ = writeln!(
            text,
            "{seconds:>9.3} {:>7.1} {:>10.2} {responses:>10} {mean:>9}  {what}",
            100.0 * seconds / all,
            in_flight(seconds, waits),
        );
    };
    for route in &waits.routes {
        line(route.total(), &route.responses.to_string(), route, route.route);
        for ((_, words), seconds) in states(route) {
            line(seconds, "", route, &format!("  {words}"));
        }
    }
    text + "\nin flight = responses per second × seconds each (Little's law); requests to /debug/pprof/ are \
            left out\n"
}

/// A flamegraph of wall time. It is blue, while those of CPU time are orange.
///
/// # Errors
/// If inferno can't draw it.
pub fn svg(waits: &Waits) -> Result<Vec<u8>, String> {
    let mut lines = Vec::new();
    let mut colours = PaletteMap::default();
    let words = STATES.into_iter().map(|(_, words)| words);
    let mut colour = |name: &str, code| {
        if let Some(colour) = parse_hex_color(code) {
            colours.insert(name.to_owned(), colour);
        }
    };
    for (name, code) in [("", "#d0d0d0"), ("all", "#d0d0d0")].into_iter().chain(words.zip(SHADES)) {
        colour(name, code);
    }
    for route in &waits.routes {
        colour(&plain(route.route), "#c6d8ea");
        for ((_, words), seconds) in states(route) {
            let micros = (seconds * 1e6).round() as u64;
            lines.push(format!("{};{words} {micros}", plain(route.route)));
        }
    }
    let title = "Wall time of requests by what they did";
    let mut options = flamegraph::options(title, summary(waits));
    options.count_name = "µs of wall time".to_owned();
    options.bgcolors = Some(BackgroundColor::Blue);
    options.palette_map = Some(&mut colours);
    flamegraph::draw(&mut options, &lines)
}

/// A shade for each state.
const SHADES: [&str; STATES.len()] =
    ["#dbe7f3", "#5b9bd5", "#a9d3f5", "#7d8fd6", "#6cc5cf", "#b9b3e6"];

/// If there were no requests, explains that there is nothing to show and gives advice.
pub fn no_requests(waits: &Waits) -> Option<String> {
    waits.routes.is_empty().then(|| {
        format!(
            "no requests in {:.1} s; give the server work, such as hey or ab on /slow",
            waits.elapsed.as_secs_f64()
        )
    })
}

fn summary(waits: &Waits) -> String {
    let count = waits.workers.len();
    let workers = if count == 1 { "worker" } else { "workers" };
    format!(
        "{:.2} s of wall time of requests, in {:.1} s, in {count} {workers}",
        waits.seconds(),
        waits.elapsed.as_secs_f64()
    )
}

/// The states that requests to this route were in, in descending order of time.
fn states(route: &RouteWaits) -> impl Iterator<Item = ((&'static str, &'static str), f64)> {
    let there = STATES.into_iter().zip(route.seconds).filter(|(_, seconds)| *seconds > 0.0);
    let mut states: Vec<_> = there.collect();
    states.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    states.into_iter()
}

/// How many requests were in progress at once, on average.
fn in_flight(seconds: f64, waits: &Waits) -> f64 {
    seconds / waits.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
}

fn mean_ms(seconds: f64, route: &RouteWaits) -> Option<f64> {
    (route.responses > 0).then(|| 1e3 * seconds / route.responses as f64)
}
