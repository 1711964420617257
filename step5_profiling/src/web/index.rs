//! The page that says what each profile is for, and what is running.

use crate::profiler::sampling::order::Busy;

/// What there is: the path, what it is for, and the tool of the Python world that does it.
const VIEWS: [(&str, &str, &str, &str); 6] = [
    (
        "flamegraph?seconds=5",
        "flamegraph",
        "All stacks in one picture: width is CPU time, and below each function is who called it. \
         Begin here. Click to zoom.",
        "py-spy record",
    ),
    (
        "top?seconds=5",
        "top",
        "The table of functions: time in the function itself (flat) and with all that it calls \
         (cumulative).",
        "cProfile, py-spy top",
    ),
    (
        "lines?seconds=5",
        "lines",
        "Time by source line, for the files of this workspace.",
        "line_profiler",
    ),
    (
        "diff?seconds=5",
        "diff",
        "The flamegraph against the last one. Red has a larger share of the CPU time to itself \
         than before. What has gone is blue in the other one, \
         <a href=\"/debug/pprof/diff?seconds=5&amp;shape=before\">shape=before</a>.",
        "",
    ),
    (
        "calls",
        "calls",
        "How often, and how long all in all: exact, not sampled, since the server was started. For \
         each route, and for the heavy function.",
        "cProfile's ncalls",
    ),
    (
        "profile?seconds=5",
        "profile",
        "A file for other tools: go tool pprof -http :8080 profile.pb.gz",
        "",
    ),
];

/// The page of the server at `host`, which is text without HTML.
pub fn html(host: &str, workers: &[u32], running: Option<Busy>) -> String {
    let state = match running {
        None => "No profile is being taken.".to_owned(),
        Some(Busy { holder, since, period }) => format!(
            "A profile of {:.0} s is being taken by worker {holder}, for {:.1} s already.",
            period.as_secs_f64(),
            since.as_secs_f64(),
        ),
    };
    let rows: String = VIEWS
        .iter()
        .map(|(path, name, what, python)| {
            format!(
                "<tr><td><a href=\"/debug/pprof/{path}\">{name}</a></td><td>{what}</td>\
                 <td>{python}</td></tr>\n"
            )
        })
        .collect();
    let pids: Vec<_> = workers.iter().map(u32::to_string).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Profiles</title>\n\
         <style>body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 55rem; margin: 2rem auto; \
         padding: 0 1rem; color-scheme: light dark }} table {{ border-spacing: 0 .6rem }} \
         th, td {{ text-align: left; vertical-align: top; padding-right: 1.5rem }}</style>\n\
         </head>\n<body>\n<h1>Profiles of the running server</h1>\n<p>{state}</p>\n\
         <p>Give the server something to do, for example \
         <code>hey -z 20s -c 10 \"http://{host}/slow\"</code>, then follow a link: the answer \
         comes when the seconds are over.</p>\n\
         <table>\n<tr><th>profile</th><th>what it is for</th><th>in Python</th></tr>\n{rows}</table>\n\
         <p>Each but <em>calls</em> takes <code>seconds=</code> (1 to 60), <code>frequency=</code> \
         (samples in a second of CPU time, 1 to 249) and <code>worker=</code> (one of {}; all of them \
         if you name none).</p>\n</body>\n</html>\n",
        pids.join(", "),
    )
}
