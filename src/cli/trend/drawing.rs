//! What the picture for paper is made of, whoever draws it: lines of the grid, texts,
//! and the trace. In points of 1/96 inch, from the upper left corner.

use jiff::tz::TimeZone;

use super::Trend;

pub const WIDTH: f64 = 960.0;
pub const HEIGHT: f64 = 360.0;
pub const TRACE: [u8; 3] = [0x0b, 0x62, 0xa4];
const LEFT: f64 = 96.0;
const TOP: f64 = 40.0;
const RIGHT: f64 = 28.0;
const BOTTOM: f64 = 32.0;
const INNER: f64 = WIDTH - LEFT - RIGHT;
const TALL: f64 = HEIGHT - TOP - BOTTOM;

/// Which of its points a text is set by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Debug, Clone)]
pub struct Text {
    pub x: f64,
    /// Of the line that letters stand on.
    pub y: f64,
    pub size: f64,
    pub anchor: Anchor,
    pub text: String,
}

/// A line of the grid, across or down.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub from: (f64, f64),
    pub to: (f64, f64),
    pub grey: u8,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Drawing {
    pub lines: Vec<Line>,
    pub texts: Vec<Text>,
    /// Pieces of the trace; each is a line through these points.
    pub trace: Vec<Vec<(f64, f64)>>,
}

/// The picture of a point over time.
pub fn drawing(trend: &Trend<'_>, zone: &TimeZone) -> Drawing {
    let (low, high) = trend.range();
    let y = |value: f64| TOP + TALL * (1.0 - (value - low) / (high - low));
    let mut drawing = Drawing::default();
    let name = trend.name.to_owned();
    drawing.texts.push(Text { x: LEFT, y: 24.0, size: 15.0, anchor: Anchor::Start, text: name });
    for value in trend.ticks() {
        let at = y(value);
        drawing.lines.push(Line { from: (LEFT, at), to: (LEFT + INNER, at), grey: 0xdd });
        let text = trend.kind.display(value);
        let (x, y) = (LEFT - 8.0, at + 4.0);
        drawing.texts.push(Text { x, y, size: 12.0, anchor: Anchor::End, text });
    }
    for step in 0..=6_i32 {
        let at_ms = trend.span.from_ms + trend.span.length_ms() * i64::from(step) / 6;
        let x = LEFT + INNER * f64::from(step) / 6.0;
        drawing.lines.push(Line { from: (x, TOP), to: (x, TOP + TALL), grey: 0xee });
        let text = trend.label(at_ms, zone);
        let y = HEIGHT - 10.0;
        drawing.texts.push(Text { x, y, size: 12.0, anchor: Anchor::Middle, text });
    }
    let mut piece: Vec<(f64, f64)> = Vec::new();
    for (place, column) in trend.columns(INNER as usize).into_iter().enumerate() {
        match column {
            Some((low, high)) => {
                let (x, low, high) = (LEFT + place as f64, y(low), y(high));
                // From where the trace is to the nearer end, and on through the other.
                let falls = piece.last().is_some_and(|(_, y)| (y - high).abs() < (y - low).abs());
                let (first, last) = if falls { (high, low) } else { (low, high) };
                piece.extend([(x, first), (x, last), (x + 1.0, last)]);
            }
            None if piece.is_empty() => {}
            None => drawing.trace.push(std::mem::take(&mut piece)),
        }
    }
    if !piece.is_empty() {
        drawing.trace.push(piece);
    }
    drawing
}
