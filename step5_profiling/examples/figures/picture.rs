//! The picture of the whole chapter: what each step changes, for four kinds of questions.

use std::{error::Error, path::Path};

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{
    digits::{milliseconds, two_digits},
    record::{Figure, of_case},
};

/// The picture's words.
struct Words {
    file: &'static str,
    /// Title and explanation of each case.
    cases: [(&'static str, [&'static str; 2]); 4],
    steps: [&'static str; 5],
    /// What the colours mean.
    key: [&'static str; 3],
    /// Behind a ratio.
    faster: &'static str,
    slower: &'static str,
}

const LANGUAGES: [Words; 2] = [
    Words {
        file: "chapter.svg",
        cases: [
            ("again", ["The same question again", "how long the client waits"]),
            ("stampede", ["32 ask at once for what has just been forgotten", "until all have it"]),
            (
                "different",
                ["16 clients, each with new questions all the time", "time for each answer"],
            ),
            ("first", ["A question that nobody has asked before", "how long the client waits"]),
        ],
        steps: ["1 plain", "2 dict cache", "3 TTL cache", "4 workers", "5 the sieve"],
        key: ["like the step before", "faster", "slower"],
        faster: " × faster",
        slower: " × slower",
    },
    Words {
        file: "chapter.ko.svg",
        cases: [
            ("again", ["같은 질문을 다시", "클라이언트가 기다리는 시간"]),
            ("stampede", ["방금 잊은 답을 32명이 한꺼번에", "모두가 답을 받을 때까지"]),
            ("different", ["클라이언트 16명이 계속 새로운 질문을", "답 하나에 걸리는 시간"]),
            ("first", ["아무도 한 적 없는 질문", "클라이언트가 기다리는 시간"]),
        ],
        steps: [
            "1 단순한 서버",
            "2 dict 캐시",
            "3 TTL 캐시",
            "4 여러 워커",
            "5 에라토스테네스의 체",
        ],
        key: ["앞 단계와 비슷함", "빨라짐", "느려짐"],
        faster: "배 빠름",
        slower: "배 느림",
    },
];

const SAME: RGBColor = RGBColor(0x9a, 0xa5, 0xb1);
const FASTER: RGBColor = RGBColor(0x1f, 0x8a, 0x5b);
const SLOWER: RGBColor = RGBColor(0xc2, 0x5b, 0x1e);
const TEXT: RGBColor = RGBColor(0x1f, 0x29, 0x33);
const FAINT: RGBColor = RGBColor(0xd5, 0xdb, 0xe1);

const SIZE: (i32, i32) = (1000, 560);
/// Where the panels begin, below the key.
const TOP: i32 = 40;
const PANEL: (i32, i32) = (SIZE.0 / 2, (SIZE.1 - TOP) / 2);
/// Of a panel: where its bars begin, and how much room is left for the figures behind them.
const NAMES: i32 = 150;
const FIGURES: i32 = 130;
const HEAD: i32 = 58;
const ROW: i32 = 34;
/// The axis, in powers of ten of milliseconds.
const AXIS: [(i32, &str); 6] =
    [(-2, ""), (-1, "0.1 ms"), (0, "1 ms"), (1, "10 ms"), (2, "0.1 s"), (3, "1 s")];

/// From which ratio on two figures are different.
const DIFFERENT: f64 = 1.5;

/// Draws it, in each language.
pub fn draw(record: &[Figure], plots: &Path) -> Result<(), Box<dyn Error>> {
    for words in LANGUAGES {
        let path = plots.join(words.file);
        let area = SVGBackend::new(&path, (SIZE.0 as u32, SIZE.1 as u32)).into_drawing_area();
        area.fill(&WHITE)?;
        key(&area, &words)?;
        for (panel, case) in (0..).zip(words.cases) {
            let at = (panel % 2 * PANEL.0, TOP + panel / 2 * PANEL.1);
            self::panel(&area, at, record, &words, case)?;
        }
        area.present()?;
    }
    Ok(())
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn text(area: &Area<'_>, words: &str, at: (i32, i32), size: i32) -> Result<(), Box<dyn Error>> {
    let style = ("sans-serif", size).into_font().color(&TEXT);
    Ok(area.draw_text(words, &style, at)?)
}

fn bar(area: &Area<'_>, at: (i32, i32), width: i32, color: RGBColor) -> Result<(), Box<dyn Error>> {
    Ok(area.draw(&Rectangle::new([at, (at.0 + width, at.1 + 18)], color.filled()))?)
}

fn key(area: &Area<'_>, words: &Words) -> Result<(), Box<dyn Error>> {
    for ((color, words), x) in [SAME, FASTER, SLOWER].into_iter().zip(words.key).zip([16, 200, 310])
    {
        bar(area, (x, 12), 18, color)?;
        text(area, words, (x + 26, 13), 15)?;
    }
    Ok(())
}

fn panel(
    area: &Area<'_>,
    (left, top): (i32, i32),
    record: &[Figure],
    words: &Words,
    (case, title): (&str, [&str; 2]),
) -> Result<(), Box<dyn Error>> {
    text(area, title[0], (left + 16, top + 8), 17)?;
    text(area, title[1], (left + 16, top + 30), 14)?;
    let [first, last] = [left + NAMES, left + PANEL.0 - FIGURES];
    let decade = (last - first) / 5;
    for (power, name) in AXIS {
        let x = first + decade * (power - AXIS[0].0);
        let line = vec![(x, top + HEAD - 6), (x, top + HEAD + ROW * 5 - 8)];
        area.draw(&PathElement::new(line, FAINT))?;
        let style = ("sans-serif", 12).into_font().color(&TEXT);
        let centered = style.pos(Pos::new(HPos::Center, VPos::Top));
        area.draw_text(name, &centered, (x, top + HEAD + ROW * 5 - 6))?;
    }
    let mut before = None;
    for ((figure, name), row) in of_case(record, case).iter().zip(words.steps).zip(0..) {
        let y = top + HEAD + row * ROW;
        let decades = figure.median.log10() - f64::from(AXIS[0].0);
        let width = (f64::from(decade) * decades.max(0.0)) as i32;
        let ratio = before.map_or(1.0, |before: f64| before / figure.median);
        before = Some(figure.median);
        let (color, more) = match ratio {
            DIFFERENT.. => (FASTER, format!(", {}{}", two_digits(ratio), words.faster)),
            _ if ratio < 1.0 / DIFFERENT => {
                (SLOWER, format!(", {}{}", two_digits(1.0 / ratio), words.slower))
            }
            _ => (SAME, String::new()),
        };
        text(area, name, (left + 16, y + 2), 15)?;
        bar(area, (first, y), width, color)?;
        let figure = milliseconds(figure.median) + &more;
        text(area, &figure, (first + width + 6, y + 2), 15)?;
    }
    Ok(())
}
