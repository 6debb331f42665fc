//! The picture as a PNG file, twice as fine as a screen shows it. Its letters are a
//! part of DejaVu Sans (Latin, some Greek; `fonts/LICENSE`), for a site PC has no
//! fonts: 34 KiB of the program that the daemon never touches.

use jiff::tz::TimeZone;
use tiny_skia::{Color, FillRule, LineCap, Paint, Path, PathBuilder, Pixmap, Stroke, Transform};
use ttf_parser::{Face, OutlineBuilder};

use super::Trend;
use super::drawing::{Anchor, HEIGHT, TRACE, Text, WIDTH, drawing};

const FONT: &[u8] = include_bytes!("fonts/DejaVuSans-latin.ttf");
const SCALE: f32 = 2.0;

/// The whole file; `None` if it cannot be drawn, which a test rules out.
pub fn png(trend: &Trend<'_>, zone: &TimeZone) -> Option<Vec<u8>> {
    let drawing = drawing(trend, zone);
    let mut page = Pixmap::new(WIDTH as u32 * SCALE as u32, HEIGHT as u32 * SCALE as u32)?;
    page.fill(Color::WHITE);
    let scaled = Transform::from_scale(SCALE, SCALE);
    for line in &drawing.lines {
        let path = line_through(&[line.from, line.to])?;
        let paint = paint([line.grey; 3]);
        page.stroke_path(&path, &paint, &Stroke::default(), scaled, None);
    }
    let face = Face::parse(FONT, 0).ok()?;
    for text in &drawing.texts {
        // Of spaces alone there is nothing to draw.
        if let Some(path) = letters(&face, text) {
            page.fill_path(&path, &paint([0; 3]), FillRule::Winding, scaled, None);
        }
    }
    let stroke = Stroke { width: 1.5, line_cap: LineCap::Butt, ..Stroke::default() };
    for piece in &drawing.trace {
        page.stroke_path(&line_through(piece)?, &paint(TRACE), &stroke, scaled, None);
    }
    page.encode_png().ok()
}

fn paint([red, green, blue]: [u8; 3]) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(red, green, blue, 255);
    paint
}

fn line_through(points: &[(f64, f64)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let (first, rest) = points.split_first()?;
    path.move_to(first.0 as f32, first.1 as f32);
    rest.iter().for_each(|(x, y)| path.line_to(*x as f32, *y as f32));
    path.finish()
}

/// The outlines of a text; letters that the font lacks are a box.
fn letters(face: &Face<'_>, text: &Text) -> Option<Path> {
    let scale = text.size as f32 / f32::from(face.units_per_em());
    let glyphs: Vec<_> =
        text.text.chars().map(|letter| face.glyph_index(letter).unwrap_or_default()).collect();
    let advance = |glyph| f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * scale;
    let width: f32 = glyphs.iter().map(|glyph| advance(*glyph)).sum();
    let mut pen = Pen {
        path: PathBuilder::new(),
        x: text.x as f32
            - match text.anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => width / 2.0,
                Anchor::End => width,
            },
        y: text.y as f32,
        scale,
    };
    for glyph in glyphs {
        face.outline_glyph(glyph, &mut pen);
        pen.x += advance(glyph);
    }
    pen.path.finish()
}

/// Draws a letter at a place; fonts count upward, pages downward.
struct Pen {
    path: PathBuilder,
    x: f32,
    y: f32,
    scale: f32,
}

impl Pen {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
