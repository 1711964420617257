//! The picture of the whole chapter shows what each step changes, for four kinds of requests and for the tail
//! of a steady stream of requests.

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
    /// Title and explanation of the tail, and each percentile with its explanation.
    tail: [&'static str; 2],
    percentiles: [(&'static str, &'static str); 2],
    steps: [&'static str; 5],
    /// A step with stale responses, below the same step without.
    stale: &'static str,
    /// The meaning of the colours.
    key: [&'static str; 3],
    /// Behind a ratio of two times.
    faster: &'static str,
    slower: &'static str,
}

const LANGUAGES: [Words; 2] = [
    Words {
        file: "chapter.svg",
        cases: [
            ("again", ["The same request again", "how long the client waits"]),
            (
                "stampede",
                [
                    "32 requests at once for a response that is not in the cache",
                    "until all clients have their responses",
                ],
            ),
            (
                "different",
                [
                    "16 clients, each request with a new n",
                    "time per response, all clients together",
                ],
            ),
            ("first", ["The first request for an n", "how long the client waits"]),
        ],
        tail: [
            "200 requests per second for one response that expires after 1 s",
            "how long the client waits, counted from when its request is due. \
             In step 2 the response never expires. Step 1 can't keep up.",
        ],
        percentiles: [
            ("p50", "p50: half of the requests wait no longer"),
            ("p99", "p99: 99 in 100 requests wait no longer"),
        ],
        steps: ["1 plain", "2 dict cache", "3 TTL cache", "4 workers", "5 the sieve"],
        stale: "with stale-while-revalidate",
        key: ["like the step before", "faster", "slower"],
        faster: " × as fast",
        slower: " × as long",
    },
    Words {
        file: "chapter.ko.svg",
        cases: [
            ("again", ["같은 요청을 다시 보낼 때", "클라이언트가 기다리는 시간"]),
            (
                "stampede",
                [
                    "캐시에 없는 응답 하나를 동시에 32번 요청할 때",
                    "모든 클라이언트가 응답을 받을 때까지 걸리는 시간",
                ],
            ),
            (
                "different",
                [
                    "클라이언트 16개가 매번 새로운 n을 요청할 때",
                    "응답 하나당 걸리는 시간(클라이언트 전체)",
                ],
            ),
            ("first", ["어떤 n을 처음 요청할 때", "클라이언트가 기다리는 시간"]),
        ],
        tail: [
            "1초 뒤에 만료되는 응답 하나를 초당 200번 요청할 때",
            "클라이언트가 기다리는 시간(요청을 보내기로 한 시각부터). \
             2단계에서는 응답이 만료되지 않습니다. 1단계는 이 부하를 감당하지 못합니다.",
        ],
        percentiles: [
            ("p50", "p50: 요청의 50%는 이 시간 안에 끝남"),
            ("p99", "p99: 요청의 99%는 이 시간 안에 끝남"),
        ],
        steps: [
            "1 단순한 서버",
            "2 dict 캐시",
            "3 TTL 캐시",
            "4 여러 워커",
            "5 에라토스테네스의 체",
        ],
        stale: "stale-while-revalidate 사용",
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

const SIZE: (i32, i32) = (1000, 850);
/// Where the panels begin, below the key.
const TOP: i32 = 40;
const PANEL: (i32, i32) = (SIZE.0 / 2, 260);
/// Of a panel: where its bars begin, and how much room is left for the figures behind them.
const NAMES: i32 = 150;
const FIGURES: i32 = 130;
const HEAD: i32 = 58;
const ROW: i32 = 34;
/// Of the panel with the tail: where the bars of each percentile begin, and the height of its explanation.
const COLUMNS: [i32; 2] = [250, 630];
const COLUMN_HEAD: i32 = 28;
/// The servers of the tail, each by its step, whether it serves stale responses, and the row that it is
/// compared with.
const TAIL: [(usize, bool, Option<usize>); 5] = [
    (2, false, None),
    (3, false, Some(0)),
    (3, true, Some(1)),
    (4, false, Some(1)),
    (4, true, Some(3)),
];
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
        tail(&area, TOP + 2 * PANEL.1, record, &words)?;
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
    for (name, row) in words.steps.iter().zip(0..) {
        text(area, name, (left + 16, top + HEAD + row * ROW + 2), 15)?;
    }
    let before = [None, Some(0), Some(1), Some(2), Some(3)];
    bars(area, (left + NAMES, top + HEAD), &of_case(record, case), before, words)
}

fn tail(area: &Area<'_>, top: i32, record: &[Figure], words: &Words) -> Result<(), Box<dyn Error>> {
    text(area, words.tail[0], (16, top + 8), 17)?;
    text(area, words.tail[1], (16, top + 30), 14)?;
    let top = top + HEAD + COLUMN_HEAD;
    for ((step, is_stale, _), row) in TAIL.into_iter().zip(0..) {
        let (name, left) = if is_stale { (words.stale, 30) } else { (words.steps[step - 1], 16) };
        text(area, name, (left, top + row * ROW + 2), 15)?;
    }
    for (left, (case, meaning)) in COLUMNS.into_iter().zip(words.percentiles) {
        text(area, meaning, (left, top - COLUMN_HEAD), 14)?;
        bars(area, (left, top), &of_case(record, case), TAIL.map(|(.., before)| before), words)?;
    }
    Ok(())
}

/// The axis, and a bar for each figure, compared with the figure in the row `before`.
fn bars(
    area: &Area<'_>,
    (left, top): (i32, i32),
    figures: &[&Figure],
    before: [Option<usize>; 5],
    words: &Words,
) -> Result<(), Box<dyn Error>> {
    let decade = (PANEL.0 - NAMES - FIGURES) / 5;
    for (power, name) in AXIS {
        let x = left + decade * (power - AXIS[0].0);
        let line = vec![(x, top - 6), (x, top + ROW * 5 - 8)];
        area.draw(&PathElement::new(line, FAINT))?;
        let style = ("sans-serif", 12).into_font().color(&TEXT);
        let centered = style.pos(Pos::new(HPos::Center, VPos::Top));
        area.draw_text(name, &centered, (x, top + ROW * 5 - 6))?;
    }
    for ((figure, before), row) in figures.iter().zip(before).zip(0..) {
        let y = top + row * ROW;
        let decades = figure.median.log10() - f64::from(AXIS[0].0);
        let width = (f64::from(decade) * decades.max(0.0)) as i32;
        let ratio = before.map_or(1.0, |before| figures[before].median / figure.median);
        let (color, more) = match ratio {
            DIFFERENT.. => (FASTER, format!(", {}{}", two_digits(ratio), words.faster)),
            _ if ratio < 1.0 / DIFFERENT => {
                (SLOWER, format!(", {}{}", two_digits(1.0 / ratio), words.slower))
            }
            _ => (SAME, String::new()),
        };
        bar(area, (left, y), width, color)?;
        let figure = milliseconds(figure.median) + &more;
        text(area, &figure, (left + width + 6, y + 2), 15)?;
    }
    Ok(())
}
