//! The flamegraph shows all stacks in one picture, in which width is CPU time. `inferno` draws it,
//! as it does for the `pprof` crate and for `cargo flamegraph`.

use inferno::flamegraph::{
    Options,
    color::{PaletteMap, parse_hex_color},
    from_lines,
};

use super::folded::{Folded, plain};
use crate::profiler::sampling::profile::Profile;

/// The picture as SVG.
///
/// # Errors
/// If inferno can't draw it.
pub fn svg(profile: &Profile) -> Result<Vec<u8>, String> {
    let mut options =
        options("CPU time by function (orange: of this workspace)", profile.summary());
    let mut colours = colours(profile);
    options.palette_map = Some(&mut colours);
    draw(&mut options, &Folded::of(profile).lines())
}

/// Shades of orange for the code of this workspace, and pale shades for the rest. Neighbours differ
/// in shade, and a function has the same shade in every picture.
const OWN: [&str; 4] = ["#ff9933", "#ff8c1a", "#ffa64d", "#f5871f"];
const OTHERS: [&str; 4] = ["#ece3c8", "#e6dcbc", "#f0e8d2", "#e2d8b8"];

fn colours(profile: &Profile) -> PaletteMap {
    let mut colours = PaletteMap::default();
    for function in profile.locations.iter().flat_map(|location| &location.functions) {
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

/// The options of all pictures.
pub fn options(title: &str, summary: String) -> Options<'static> {
    let mut options = Options::default();
    options.title = title.to_owned();
    options.subtitle = Some(summary);
    options.count_name = "µs of CPU time".to_owned();
    options.font_size = 14;
    options.frame_height = 20;
    options.min_width = 0.1;
    options
}

/// Draws these lines.
///
/// # Errors
/// If inferno can't draw them.
pub fn draw(options: &mut Options<'_>, lines: &[String]) -> Result<Vec<u8>, String> {
    let mut svg = Vec::new();
    from_lines(options, lines.iter().map(String::as_str), &mut svg)
        .map_err(|error| error.to_string())?;
    Ok(svg)
}
