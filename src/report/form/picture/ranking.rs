//! Lying bars one below another, each with its limit and target as strokes: above the
//! limit dark red, up to the target green, blue between or where there is neither.

use super::axis::Axis;
use super::{Anchor, Colour, Drawing, Entry, INK, SIZE, SOFT, Sample, WIDTH};
use crate::model::Language;
use crate::report::document::Ranked;
use crate::report::form::font::REGULAR;

const GOOD: Colour = [0x8f, 0xd0, 0xb5];
const MIDDLING: Colour = [0x6b, 0x9d, 0xcc];
const BAD: Colour = [0x9c, 0x2f, 0x1c];
const ROW: f64 = 13.0;
const BAR: f64 = 8.0;

pub fn draw(ranked: &[Ranked], unit: &str, language: Language) -> Option<Drawing> {
    let all = ranked.iter().flat_map(|it| [Some(it.value), it.limit, it.target]).flatten();
    let axis = Axis::from_zero(all, 6)?;
    let named = |it: &Ranked| REGULAR.width(&it.name, SIZE);
    let left = ranked.iter().map(named).fold(40.0, f64::max).min(150.0) + 8.0;
    let mut drawing = Drawing::new(0.0);
    let top = 6.0 + drawing.legend(left, 6.0, WIDTH - left, &entries(ranked, language)) + 1.0;
    let bottom = top + ROW * ranked.len() as f64;
    drawing.height = bottom + 24.0;
    // Room for the number beside the longest bar.
    let axis = axis.placed(left, WIDTH - 34.0);
    axis.down(&mut drawing, top, bottom, language);
    drawing.text(WIDTH - 34.0, bottom + 20.0, Anchor::End, SOFT, unit);
    for (place, it) in ranked.iter().enumerate() {
        let middle = top + ROW * (place as f64 + 0.5);
        let name = REGULAR.shortened(&it.name, SIZE, left - 8.0);
        drawing.text(left - 6.0, middle + 2.7, Anchor::End, INK, name);
        let (zero, end) = (axis.at(0.0), axis.at(it.value));
        let (x, width) = (zero.min(end), (end - zero).abs());
        drawing.rect(x, middle - BAR / 2.0, width, BAR, colour(it));
        let mut beside = zero.max(end);
        for (value, dash) in [(it.target, TARGET), (it.limit, LIMIT)] {
            let Some(x) = value.map(|value| axis.at(value)) else { continue };
            let stroke = vec![(x, middle - ROW / 2.0 + 0.8), (x, middle + ROW / 2.0 - 0.8)];
            // A pale edge, to be seen also on a dark bar.
            drawing.lines(vec![stroke.clone()], [0xff; 3], 3.0, None);
            drawing.lines(vec![stroke], INK, 1.4, dash);
            if x > beside && x < beside + 22.0 {
                beside = x + 1.0;
            }
        }
        let text = axis.shown_finely(it.value, language);
        drawing.text(beside + 4.0, middle + 2.7, Anchor::Start, INK, text);
    }
    Some(drawing)
}

const LIMIT: Option<f64> = None;
const TARGET: Option<f64> = Some(1.8);

fn colour(it: &Ranked) -> Colour {
    if it.limit.is_some_and(|limit| it.value > limit) {
        BAD
    } else if it.target.is_some_and(|target| it.value <= target) {
        GOOD
    } else {
        MIDDLING
    }
}

/// What of it occurs.
fn entries(ranked: &[Ranked], language: Language) -> Vec<Entry<'static>> {
    let mut entries = Vec::new();
    let mut entry = |name: (&'static str, &'static str), occurs: bool, sample: Sample| {
        if occurs {
            entries.push(Entry { name: language.pick(name.0, name.1), sample });
        }
    };
    let has = |fill: Colour| ranked.iter().any(|it| colour(it) == fill);
    let limit = ranked.iter().any(|it| it.limit.is_some());
    let target = ranked.iter().any(|it| it.target.is_some());
    entry(("über dem Grenzwert", "above the limit"), has(BAD), Sample::Box(BAD));
    let between = (limit || target) && has(MIDDLING);
    entry(
        ("dazwischen oder ohne Vergleich", "between, or nothing to compare"),
        between,
        Sample::Box(MIDDLING),
    );
    entry(("Zielwert erreicht", "target met"), has(GOOD), Sample::Box(GOOD));
    entry(("Grenzwert", "limit"), limit, Sample::Stroke(INK, LIMIT));
    entry(("Zielwert", "target"), target, Sample::Stroke(INK, TARGET));
    entries
}
