//! The flamegraph: all stacks at once, as a picture in which width is time.
//!
//! It is drawn as the `pprof` crate draws its own, but from our samples: the crate's sampler tells
//! functions apart, not lines, can take an inlined function's time for that of another one, and unwinds
//! the stack inside of the signal handler.

use pprof::flamegraph::{
    Options,
    color::{PaletteMap, parse_hex_color},
    from_lines,
};

use super::folded::{Folded, plain};
use crate::profiler::sampling::profile::Profile;

/// As SVG.
///
/// # Errors
/// What the drawing says.
pub fn svg(profile: &Profile) -> Result<Vec<u8>, String> {
    let mut options = options("CPU time by function (orange: of this workspace)", profile.truth());
    let mut colours = colours(profile);
    options.palette_map = Some(&mut colours);
    draw(&mut options, &Folded::of(profile).lines())
}

/// Shades of orange for what is ours to change, pale ones for all else: several, to tell neighbours
/// apart, and the same function has the same in every picture.
const OWN: [&str; 4] = ["#ff9933", "#ff8c1a", "#ffa64d", "#f5871f"];
const OTHERS: [&str; 4] = ["#ece3c8", "#e6dcbc", "#f0e8d2", "#e2d8b8"];

fn colours(profile: &Profile) -> PaletteMap {
    let mut colours = PaletteMap::default();
    for function in profile.places.iter().flat_map(|place| &place.functions) {
        let shades = if function.is_own { OWN } else { OTHERS };
        let shade = function.name.bytes().map(usize::from).sum::<usize>() % shades.len();
        if let Some(colour) = parse_hex_color(shades[shade]) {
            colours.insert(plain(&function.name), colour);
        }
    }
    let threads = profile.stacks.iter().map(|stack| plain(&stack.thread));
    for name in threads.chain(["".to_owned(), "all".to_owned()]) {
        if let Some(colour) = parse_hex_color("#d0d0d0") {
            colours.insert(name, colour);
        }
    }
    colours
}

/// What all pictures have in common.
pub fn options(title: &str, truth: String) -> Options<'static> {
    let mut options = Options::default();
    options.title = title.to_owned();
    options.subtitle = Some(truth);
    options.count_name = "µs of CPU time".to_owned();
    options.font_size = 14;
    options.frame_height = 20;
    options.min_width = 0.1;
    options
}

/// Draws these lines.
///
/// # Errors
/// What the drawing says.
pub fn draw(options: &mut Options<'_>, lines: &[String]) -> Result<Vec<u8>, String> {
    let mut svg = Vec::new();
    from_lines(options, lines.iter().map(String::as_str), &mut svg)
        .map_err(|error| error.to_string())?;
    Ok(svg)
}
