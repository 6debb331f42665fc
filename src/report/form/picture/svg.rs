//! A drawing as SVG within a page: no styles, no script, nothing foreign.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Anchor, Drawing, Lines, Shape, Text};
use crate::report::form::escaped::Escaped;

/// The element. `words` tell what is to be seen to those who cannot.
#[must_use]
pub fn svg(drawing: &Drawing, words: &str) -> String {
    let (width, height) = (drawing.width, drawing.height);
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height:.1}\" \
         role=\"img\" aria-label=\"{}\">",
        Escaped(words)
    );
    for shape in &drawing.shapes {
        write_shape(&mut svg, shape);
    }
    svg.push_str("</svg>\n");
    svg
}

fn write_shape(svg: &mut String, shape: &Shape) {
    // Writing into a string does not fail.
    let _ = match shape {
        Shape::Rect { x, y, width, height, fill } => write!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"{}\"/>",
            Colour(*fill)
        ),
        Shape::Circle { x, y, radius, fill, edge } => write!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"{}\" \
             stroke=\"{}\" stroke-width=\".7\"/>",
            Colour(*fill),
            Colour(*edge)
        ),
        Shape::Dots { points, radius, fill } => write_dots(svg, points, *radius, *fill),
        Shape::Lines(lines) => write_lines(svg, lines),
        Shape::Text(text) => write_text(svg, text),
        Shape::Image { x, y, width, height, png } => write!(
            svg,
            "<image x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" \
             href=\"data:image/png;base64,{}\"/>",
            STANDARD.encode(png)
        ),
    };
}

/// Lines of no length with round ends: a tenth of the size of as many circles.
fn write_dots(
    svg: &mut String,
    points: &[(f64, f64)],
    radius: f64,
    fill: super::Colour,
) -> std::fmt::Result {
    svg.push_str("<path d=\"");
    for (x, y) in points {
        write!(svg, "M{x:.1} {y:.1}h0")?;
    }
    let (width, colour) = (2.0 * radius, Colour(fill));
    write!(svg, "\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-linecap=\"round\"/>")
}

fn write_lines(svg: &mut String, lines: &Lines) -> std::fmt::Result {
    svg.push_str("<path d=\"");
    for piece in &lines.pieces {
        for (place, (x, y)) in piece.iter().enumerate() {
            write!(svg, "{}{x:.1} {y:.1}", if place == 0 { 'M' } else { 'L' })?;
        }
    }
    let Lines { colour, width, dash, .. } = lines;
    write!(svg, "\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"", Colour(*colour))?;
    if let Some(dash) = dash {
        write!(svg, " stroke-dasharray=\"{dash}\"")?;
    }
    svg.write_str("/>")
}

fn write_text(svg: &mut String, text: &Text) -> std::fmt::Result {
    let anchor = match text.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = if text.bold { " font-weight=\"bold\"" } else { "" };
    write!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{}\" fill=\"{}\"{anchor}{weight}>{}</text>",
        text.x,
        text.y,
        text.size,
        Colour(text.colour),
        Escaped(&text.text)
    )
}

/// As `#0b4f8a`.
struct Colour(super::Colour);

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}
