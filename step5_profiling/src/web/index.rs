//! The page at `/debug/pprof/` lists the profiles and their uses, and shows whether one is being
//! taken.

use crate::profiler::sampling::control::Busy;

/// The page of the server at `host`, which must be text without HTML.
pub fn html(host: &str, workers: &[u32], running: Option<Busy>) -> String {
    let state = match running {
        None => "No profile is being taken.".to_owned(),
        Some(busy) => format!("Now {busy}."),
    };
    let workers: Vec<_> = workers.iter().map(u32::to_string).collect();
    include_str!("index.html")
        .replace("{state}", &state)
        .replace("{host}", host)
        .replace("{workers}", &workers.join(", "))
}
