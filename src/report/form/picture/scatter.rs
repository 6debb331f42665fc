//! Dots in a plane: the buildings of a town between two benchmarks, or days over their
//! temperature with the baseline.

use super::axis::Axis;
use super::{
    Anchor, Colour, Drawing, Entry, GROUPS, INK, SIZE, SOFT, STRONG, Sample, Shape, Text, WIDTH,
};
use crate::model::Language;
use crate::report::document::{Dot, Scatter};
use crate::report::form::font::REGULAR;

const SMALL: f64 = 6.5;
/// From so many dots on all are alike.
const MANY: usize = 80;
/// A pale violet red, strong enough in grey: the line must stand out of the dots.
const LINE: Colour = [0xa8, 0x3a, 0x22];

/// Where the plane lies.
struct Plane {
    x: Axis,
    y: Axis,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

pub fn draw(scatter: &Scatter, language: Language) -> Option<Drawing> {
    let named = scatter.dots.iter().any(|dot| !dot.name.is_empty());
    let inner = if named { 300.0 } else { 190.0 };
    let points = || {
        let dots = scatter.dots.iter().map(|dot| (dot.x, dot.y));
        dots.chain(scatter.line.iter().copied()).chain(scatter.cross)
    };
    let x = Axis::over(points().map(|it| it.0), 7)?;
    let y = Axis::over(points().map(|it| it.1), 5)?;
    let mut drawing = Drawing::new(0.0);
    let left = y.margin(language).max(24.0);
    let title = with_unit(&scatter.y_title, &scatter.y_unit);
    drawing.text(0.0, 8.7, Anchor::Start, SOFT, title);
    let mut top = 18.0;
    let entries = entries(scatter);
    if !entries.is_empty() {
        top += drawing.legend(left, top, WIDTH - left, &entries);
    }
    let (right, bottom) = (WIDTH - 4.0, top + inner);
    drawing.height = bottom + 24.0;
    let plane =
        Plane { x: x.placed(left, right), y: y.placed(bottom, top), left, right, top, bottom };
    plane.x.down(&mut drawing, top, bottom, language);
    plane.y.across(&mut drawing, left, right, language);
    let title = with_unit(&scatter.x_title, &scatter.x_unit);
    drawing.text(right, bottom + 20.5, Anchor::End, SOFT, title);
    if let Some(cross) = scatter.cross {
        hairs(&mut drawing, &plane, cross, scatter, language);
    }
    dots(&mut drawing, &plane, scatter);
    let line: Vec<_> = scatter.line.iter().map(|(x, y)| (plane.x.at(*x), plane.y.at(*y))).collect();
    if line.len() > 1 {
        drawing.lines(vec![line.clone()], [0xff; 3], 3.4, None);
        drawing.lines(vec![line], LINE, 1.8, None);
    }
    if named {
        names(&mut drawing, &plane, scatter);
    }
    Some(drawing)
}

fn with_unit(title: &str, unit: &str) -> String {
    if unit.is_empty() { title.to_owned() } else { format!("{title} in {unit}") }
}

/// Beside a baseline the first group is what was before it: rings.
fn look(scatter: &Scatter, group: usize) -> (Colour, Colour) {
    match (scatter.line.is_empty(), group) {
        (false, 0) => ([0xff; 3], [0x7d, 0x89, 0x94]),
        (false, _) => {
            let colour = if group == 1 { STRONG } else { GROUPS[group % GROUPS.len()] };
            (colour, colour)
        }
        (true, _) => (GROUPS[group % GROUPS.len()], [0xff; 3]),
    }
}

fn entries(scatter: &Scatter) -> Vec<Entry<'_>> {
    let groups = scatter.groups.iter().enumerate().map(|(place, name)| {
        let (fill, edge) = look(scatter, place);
        Entry { name, sample: Sample::Dot(fill, edge) }
    });
    let line = (scatter.line.len() > 1 && !scatter.line_name.is_empty())
        .then_some(Entry { name: &scatter.line_name, sample: Sample::Line(LINE, 1.8, None) });
    groups.chain(line).filter(|entry| !entry.name.is_empty()).collect()
}

/// The benchmark as cross-hairs, with words in the four corners.
fn hairs(
    drawing: &mut Drawing,
    plane: &Plane,
    cross: (f64, f64),
    scatter: &Scatter,
    language: Language,
) {
    let (x, y) = (plane.x.at(cross.0), plane.y.at(cross.1));
    let across = vec![(plane.left, y), (plane.right, y)];
    let down = vec![(x, plane.top), (x, plane.bottom)];
    drawing.lines(vec![across, down], INK, 0.9, Some(3.0));
    let only = |title: &str| match title.chars().count() {
        // A long title stands beside the axis already.
        1..=24 => language.pick(format!("nur {title} hoch"), format!("only {title} high")),
        _ => String::new(),
    };
    let both = |high| match high {
        true => language.pick("beides hoch", "both high").to_owned(),
        false => language.pick("beides niedrig", "both low").to_owned(),
    };
    let (left, right) = (plane.left + 5.0, plane.right - 5.0);
    let (top, bottom) = (plane.top + 10.0, plane.bottom - 5.0);
    for (x, y, anchor, text) in [
        (right, top, Anchor::End, both(true)),
        (left, bottom, Anchor::Start, both(false)),
        (left, top, Anchor::Start, only(&scatter.y_title)),
        (right, bottom, Anchor::End, only(&scatter.x_title)),
    ] {
        let (size, bold, colour) = (SIZE + 0.5, true, [0x8a, 0x95, 0x9f]);
        drawing.words(Text { x, y, size, bold, anchor, colour, text });
    }
}

/// Large ones first: a small one stays seen.
fn dots(drawing: &mut Drawing, plane: &Plane, scatter: &Scatter) {
    let mut order: Vec<&Dot> = scatter.dots.iter().filter(|dot| plane.has(dot)).collect();
    order.sort_by(|one, other| other.size.total_cmp(&one.size));
    if order.len() > MANY {
        return clouds(drawing, plane, scatter, &order);
    }
    for dot in order {
        let radius = radius(dot);
        let (fill, edge) = look(scatter, dot.group);
        let (x, y) = plane.place(dot);
        drawing.shapes.push(Shape::Circle { x, y, radius, fill, edge });
    }
}

/// Of dots too many to differ in size: each group as one shape.
fn clouds(drawing: &mut Drawing, plane: &Plane, scatter: &Scatter, dots: &[&Dot]) {
    let last = dots.iter().map(|dot| dot.group).max().unwrap_or(0);
    for group in 0..=last {
        let (fill, edge) = look(scatter, group);
        let of = dots.iter().filter(|dot| dot.group == group);
        let points: Vec<_> = of.map(|dot| plane.place(dot)).collect();
        if !points.is_empty() {
            drawing.shapes.push(Shape::Dots { points: points.clone(), radius: 1.7, fill: edge });
            if fill != edge {
                drawing.shapes.push(Shape::Dots { points, radius: 1.0, fill });
            }
        }
    }
}

fn radius(dot: &Dot) -> f64 {
    2.2 + 7.0 * dot.size.clamp(0.0, 1.0).sqrt()
}

impl Plane {
    fn has(&self, dot: &Dot) -> bool {
        dot.x.is_finite() && dot.y.is_finite()
    }

    fn place(&self, dot: &Dot) -> (f64, f64) {
        (self.x.at(dot.x), self.y.at(dot.y))
    }
}

/// Left, top, right, bottom.
type Space = (f64, f64, f64, f64);

/// Each name at the place beside its dot, or near it, where it covers the least.
fn names(drawing: &mut Drawing, plane: &Plane, scatter: &Scatter) {
    let mut order: Vec<&Dot> = scatter.dots.iter().filter(|dot| plane.has(dot)).collect();
    order.sort_by(|one, other| other.size.total_cmp(&one.size));
    let dots = order.iter().map(|dot| {
        let ((x, y), radius) = (plane.place(dot), radius(dot));
        (x - radius, y - radius, x + radius, y + radius)
    });
    let hairs = scatter.cross.map(|(x, y)| (plane.x.at(x), plane.y.at(y)));
    let hairs = hairs.map(|(x, y)| {
        [(x - 1.0, plane.top, x + 1.0, plane.bottom), (plane.left, y - 1.0, plane.right, y + 1.0)]
    });
    let mut taken: Vec<Space> = dots.chain(hairs.into_iter().flatten()).collect();
    for dot in order.iter().filter(|dot| !dot.name.is_empty()) {
        let name = REGULAR.shortened(&dot.name, SMALL, 110.0);
        let width = REGULAR.width(&name, SMALL);
        let at = plane.place(dot);
        let best = AWAY
            .into_iter()
            .flat_map(|away| places(at, radius(dot) + away, width).map(|space| (away, space)))
            .filter(|(_, it)| it.0 >= plane.left && it.2 <= plane.right + 4.0)
            .filter(|(_, it)| it.1 >= plane.top && it.3 <= plane.bottom)
            .map(|(away, space)| {
                let covered: f64 = taken.iter().map(|it| shared(space, *it)).sum();
                (covered + away, away, space)
            })
            .min_by(|one, other| one.0.total_cmp(&other.0));
        let Some((_, away, space)) = best else { continue };
        if away > 0.0 {
            let near = (at.0.clamp(space.0, space.2), at.1.clamp(space.1, space.3));
            drawing.line(at, near, SOFT, 0.4);
        }
        taken.push(space);
        let (x, y, anchor) = (space.0, space.3 - 1.6, Anchor::Start);
        let text = name.into_owned();
        drawing.words(Text { x, y, size: SMALL, bold: false, anchor, colour: INK, text });
    }
}

/// How far from its dot a name may stand; then a line leads to it.
const AWAY: [f64; 4] = [0.0, 8.0, 16.0, 26.0];

/// Beside a dot of that radius, the preferred first.
fn places((x, y): (f64, f64), radius: f64, width: f64) -> [Space; 8] {
    let (height, gap) = (SMALL + 1.0, radius + 1.8);
    let near = radius * 0.7 + 1.0;
    let at = |left: f64, top: f64| (left, top, left + width, top + height);
    [
        at(x + gap, y - height / 2.0),
        at(x - gap - width, y - height / 2.0),
        at(x - width / 2.0, y - gap - height),
        at(x - width / 2.0, y + gap),
        at(x + near, y - near - height),
        at(x + near, y + near),
        at(x - near - width, y - near - height),
        at(x - near - width, y + near),
    ]
}

/// How much two cover in common.
fn shared(one: Space, other: Space) -> f64 {
    let across = one.2.min(other.2) - one.0.max(other.0);
    let down = one.3.min(other.3) - one.1.max(other.1);
    across.max(0.0) * down.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_neighbours_do_not_cover_each_other() {
        let dot = |place: usize| Dot {
            x: 1.0 + 0.06 * (place % 4) as f64,
            y: 1.0 + 0.06 * (place / 4) as f64,
            size: 0.1,
            name: format!("Gebäude {place}"),
            group: 0,
        };
        let far = Dot { x: 2.0, y: 2.0, ..dot(99) };
        let scatter =
            Scatter { dots: (0..12).map(dot).chain([far]).collect(), ..Scatter::default() };
        let drawing = draw(&scatter, Language::De).unwrap();
        let spaces: Vec<Space> = drawing
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Text(text) if text.text.starts_with("Gebäude") => {
                    let width = REGULAR.width(&text.text, text.size);
                    Some((text.x, text.y - text.size, text.x + width, text.y))
                }
                _ => None,
            })
            .collect();
        assert_eq!(spaces.len(), 13);
        let mut covered = 0.0;
        for (place, one) in spaces.iter().enumerate() {
            covered += spaces[place + 1..].iter().map(|it| shared(*one, *it)).sum::<f64>();
        }
        assert!(covered < 20.0, "{covered} square points");
    }

    #[test]
    fn no_dots_are_no_picture() {
        assert_eq!(draw(&Scatter::default(), Language::En), None);
    }
}
