//! The picture as an SVG file.

use std::fmt::Write;

use jiff::tz::TimeZone;

use super::Trend;
use super::drawing::{Anchor, HEIGHT, TRACE, WIDTH, drawing};
use crate::model::Language;

/// The whole file.
pub fn svg(trend: &Trend<'_>, zone: &TimeZone, language: Language) -> String {
    let drawing = drawing(trend, zone);
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\" role=\"img\" lang=\"{}\">\n\
         <title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        language.pick("de", "en"),
        escaped(trend.name),
    );
    for line in &drawing.lines {
        let ((x, y), (to_x, to_y), grey) = (line.from, line.to, line.grey);
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}\" \
             stroke=\"#{grey:02x}{grey:02x}{grey:02x}\"/>"
        );
    }
    for text in &drawing.texts {
        let anchor = match text.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (x, y, size, words) = (text.x, text.y, text.size, escaped(&text.text));
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\">\
             {words}</text>"
        );
    }
    let mut path = String::new();
    for piece in &drawing.trace {
        for (place, (x, y)) in piece.iter().enumerate() {
            let _ = write!(path, "{}{x:.0} {y:.1}", if place == 0 { 'M' } else { 'L' });
        }
    }
    let [red, green, blue] = TRACE;
    let _ = write!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"#{red:02x}{green:02x}{blue:02x}\" \
         stroke-width=\"1.5\"/>\n</svg>\n"
    );
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
