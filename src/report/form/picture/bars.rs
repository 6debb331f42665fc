//! Groups of upright bars: months, in each a bar for each year. The last year is
//! strong, those before it pale; a bar of which a part is missing is hatched; the
//! unknown has no bar.

use super::axis::Axis;
use super::{Anchor, Colour, Drawing, Entry, INK, SOFT, STRONG, Sample, WIDTH};
use crate::model::Language;
use crate::report::document::Bars;

/// The years before, the latest first.
const EARLIER: [Colour; 4] =
    [[0x7f, 0xa8, 0xcc], [0xc3, 0xcf, 0xda], [0x9a, 0xa4, 0xad], [0xe1, 0xe5, 0xe9]];
const INNER: f64 = 120.0;

pub fn draw(bars: &Bars, language: Language) -> Option<Drawing> {
    let all = || bars.series.iter().flat_map(|series| &series.bars);
    let axis = Axis::from_zero(all().filter_map(|bar| bar.value), 4)?;
    let mut drawing = Drawing::new(0.0);
    let count = bars.series.len();
    let colour = |place: usize| match count - 1 - place {
        0 => STRONG,
        before => EARLIER[(before - 1) % EARLIER.len()],
    };
    let incomplete = all().any(|bar| bar.incomplete && bar.value.is_some());
    let mut entries: Vec<Entry<'_>> = bars
        .series
        .iter()
        .enumerate()
        .map(|(place, series)| Entry { name: &series.name, sample: Sample::Box(colour(place)) })
        .collect();
    if incomplete {
        let name = language.pick("unvollständig", "incomplete");
        entries.push(Entry { name, sample: Sample::Hatched(STRONG) });
    }
    let left = axis.margin(language).max(30.0);
    drawing.text(left - 5.0, 8.7, Anchor::End, SOFT, bars.unit.as_str());
    let top = 6.0 + drawing.legend(left, 6.0, WIDTH - left, &entries) + 3.0;
    let bottom = top + INNER;
    drawing.height = bottom + 14.0;
    let axis = axis.placed(bottom, top);
    axis.across(&mut drawing, left, WIDTH, language);
    let group = (WIDTH - left) / bars.groups.len().max(1) as f64;
    let wide = (group * 0.78 / count.max(1) as f64).min(26.0);
    for (place, name) in bars.groups.iter().enumerate() {
        let middle = left + group * (place as f64 + 0.5);
        drawing.text(middle, bottom + 10.0, Anchor::Middle, INK, name.as_str());
        let first = middle - wide * count as f64 / 2.0;
        for (year, series) in bars.series.iter().enumerate() {
            let Some(bar) = series.bars.get(place) else { continue };
            let Some(value) = bar.value.filter(|value| value.is_finite()) else { continue };
            let (zero, end) = (axis.at(0.0), axis.at(value));
            let (y, height) = (zero.min(end), (zero - end).abs());
            let (x, width) = (first + wide * year as f64 + 0.4, wide - 0.8);
            if bar.incomplete {
                drawing.hatched(x, y, width, height, colour(year));
            } else {
                drawing.rect(x, y, width, height, colour(year));
            }
        }
    }
    let zero = axis.at(0.0);
    drawing.line((left, zero), (WIDTH, zero), SOFT, 0.8);
    Some(drawing)
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::*;
    use crate::report::document::{Bar, Series};

    #[test]
    fn the_unknown_has_no_bar_and_the_incomplete_is_hatched() {
        let bar = |value, incomplete| Bar { value, incomplete };
        let bars = Bars {
            groups: vec!["Jan".to_owned(), "Feb".to_owned(), "Mär".to_owned()],
            series: vec![Series {
                name: "2026".to_owned(),
                bars: vec![bar(Some(10.0), false), bar(None, true), bar(Some(5.0), true)],
            }],
            unit: "kWh".to_owned(),
        };
        let drawing = draw(&bars, Language::De).unwrap();
        let heights: Vec<f64> = drawing
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Rect { height, .. } if *height > 7.0 => Some(*height),
                _ => None,
            })
            .collect();
        assert_eq!(heights, [INNER], "one whole bar, as tall as the axis");
        let none = Bars { series: Vec::new(), ..bars };
        assert_eq!(draw(&none, Language::De), None);
    }
}
