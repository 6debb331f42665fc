//! Draws the pictures of a report: a chart becomes a drawing, of few kinds of shapes,
//! which the page writes as SVG and the print as lines of its own. So they cannot
//! differ. In points, from the upper left corner.
//!
//! Colours can be told apart by the colour-blind and as greys in print; where a colour
//! alone would say something, a hatch, a ring or a stroke says it too.

mod axis;
mod bars;
mod carpet;
mod ranking;
mod scatter;
mod svg;

pub use svg::svg;

use super::font::{BOLD, Font, REGULAR};
use crate::model::Language;
use crate::report::document::Chart;

/// As wide as the text on an A4 page.
pub const WIDTH: f64 = 493.0;
const SIZE: f64 = 7.5;

const INK: Colour = [0x22, 0x2b, 0x33];
const SOFT: Colour = [0x5c, 0x68, 0x73];
const GRID: Colour = [0xd8, 0xde, 0xe3];
const STRONG: Colour = [0x0b, 0x4f, 0x8a];

/// Of groups that stand beside each other: after Okabe and Ito, unlike also as greys.
const GROUPS: [Colour; 8] = [
    [0x0b, 0x4f, 0x8a],
    [0xe0, 0x8a, 0x00],
    [0x86, 0xcf, 0xb4],
    [0xa8, 0x3a, 0x22],
    [0x6f, 0xb7, 0xe3],
    [0x6a, 0x4c, 0x93],
    [0x8a, 0x93, 0x9b],
    [0xd0, 0x6f, 0xa3],
];

pub type Colour = [u8; 3];

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    pub width: f64,
    pub height: f64,
    /// The later lies above the earlier.
    pub shapes: Vec<Shape>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Rect {
        x: f64,
        y: f64,
        width: f64,
        height: f64,
        fill: Colour,
    },
    Lines(Lines),
    /// Many alike.
    Dots {
        points: Vec<(f64, f64)>,
        radius: f64,
        fill: Colour,
    },
    Circle {
        x: f64,
        y: f64,
        radius: f64,
        fill: Colour,
        edge: Colour,
    },
    Text(Text),
    /// A PNG file of few dots, shown as squares; some are transparent.
    Image {
        x: f64,
        y: f64,
        width: f64,
        height: f64,
        png: Vec<u8>,
    },
}

/// One or several lines, each through some points.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    pub pieces: Vec<Vec<(f64, f64)>>,
    pub colour: Colour,
    pub width: f64,
    /// So long drawn, so long not.
    pub dash: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    pub x: f64,
    /// Of the line that letters stand on.
    pub y: f64,
    pub size: f64,
    pub bold: bool,
    pub anchor: Anchor,
    pub colour: Colour,
    pub text: String,
}

/// Which of its points a text is set by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// The chart as a drawing; a chart of no data says so.
#[must_use]
pub fn drawing(chart: &Chart, language: Language) -> Drawing {
    let drawn = match chart {
        Chart::Bars(bars) => bars::draw(bars, language),
        Chart::Ranking(ranked, unit) => ranking::draw(ranked, unit, language),
        Chart::Scatter(scatter) => scatter::draw(scatter, language),
        Chart::Carpet(carpet) => carpet::draw(carpet, language),
    };
    drawn.unwrap_or_else(|| {
        let mut drawing = Drawing::new(36.0);
        let text = language.pick("Keine Daten in diesem Zeitraum", "No data in this period");
        drawing.text(WIDTH / 2.0, 21.0, Anchor::Middle, SOFT, text);
        drawing
    })
}

impl Drawing {
    const fn new(height: f64) -> Self {
        Self { width: WIDTH, height, shapes: Vec::new() }
    }

    fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, fill: Colour) {
        self.shapes.push(Shape::Rect { x, y, width, height, fill });
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: Colour, width: f64) {
        self.lines(vec![vec![from, to]], colour, width, None);
    }

    fn lines(
        &mut self,
        pieces: Vec<Vec<(f64, f64)>>,
        colour: Colour,
        width: f64,
        dash: Option<f64>,
    ) {
        if !pieces.is_empty() {
            self.shapes.push(Shape::Lines(Lines { pieces, colour, width, dash }));
        }
    }

    fn text(&mut self, x: f64, y: f64, anchor: Anchor, colour: Colour, text: impl Into<String>) {
        self.words(Text { x, y, size: SIZE, bold: false, anchor, colour, text: text.into() });
    }

    fn words(&mut self, text: Text) {
        self.shapes.push(Shape::Text(text));
    }

    /// Strokes from lower left to upper right over a rectangle, and its edge: something
    /// is there, but not all of it.
    fn hatched(&mut self, x: f64, y: f64, width: f64, height: f64, colour: Colour) {
        const APART: f64 = 2.6;
        let mut pieces = Vec::new();
        let mut at = APART;
        // The stroke that begins `at` along the left edge, then the lower one.
        while at < width + height {
            let from = ((at - height).max(0.0), at.min(height));
            let to = (at.min(width), (at - width).max(0.0));
            pieces.push(vec![(x + from.0, y + from.1), (x + to.0, y + to.1)]);
            at += APART;
        }
        self.lines(pieces, colour, 0.6, None);
        let (right, bottom) = (x + width, y + height);
        let edge = vec![(x, y), (right, y), (right, bottom), (x, bottom), (x, y)];
        self.lines(vec![edge], colour, 0.6, None);
    }

    /// Samples with their names, in as many lines as it takes, from the left. The height.
    fn legend(&mut self, x: f64, y: f64, width: f64, entries: &[Entry<'_>]) -> f64 {
        let (mut at, mut line) = (x, y);
        for entry in entries {
            let name = REGULAR.shortened(entry.name, SIZE, width - 24.0);
            let length = 13.0 + REGULAR.width(&name, SIZE) + 11.0;
            if at > x && at + length > x + width {
                (at, line) = (x, line + 11.0);
            }
            self.sample(at, line, &entry.sample);
            self.text(at + 13.0, line + 2.7, Anchor::Start, INK, name);
            at += length;
        }
        line - y + 11.0
    }

    /// About the middle of a line of a legend.
    fn sample(&mut self, x: f64, y: f64, sample: &Sample) {
        match *sample {
            Sample::Box(fill) => self.rect(x, y - 3.5, 9.0, 7.0, fill),
            Sample::Hatched(colour) => self.hatched(x, y - 3.5, 9.0, 7.0, colour),
            Sample::Line(colour, width, dash) => {
                self.lines(vec![vec![(x, y), (x + 10.0, y)]], colour, width, dash);
            }
            Sample::Stroke(colour, dash) => {
                self.lines(vec![vec![(x + 5.0, y - 4.5), (x + 5.0, y + 4.5)]], colour, 1.4, dash);
            }
            Sample::Dot(fill, edge) => {
                let (x, radius) = (x + 5.0, 2.6);
                self.shapes.push(Shape::Circle { x, y, radius, fill, edge });
            }
        }
    }
}

/// A line of a legend.
struct Entry<'a> {
    name: &'a str,
    sample: Sample,
}

enum Sample {
    Box(Colour),
    Hatched(Colour),
    Line(Colour, f64, Option<f64>),
    /// Upright.
    Stroke(Colour, Option<f64>),
    Dot(Colour, Colour),
}

impl Text {
    #[must_use]
    pub const fn font(&self) -> &'static Font {
        if self.bold { &BOLD } else { &REGULAR }
    }

    /// Where it begins; spaces at its end do not count.
    #[must_use]
    pub fn left(&self) -> f64 {
        let width = self.font().width(self.text.trim_end_matches(' '), self.size);
        match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - width / 2.0,
            Anchor::End => self.x - width,
        }
    }
}
