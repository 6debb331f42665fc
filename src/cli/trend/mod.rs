//! The picture of a point over time: braille in the terminal, SVG and PNG for paper.
//! A value holds until the next one; where nothing is known there is nothing.

mod drawing;
mod png;
mod svg;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

pub use self::png::png;
pub use self::svg::svg;
use crate::history::{Sample, Span};
use crate::model::Kind;
use crate::model::ticks::ticks;

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Trend<'a> {
    pub name: &'a str,
    pub kind: &'a Kind,
    /// In order of time; the first may lie before the span and hold into it.
    pub samples: &'a [Sample],
    pub span: Span,
}

/// What can be said of it in a line.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// Over the time in which it is known.
    pub mean: Option<f64>,
    pub last: Option<f64>,
    /// The share of the time in which it is known, 0 to 1.
    pub known: f64,
}

impl Trend<'_> {
    /// Each value with the time in which it holds, within the span.
    fn holds(&self) -> impl Iterator<Item = (f64, Span)> + '_ {
        // What was last heard does not hold beyond the present.
        let ends = self.samples.iter().skip(1).map(|sample| sample.at_ms);
        let ends = ends.chain([self.span.until_ms]);
        self.samples.iter().zip(ends).filter_map(|(sample, end)| {
            let from_ms = sample.at_ms.max(self.span.from_ms);
            let until_ms = end.min(self.span.until_ms).max(from_ms);
            Some((sample.value?, Span { from_ms, until_ms }))
        })
    }

    pub fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        let (mut known_ms, mut integral) = (0, 0.0);
        for (value, held) in self.holds() {
            sums.min = Some(sums.min.map_or(value, |min| min.min(value)));
            sums.max = Some(sums.max.map_or(value, |max| max.max(value)));
            known_ms += held.length_ms();
            integral += value * held.length_ms() as f64;
        }
        sums.last = self.samples.last().and_then(|sample| sample.value);
        sums.mean = (known_ms > 0).then(|| integral / known_ms as f64).or(sums.last);
        sums.known = known_ms as f64 / self.span.length_ms().max(1) as f64;
        sums
    }

    /// The lowest and highest value in each of so many equal stretches.
    fn columns(&self, count: usize) -> Vec<Option<(f64, f64)>> {
        let mut columns: Vec<Option<(f64, f64)>> = vec![None; count];
        let place = |at_ms: i64| {
            let place = (at_ms - self.span.from_ms) as f64 / self.span.length_ms().max(1) as f64;
            ((place * count as f64) as usize).min(count.saturating_sub(1))
        };
        for (value, held) in self.holds() {
            // The end itself is the next one's.
            let last = place((held.until_ms - 1).max(held.from_ms));
            for column in &mut columns[place(held.from_ms)..=last] {
                let (low, high) = column.unwrap_or((value, value));
                *column = Some((low.min(value), high.max(value)));
            }
        }
        columns
    }

    /// The values at the lower and the upper edge.
    fn range(&self) -> (f64, f64) {
        if let Kind::States(states) = self.kind {
            return (0.0, states.len().saturating_sub(1).max(1) as f64);
        }
        let sums = self.sums();
        let (low, high) = (sums.min.unwrap_or(0.0), sums.max.unwrap_or(1.0));
        if high - low > f64::EPSILON * high.abs().max(1.0) {
            (low, high)
        } else {
            (low - 0.5, high + 0.5)
        }
    }

    /// The values beside which a picture for paper has a line: each state, or round
    /// numbers of the unit that is shown, four to seven where there are so many.
    fn ticks(&self) -> Vec<f64> {
        let (low, high) = self.range();
        let Kind::Number(unit) = self.kind else {
            let steps = (high - low).clamp(1.0, 8.0) as i32;
            let at = |step| low + (high - low) * f64::from(step) / f64::from(steps);
            return (0..=steps).map(at).collect();
        };
        let ticks = ticks(unit.shown(low), unit.shown(high), 6);
        ticks.into_iter().map(|tick| unit.canonical(tick)).collect()
    }

    fn label(&self, at_ms: i64, zone: &TimeZone) -> String {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
        let long = self.span.length_ms() > 2 * 86_400_000;
        let format = if long { "%d.%m." } else { "%H:%M" };
        zone.to_datetime(at).strftime(format).to_string()
    }
}

/// The dots of a braille letter, by column and row.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// The picture in so many columns and rows of letters, with its axes.
pub fn picture(trend: &Trend<'_>, width: usize, rows: usize, zone: &TimeZone) -> Vec<String> {
    let (low, high) = trend.range();
    let label = |row: usize| match row {
        0 => trend.kind.display(high),
        row if row + 1 == rows => trend.kind.display(low),
        row if row == rows / 2 && matches!(trend.kind, Kind::Number(_)) => {
            trend.kind.display(high - (high - low) * row as f64 / (rows - 1) as f64)
        }
        _ => String::new(),
    };
    let labels: Vec<String> = (0..rows).map(label).collect();
    let margin = labels.iter().map(|label| label.width()).max().unwrap_or(0);
    let columns = width.saturating_sub(margin + 3).max(10);
    let mut letters = vec![vec![0_u8; columns]; rows];
    let dots = rows * 4 - 1;
    let height = |value: f64| {
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        dots - (share * dots as f64).round() as usize
    };
    let mut before: Option<(usize, usize)> = None;
    for (x, column) in trend.columns(columns * 2).into_iter().enumerate() {
        let here = column.map(|(low, high)| (height(high), height(low)));
        if let Some((mut top, mut bottom)) = here {
            // A step is a line, not two pieces.
            if let Some((above, below)) = before {
                top = top.min(below);
                bottom = bottom.max(above);
            }
            for y in top..=bottom {
                letters[y / 4][x / 2] |= DOTS[x % 2][y % 4];
            }
        }
        before = here;
    }
    let mut lines: Vec<String> = labels
        .iter()
        .zip(letters)
        .map(|(label, letters)| {
            let padding = " ".repeat(margin - label.width());
            let drawn: String = letters
                .iter()
                .map(|dots| char::from_u32(0x2800 + u32::from(*dots)).unwrap_or(' '))
                .map(|letter| if letter == '\u{2800}' { ' ' } else { letter })
                .collect();
            format!("{padding}{label} ┤{drawn}").trim_end().to_owned()
        })
        .collect();
    lines.push(time_axis(trend, margin, columns, zone));
    lines
}

/// Five times below the picture.
fn time_axis(trend: &Trend<'_>, margin: usize, columns: usize, zone: &TimeZone) -> String {
    let mut line = " ".repeat(margin + 2);
    for step in 0..5_usize {
        let at_ms = trend.span.from_ms + trend.span.length_ms() * step as i64 / 4;
        let label = trend.label(at_ms, zone);
        let place = margin + 2 + (columns * step / 4).saturating_sub(label.width() * step / 4);
        while line.width() < place {
            line.push(' ');
        }
        line.push_str(&label);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Language, Quality, Unit};

    fn sample(at_s: i64, value: Option<f64>) -> Sample {
        Sample { at_ms: at_s * 1000, value, quality: Quality::Good }
    }

    fn with<T>(samples: &[Sample], look: impl Fn(&Trend<'_>) -> T) -> T {
        let kind = Kind::Number(Unit::parse("°C").unwrap());
        let span = Span { from_ms: 0, until_ms: 4_000_000 };
        look(&Trend { name: "Haus.HK1.Raum", kind: &kind, samples, span })
    }

    #[test]
    fn a_step_a_gap_and_what_can_be_said_of_them() {
        let samples = [
            sample(-10, Some(20.0)),
            sample(1000, Some(30.0)),
            sample(2000, None),
            sample(3000, Some(25.0)),
        ];
        let sums = with(&samples, |trend| trend.sums());
        assert_eq!((sums.min, sums.max, sums.mean), (Some(20.0), Some(30.0), Some(25.0)));
        assert_eq!((sums.last, sums.known), (Some(25.0), 0.75));
        let lines = with(&samples, |trend| picture(trend, 32, 3, &TimeZone::UTC));
        assert_eq!(lines.len(), 4, "{lines:#?}");
        let drawn =
            |line: &str| line.chars().filter(|it| ('\u{2801}'..'\u{2900}').contains(it)).count();
        assert!(lines[0].starts_with("30 °C ┤") && lines[2].starts_with("20 °C ┤"), "{lines:#?}");
        assert!(lines.iter().take(3).all(|line| drawn(line) >= 5), "{lines:#?}");
        let columns = with(&samples, |trend| trend.columns(8));
        assert!(columns[4].is_none() && columns[5].is_none(), "a gap is a gap");
    }

    #[test]
    fn lines_stand_at_round_numbers() {
        let ticks = |low: f64, high: f64| {
            let samples = [sample(0, Some(low)), sample(1000, Some(high))];
            with(&samples, |trend| {
                let shown = |value: &f64| trend.kind.display(*value);
                trend.ticks().iter().map(shown).collect::<Vec<_>>()
            })
        };
        assert_eq!(ticks(16.55, 21.5), ["17 °C", "18 °C", "19 °C", "20 °C", "21 °C"]);
        assert_eq!(
            ticks(-0.3, 0.25),
            ["-0.3 °C", "-0.2 °C", "-0.1 °C", "0 °C", "0.1 °C", "0.2 °C"]
        );
        assert_eq!(ticks(20.0, 20.0), ["19.6 °C", "19.8 °C", "20 °C", "20.2 °C", "20.4 °C"]);
        assert_eq!(ticks(0.0, 95.0), ["0 °C", "20 °C", "40 °C", "60 °C", "80 °C"]);
    }

    #[test]
    fn a_picture_for_paper_is_well_formed_and_breaks_off_where_nothing_is_known() {
        let samples = [sample(0, Some(20.0)), sample(1000, None), sample(2000, Some(21.0))];
        let svg = with(&samples, |trend| svg(trend, &TimeZone::UTC, Language::De));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        let path = svg.rsplit_once("<path d=\"").unwrap().1;
        assert_eq!(path.matches('M').count(), 2, "two pieces");
    }

    #[test]
    fn both_pictures_for_paper_are_the_same() {
        let samples = [sample(0, Some(20.0)), sample(1000, None), sample(2000, Some(21.0))];
        let bytes = with(&samples, |trend| png(trend, &TimeZone::UTC).unwrap());
        let picture = tiny_skia::Pixmap::decode_png(&bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (1920, 720));
        let at = |x: u32, y: u32| {
            let pixel = picture.pixel(x, y).unwrap();
            [pixel.red(), pixel.green(), pixel.blue()]
        };
        assert_eq!(at(3, 3), [255, 255, 255]);
        let blue = |x: u32| (0..720).any(|y| at(x, y)[2] > at(x, y)[0].saturating_add(60));
        // Known in the first and the last quarters of the time, not between.
        let x = |share: f64| (2.0 * (96.0 + share * 836.0)) as u32;
        assert!(blue(x(0.1)) && blue(x(0.9)));
        assert!(!blue(x(0.3)) && !blue(x(0.45)));
        let dark = |xs: std::ops::Range<u32>, ys: std::ops::Range<u32>| {
            xs.flat_map(|x| ys.clone().map(move |y| (x, y)))
                .filter(|it| at(it.0, it.1)[0] < 90)
                .count()
        };
        assert!(dark(192..600, 24..56) > 300, "the name of the point");
        assert!(dark(0..180, 60..660) > 300, "the values at the side");
        assert!(dark(150..1920, 680..720) > 300, "the times below");
    }
}
