//! Two charts: latency over time, and latency by percentile.

use std::{error::Error, ops::Range, path::Path};

use hdrhistogram::Histogram;
use plotters::{
    coord::{
        Shift,
        ranged1d::{DefaultFormatting, KeyPointHint},
        types::RangedCoordf64,
    },
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::record::Record;

const SIZE: (u32, u32) = (1280, 620);
/// Blue and orange, because colour-blind readers can tell them apart.
const COLORS: [RGBColor; 2] = [RGBColor(0x1f, 0x6f, 0xb4), RGBColor(0xd9, 0x5f, 0x0e)];
const TEXT: RGBColor = RGBColor(0x1f, 0x29, 0x33);
const FAINT: RGBColor = RGBColor(0xd5, 0xdb, 0xe1);
const FONT: i32 = 20;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The points of a line. The second number is in milliseconds.
type Points = Vec<(f64, f64)>;

/// Draws all loops in both charts.
pub fn draw(loops: &[(String, Record)], path: &Path) -> Result<(), Box<dyn Error>> {
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let (key, charts) = area.split_vertically(56);
    for (number, (title, _)) in loops.iter().enumerate() {
        let (x, y) = (90 + 480 * number as i32, 20);
        key.draw(&Rectangle::new([(x, y + 2), (x + 28, y + 16)], COLORS[number % 2].filled()))?;
        key.draw_text(title, &("sans-serif", FONT + 4).into_font().color(&TEXT), (x + 38, y - 3))?;
    }
    let (left, right) = charts.split_horizontally(SIZE.0 / 2);
    over_time(&left, loops)?;
    by_percentile(&right, loops)?;
    Ok(area.present()?)
}

/// The slowest response (thick) and the median (thin) of each slice of time.
fn over_time(area: &Area<'_>, loops: &[(String, Record)]) -> Result<(), Box<dyn Error>> {
    let seconds = loops.iter().map(|(_, record)| record.length.as_secs_f64()).fold(0.0, f64::max);
    let chart = Chart {
        head: "Latency over time: thick is the slowest, thin the median",
        x_axis: "sent or due after (s)",
        x_label: &|x| format!("{x}"),
        x: Axis { end: seconds, ticks: ticks(seconds) },
    };
    let mut lines = Vec::new();
    for (color, (_, record)) in COLORS.into_iter().cycle().zip(loops) {
        let width = record.length.as_secs_f64() / record.slices.len() as f64;
        let line = |figure: fn(&Histogram<u64>) -> u64| -> Points {
            let slices = record.slices.iter().enumerate().filter(|(_, slice)| !slice.is_empty());
            slices
                .map(|(number, slice)| ((number as f64 + 0.5) * width, figure(slice) as f64 / 1e6))
                .collect()
        };
        lines.push((line(|slice| slice.value_at_quantile(0.5)), color.stroke_width(1)));
        lines.push((line(Histogram::max), color.stroke_width(3)));
    }
    chart.draw(area, lines)
}

/// The usual axis of HDR histograms, on which 90, 99 and 99.9% are equally far apart.
fn by_percentile(area: &Area<'_>, loops: &[(String, Record)]) -> Result<(), Box<dyn Error>> {
    const TICKS: [f64; 8] = [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999];
    // The slowest of N responses belongs to the percentile at which 1 in N is slower.
    let most = loops.iter().map(|(_, record)| record.latency.len()).max().unwrap_or(0);
    let end = (most as f64).log10().clamp(2.0, 6.0);
    let position = |percent: f64| -(1.0 - percent / 100.0).log10();
    let ticks: Vec<_> = TICKS.into_iter().map(position).filter(|at| *at <= end).collect();
    let label = |at: &f64| {
        let nearest = |percent: &&f64| (position(**percent) - at).abs() < 1e-6;
        TICKS.iter().find(nearest).map_or_else(String::new, |percent| format!("{percent}"))
    };
    let chart = Chart {
        head: "Latency by percentile",
        x_axis: "percent of responses that took at most this long",
        x_label: &label,
        x: Axis { end, ticks },
    };
    let mut lines = Vec::new();
    for (color, (_, record)) in COLORS.into_iter().cycle().zip(loops) {
        let points = (0..=300).map(|step| end * f64::from(step) / 300.0);
        let points = points.map(|at| {
            let nanoseconds = record.latency.value_at_quantile(1.0 - 10_f64.powf(-at));
            (at, nanoseconds as f64 / 1e6)
        });
        // Beyond 1 in N, there is no data.
        let last = (record.latency.len() as f64).log10();
        lines.push((points.take_while(|(at, _)| *at <= last).collect(), color.stroke_width(3)));
    }
    chart.draw(area, lines)
}

struct Chart<'a> {
    head: &'a str,
    x_axis: &'a str,
    x_label: &'a dyn Fn(&f64) -> String,
    x: Axis,
}

impl Chart<'_> {
    fn draw(self, area: &Area<'_>, lines: Vec<(Points, ShapeStyle)>) -> Result<(), Box<dyn Error>> {
        let all =
            || lines.iter().flat_map(|(points, _)| points).map(|(_, milliseconds)| *milliseconds);
        // Whole powers of ten, so that there are always labels.
        let low = 10_f64.powf(all().fold(f64::INFINITY, f64::min).clamp(1e-3, 1e6).log10().floor());
        let high = 10_f64.powf(all().fold(0.0, f64::max).clamp(low * 1.1, 1e7).log10().ceil());
        let style = |size: i32| ("sans-serif", size).into_font().color(&TEXT);
        let head = style(FONT + 2).pos(Pos::new(HPos::Center, VPos::Top));
        area.draw_text(self.head, &head, (area.dim_in_pixel().0 as i32 / 2 + 20, 0))?;
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_top(34)
            .margin_right(30)
            .x_label_area_size(64)
            .y_label_area_size(96)
            .build_cartesian_2d(self.x, (low..high).log_scale())?;
        chart
            .configure_mesh()
            .x_desc(self.x_axis)
            .y_desc("latency (ms)")
            .x_label_formatter(self.x_label)
            .y_label_formatter(&|milliseconds| format!("{milliseconds}"))
            .light_line_style(TRANSPARENT)
            .bold_line_style(FAINT)
            .axis_style(TEXT)
            .label_style(style(FONT))
            .axis_desc_style(style(FONT))
            .draw()?;
        for (points, style) in lines {
            chart.draw_series(LineSeries::new(points, style))?;
        }
        Ok(())
    }
}

/// About six round numbers from 0 to `end`.
fn ticks(end: f64) -> Vec<f64> {
    let rough = end / 6.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let step = step.into_iter().find(|step| *step >= rough).unwrap_or(end);
    (0..).map(|number| f64::from(number) * step).take_while(|at| *at <= end * 1.000_001).collect()
}

/// A linear axis from 0 to `end` that is labelled at `ticks`.
struct Axis {
    end: f64,
    ticks: Vec<f64>,
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        RangedCoordf64::from(0.0..self.end).map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        0.0..self.end
    }
}
