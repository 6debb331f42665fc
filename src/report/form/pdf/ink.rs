//! Pages of shapes and their tree as PDF, by the crate krilla. Refuses nothing: letters
//! that the fonts lack are drawn as a sign that says so.

use std::num::NonZeroU16;

use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, Configuration, ConfigurationBuilder};
use krilla::destination::{Destination, XyzDestination};
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, LineCap, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, TableHeaderScope, Tag, TagGroup,
    TagKind, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document as Pdf, SerializeSettings};

use super::PdfError;
use super::flow::{Child, Flow, Kind, LEFT, PAGE, Piece, SOFT, Style, words};
use crate::report::document::Document;
use crate::report::form::escaped::printable;
use crate::report::form::picture::{Anchor, Colour, Lines, Shape, Text, WIDTH};
use crate::report::form::{font, shown};

/// Both fonts, as they are embedded.
struct Fonts {
    regular: Font,
    bold: Font,
}

/// The whole file.
pub fn write(document: &Document, flow: &Flow) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts {
        regular: Font::new(font::REGULAR.bytes().into(), 0).ok_or(PdfError::Fonts)?,
        bold: Font::new(font::BOLD.bytes().into(), 0).ok_or(PdfError::Fonts)?,
    };
    let settings =
        SerializeSettings { configuration: standards()?, ..SerializeSettings::default() };
    let mut pdf = Pdf::new_with(settings);
    pdf.set_metadata(metadata(document));
    let mut identifiers: Vec<Vec<Vec<Identifier>>> = Vec::with_capacity(flow.pages.len());
    for (place, pieces) in flow.pages.iter().enumerate() {
        let mut page = pdf.start_page_with(
            PageSettings::from_wh(PAGE.0 as f32, PAGE.1 as f32).unwrap_or_default(),
        );
        let mut surface = page.surface();
        let mut here: Vec<Vec<Identifier>> = Vec::with_capacity(pieces.len());
        for piece in pieces {
            here.push(draw(&mut surface, piece, &fonts));
        }
        foot(&mut surface, document, place + 1, flow.pages.len(), &fonts);
        surface.finish();
        for (piece, identifiers) in pieces.iter().zip(&mut here) {
            if let Some(link) = link(piece, flow) {
                identifiers.push(page.add_tagged_annotation(link));
            }
        }
        page.finish();
        identifiers.push(here);
    }
    pdf.set_outline(outline(flow));
    let mut tree = TagTree::new().with_lang(Some(language(document).to_owned()));
    for child in &flow.nodes[0].children {
        if let Child::Node(node) = child {
            tree.push(group(flow, *node, &mut identifiers));
        }
    }
    pdf.set_tag_tree(tree);
    pdf.finish().map_err(|why| PdfError::Refused(format!("{why:?}")))
}

/// For archives and for screen readers.
fn standards() -> Result<Configuration, PdfError> {
    ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|why| PdfError::Refused(format!("{why:?}")))
}

fn language(document: &Document) -> &'static str {
    document.language.pick("de-DE", "en-GB")
}

fn metadata(document: &Document) -> Metadata {
    // Archives want a time; that of the report, not of the machine.
    let made = document.made.unwrap_or_else(|| document.last.at(0, 0, 0, 0));
    let number = |of: i8| of.unsigned_abs();
    let made = DateTime::new(made.year().unsigned_abs())
        .month(number(made.month()))
        .day(number(made.day()))
        .hour(number(made.hour()))
        .minute(number(made.minute()))
        .second(number(made.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    let title = format!("{} – {}", document.title, document.subject);
    Metadata::new()
        .title(printable(&title))
        .language(language(document).to_owned())
        .creator("hauswart".to_owned())
        .creation_date(made)
}

fn outline(flow: &Flow) -> Outline {
    let mut outline = Outline::new();
    for mark in &flow.marks {
        let there = XyzDestination::new(mark.page, Point::from_xy(0.0, mark.y as f32));
        outline.push_child(OutlineNode::new(said(&mark.title), there));
    }
    outline
}

/// Read aloud, it must say something.
fn said(text: &str) -> String {
    let text = printable(text);
    if text.trim().is_empty() { shown::UNKNOWN.to_owned() } else { text }
}

fn link(piece: &Piece, flow: &Flow) -> Option<Annotation> {
    let (place, width, height) = piece.link?;
    let mark = flow.marks.get(place)?;
    let (x, y) = (piece.x as f32, (piece.y - height * 0.75) as f32);
    let rect = Rect::from_xywh(x, y, width as f32, height as f32)?;
    let there = XyzDestination::new(mark.page, Point::from_xy(0.0, mark.y as f32));
    let target = Target::Destination(Destination::Xyz(there));
    let link = LinkAnnotation::new(rect, target);
    Some(Annotation::new_link(link, Some(said(&mark.title))))
}

/// Title and number, at the foot of the page.
fn foot(surface: &mut Surface<'_>, document: &Document, page: usize, of: usize, fonts: &Fonts) {
    let style = Style { size: 7.5, colour: SOFT, ..Style::TEXT };
    let number =
        document.language.pick(format!("Seite {page} von {of}"), format!("Page {page} of {of}"));
    let title = format!("{} · {}", document.title, document.subject);
    let title = style.font().shortened(&title, style.size, WIDTH - 90.0);
    let shapes = vec![
        words(0.0, 0.0, style, Anchor::Start, &title),
        words(WIDTH, 0.0, style, Anchor::End, &number),
    ];
    let (x, y) = (LEFT, PAGE.1 - 34.0);
    draw(surface, &Piece { node: None, x, y, scale: 1.0, shapes, link: None }, fonts);
}

/// What it is called in the tree; nothing for ornament.
fn draw(surface: &mut Surface<'_>, piece: &Piece, fonts: &Fonts) -> Vec<Identifier> {
    if piece.shapes.is_empty() {
        return Vec::new();
    }
    let identifier = surface.start_tagged(match piece.node {
        Some(_) => ContentTag::Other,
        None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)),
    });
    let (scale, x, y) = (piece.scale as f32, piece.x as f32, piece.y as f32);
    surface.push_transform(&Transform::from_row(scale, 0.0, 0.0, scale, x, y));
    for shape in &piece.shapes {
        draw_shape(surface, shape, fonts);
    }
    surface.pop();
    surface.end_tagged();
    piece.node.map(|_| identifier).into_iter().collect()
}

fn fill(colour: Colour) -> Fill {
    let [red, green, blue] = colour;
    Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }
}

fn stroke(colour: Colour, width: f64) -> Stroke {
    Stroke { paint: fill(colour).paint, width: width as f32, ..Stroke::default() }
}

fn draw_shape(surface: &mut Surface<'_>, shape: &Shape, fonts: &Fonts) {
    match shape {
        Shape::Rect { x, y, width, height, fill: colour } => {
            let rect = Rect::from_xywh(*x as f32, *y as f32, *width as f32, *height as f32);
            let mut path = PathBuilder::new();
            if let Some(rect) = rect {
                path.push_rect(rect);
            }
            fill_path(surface, path, Some(fill(*colour)), None);
        }
        Shape::Circle { x, y, radius, fill: colour, edge } => {
            let path = circle(*x as f32, *y as f32, *radius as f32);
            fill_path(surface, path, Some(fill(*colour)), Some(stroke(*edge, 0.7)));
        }
        Shape::Dots { points, radius, fill } => {
            let mut path = PathBuilder::new();
            for (x, y) in points {
                path.move_to(*x as f32, *y as f32);
                path.line_to(*x as f32 + 0.01, *y as f32);
            }
            let round = Stroke { line_cap: LineCap::Round, ..stroke(*fill, 2.0 * radius) };
            fill_path(surface, path, None, Some(round));
        }
        Shape::Lines(lines) => draw_lines(surface, lines),
        Shape::Text(text) => draw_text(surface, text, fonts),
        Shape::Image { x, y, width, height, png } => {
            let image = Image::from_png(png.clone().into(), false).ok();
            let Some((image, size)) = image.zip(Size::from_wh(*width as f32, *height as f32))
            else {
                return;
            };
            surface.push_transform(&Transform::from_translate(*x as f32, *y as f32));
            surface.draw_image(image, size);
            surface.pop();
        }
    }
}

fn fill_path(
    surface: &mut Surface<'_>,
    path: PathBuilder,
    fill: Option<Fill>,
    stroke: Option<Stroke>,
) {
    if let Some(path) = path.finish() {
        surface.set_fill(fill);
        surface.set_stroke(stroke);
        surface.draw_path(&path);
    }
}

fn circle(x: f32, y: f32, radius: f32) -> PathBuilder {
    // A quarter of a circle by a cubic curve.
    let arm = radius * 0.552_285;
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.cubic_to(x + radius, y + arm, x + arm, y + radius, x, y + radius);
    path.cubic_to(x - arm, y + radius, x - radius, y + arm, x - radius, y);
    path.cubic_to(x - radius, y - arm, x - arm, y - radius, x, y - radius);
    path.cubic_to(x + arm, y - radius, x + radius, y - arm, x + radius, y);
    path.close();
    path
}

fn draw_lines(surface: &mut Surface<'_>, lines: &Lines) {
    let mut path = PathBuilder::new();
    for piece in &lines.pieces {
        for (place, (x, y)) in piece.iter().enumerate() {
            if place == 0 {
                path.move_to(*x as f32, *y as f32);
            } else {
                path.line_to(*x as f32, *y as f32);
            }
        }
    }
    let mut stroke = stroke(lines.colour, lines.width);
    stroke.dash = lines.dash.map(|dash| StrokeDash { array: vec![dash as f32; 2], offset: 0.0 });
    fill_path(surface, path, None, Some(stroke));
}

fn draw_text(surface: &mut Surface<'_>, text: &Text, fonts: &Fonts) {
    let said = printable(&text.text);
    let font = text.font();
    let glyphs: Vec<KrillaGlyph> = said
        .char_indices()
        .map(|(place, letter)| {
            let glyph = font.glyph(letter).map_or(0, |glyph| u32::from(glyph.0));
            let range = place..place + letter.len_utf8();
            let advance = font.advance(letter) as f32;
            KrillaGlyph::new(GlyphId::new(glyph), advance, 0.0, 0.0, 0.0, range, None)
        })
        .collect();
    surface.set_fill(Some(fill(text.colour)));
    surface.set_stroke(None);
    let embedded = if text.bold { &fonts.bold } else { &fonts.regular };
    let start = Point::from_xy(text.left() as f32, text.y as f32);
    surface.draw_glyphs(start, &glyphs, embedded.clone(), &said, text.size as f32, false);
}

/// A node with all below it.
fn group(flow: &Flow, place: usize, identifiers: &mut [Vec<Vec<Identifier>>]) -> TagGroup {
    let node = &flow.nodes[place];
    let mut group = TagGroup::new(tag(&node.kind));
    for child in &node.children {
        match child {
            Child::Node(node) => group.push(self::group(flow, *node, identifiers)),
            Child::Piece(page, piece) => {
                for identifier in std::mem::take(&mut identifiers[*page][*piece]) {
                    group.push(identifier);
                }
            }
        }
    }
    group
}

fn tag(kind: &Kind) -> TagKind {
    match kind {
        Kind::Section => Tag::Section.into(),
        Kind::Heading(level, title) => {
            let level = NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(said(title))).into()
        }
        Kind::Text => Tag::P.into(),
        Kind::Caption => Tag::Caption.into(),
        Kind::Table => Tag::Table.into(),
        Kind::Head => Tag::THead.into(),
        Kind::Body => Tag::TBody.into(),
        Kind::Row => Tag::TR.into(),
        Kind::ColumnHead => Tag::TH(TableHeaderScope::Column).into(),
        Kind::RowHead => Tag::TH(TableHeaderScope::Row).into(),
        Kind::Cell => Tag::TD.into(),
        Kind::List => Tag::L(ListNumbering::Disc).into(),
        Kind::Item => Tag::LI.into(),
        Kind::Label => Tag::Lbl.into(),
        Kind::ItemBody => Tag::LBody.into(),
        Kind::Figure(words) => Tag::Figure(Some(printable(words))).into(),
        Kind::Contents => Tag::TOC.into(),
        Kind::Entry => Tag::TOCI.into(),
        Kind::Link => Tag::Link.into(),
    }
}
