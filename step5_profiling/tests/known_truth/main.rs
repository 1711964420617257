//! A function whose profile is known: four fifths of its time are in one loop, a fifth is in another,
//! and the compiler has put both into the function that calls them. Most of their time is in a function
//! of the standard library, which the compiler has put into them. Every view must say so.

#![cfg(profiler)]

mod profile_proto;

use std::{
    collections::HashMap,
    hint::black_box,
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use flate2::read::GzDecoder;
use profile_proto as proto;
use prost::Message;
use step5_profiling::profiler::{
    sampling::{collect::Profiler, control::ProfileRequest, profile::Profile},
    views::{flamegraph, folded::Folded, lines, pprof_file, top},
};

#[inline(never)]
fn both(stop: &AtomicBool) {
    while !stop.load(Relaxed) {
        heavy();
        light();
    }
}

#[inline(always)]
fn heavy() {
    for divisor in 1..80_000_u64 {
        black_box(u64::MAX.wrapping_div(divisor).wrapping_div(divisor).wrapping_div(divisor));
    }
}

#[inline(always)]
fn light() {
    for divisor in 1..20_000_u64 {
        black_box(u64::MAX.wrapping_div(divisor).wrapping_div(divisor).wrapping_div(divisor));
    }
}

/// One sampler for the process, and one profile for all tests: two seconds of `both`.
fn profile() -> &'static Profile {
    static PROFILE: OnceLock<Profile> = OnceLock::new();
    PROFILE.get_or_init(|| take().expect("a profile of this process"))
}

fn take() -> io::Result<Profile> {
    let (profiler, _) = Profiler::of_this_process()?;
    let claim = Arc::new(profiler).claim().expect("nothing else profiles this process");
    let stop = Arc::new(AtomicBool::new(false));
    let work = thread::Builder::new().name("the work".to_owned()).spawn({
        let stop = stop.clone();
        move || both(&stop)
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let duration = Duration::from_secs(2);
    let request = ProfileRequest { frequency: 249, worker: None, duration };
    let (_claim, profile) = runtime.block_on(claim.record(request))?.into_profile();
    stop.store(true, Relaxed);
    work.join().expect("it does not panic");
    Ok(profile)
}

/// This tests whether a view confuses the two, not how exactly a sampler measures.
#[track_caller]
fn assert_is_four_fifths(share: f64) {
    assert!((0.65..=0.92).contains(&share), "{share}");
}

#[test]
fn the_samples_match_the_requested_frequency() {
    let profile = profile();
    assert!(profile.samples() > 100, "{}", profile.summary());
    assert_eq!(profile.dropped, 0);
    assert!(profile.rate() < 260.0 && profile.rate() > 50.0, "{}", profile.summary());
    let of_stacks: f64 = profile.stacks.iter().map(|stack| profile.seconds(stack)).sum();
    assert!((of_stacks - profile.cpu().as_secs_f64()).abs() < 1e-6, "{of_stacks}");
}

#[test]
fn the_table_of_functions_tells_inlined_functions_apart() {
    let json = serde_json::to_value(top::json(profile())).unwrap();
    let of = |name: &str, what: &str| {
        let rows = json["functions"].as_array().unwrap();
        let row = rows.iter().find(|row| row["function"].as_str().unwrap().ends_with(name));
        row.unwrap_or_else(|| panic!("no {name}"))[what].as_f64().unwrap() / 100.0
    };
    assert_is_four_fifths(of("::heavy", "cumulative_percent"));
    assert!(of("::light", "cumulative_percent") < 0.35);
    assert!(of("::both", "cumulative_percent") > 0.9, "it calls the others");
    assert!(of("::both", "flat_percent") < 0.2, "and does little itself");
}

#[test]
fn an_inlined_library_function_is_folded_into_the_function_around_it() {
    let json = serde_json::to_value(top::json(profile())).unwrap();
    let rows = json["functions"].as_array().unwrap();
    let row = |name: &str| {
        let row = rows.iter().find(|row| row["function"].as_str().unwrap().ends_with(name));
        row.unwrap_or_else(|| panic!("no {name}: {json:#}"))
    };
    let of = |name: &str, what: &str| row(name)[what].as_f64().unwrap();
    let division = "wrapping_div";
    assert!(of(division, "flat_percent") > 20.0, "{:#}", row(division));
    assert_eq!(of(division, "folded_percent"), 0.0);
    let [heavy, light, both] =
        ["::heavy", "::light", "::both"].map(|name| of(name, "folded_percent"));
    assert_is_four_fifths(heavy / (heavy + light));
    let flat = of("::heavy", "flat_percent") + of("::light", "flat_percent");
    assert!(heavy + light > flat + 0.99 * of(division, "flat_percent"), "{json:#}");
    assert!(both < 20.0, "the innermost of this workspace has the time, not the outermost: {both}");
    let marks = ["::both", "::heavy", "::light", division].map(|name| row(name)["inlined"] == true);
    assert_eq!(marks, [false, true, true, true]);
    let all: f64 = rows.iter().map(|row| row["folded_percent"].as_f64().unwrap()).sum();
    assert!((all - 100.0).abs() < 1e-6, "every sample counts for one function: {all}");
    let text = top::text(profile());
    assert!(text.contains("known_truth::heavy (inlined)\n"), "{text}");
}

#[test]
fn the_time_by_line_is_at_the_right_lines() {
    let source =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/known_truth/main.rs"));
    let source = source.unwrap();
    let line_of =
        |text: &str| source.lines().position(|line| line.contains(text)).unwrap() as u32 + 1;
    let (heavy, light) = (line_of("fn heavy()"), line_of("fn light()"));
    let all = profile().cpu().as_secs_f64();
    let within = |first: u32| {
        let times = lines::times(profile());
        let times = times.iter().filter(|((_, line), _)| (first..first + 5).contains(line));
        times.map(|(_, (own, _))| own).sum::<f64>() / all
    };
    assert_is_four_fifths(within(heavy));
    assert!(within(light) < 0.35);
    let text = lines::text(profile());
    assert!(text.contains("        heavy();\n"), "{text}");
}

#[test]
fn the_flamegraph_has_their_widths() {
    let folded = Folded::of(profile());
    let with = |name: &str| {
        let stacks = folded.0.iter().filter(|(stack, _)| stack.contains(name));
        stacks.map(|(_, time)| *time).sum::<u64>() as f64 / folded.total() as f64
    };
    assert_is_four_fifths(with("::heavy"));
    assert!(with("the work;") > 0.9, "{folded:?}");
    let svg = String::from_utf8(flamegraph::svg(profile()).unwrap()).unwrap();
    let title = |name: &str| {
        let start = svg.find(name).unwrap_or_else(|| panic!("no {name}"));
        svg[start..].split('<').next().unwrap().to_owned()
    };
    let title = title("known_truth::heavy (");
    let percent = title.rsplit(", ").next().unwrap().trim_end_matches("%)").parse::<f64>();
    assert_is_four_fifths(percent.unwrap() / 100.0);
}

#[test]
fn the_file_for_other_tools_has_them_by_line_and_function() {
    let mut bytes = Vec::new();
    let file = pprof_file::gzip(profile()).unwrap();
    std::io::copy(&mut GzDecoder::new(&file[..]), &mut bytes).unwrap();
    let file = proto::Profile::decode(&bytes[..]).unwrap();
    let text = |index: i64| &*file.string_table[index as usize];
    assert_eq!(text(0), "");
    assert_eq!(text(file.sample_type[1].r#type), "cpu");
    let functions: HashMap<_, _> =
        file.function.iter().map(|function| (function.id, text(function.name))).collect();
    let locations: HashMap<_, _> =
        file.location.iter().map(|location| (location.id, &location.line)).collect();
    let total: i64 = file.sample.iter().map(|sample| sample.value[1]).sum();
    let with = |name: &str| {
        let has = |sample: &&proto::Sample| {
            let lines = sample.location_id.iter().flat_map(|id| locations[id]);
            lines.into_iter().any(|line| functions[&line.function_id].ends_with(name))
        };
        let time = file.sample.iter().filter(has).map(|sample| sample.value[1]).sum::<i64>();
        time as f64 / total as f64
    };
    assert_is_four_fifths(with("::heavy"));
    assert!(with("::light") < 0.35 && with("::both") > 0.9);
    assert_eq!(total / 1000, (profile().cpu().as_nanos() / 1000) as i64);
    assert!(text(file.comment[0]).contains("samples of"));
}
