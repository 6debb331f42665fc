//! The blocks of a report on paper, but for tables: title, headings, text, tiles,
//! pictures, lists, contents.

use super::flow::{
    BOTTOM, Flow, INK, Kind, LEFT, LINE, Mark, PALE, Piece, SOFT, STRONG, Style, TOP, rect, words,
};
use super::table;
use crate::report::document::{Block, Document, KeyFigure, Picture, Section, Standing};
use crate::report::form::picture::{Anchor, Colour, Shape, WIDTH};
use crate::report::form::{picture, shown};

const H1: Style = Style { size: 22.0, bold: true, after: 3.0, ..Style::TEXT };
const H2: Style = Style { size: 14.0, bold: true, colour: STRONG, after: 8.0, ..Style::TEXT };
const H3: Style = Style { size: 10.5, bold: true, after: 3.0, ..Style::TEXT };
const LEAD: Style = Style { size: 11.5, after: 9.0, ..Style::TEXT };
pub const TITLE: Style = Style { size: 9.0, bold: true, after: 3.0, ..Style::TEXT };
pub const NOTE: Style = Style { size: 7.0, colour: SOFT, after: 1.5, ..Style::TEXT };
const ENTRY: Style = Style { size: 8.5, after: 0.0, ..Style::TEXT };

pub fn title(flow: &mut Flow, document: &Document) {
    flow.set(None, (LEFT, flow.y), vec![rect(0.0, 0.0, WIDTH, 4.0, STRONG)]);
    flow.y += 13.0;
    let subject = Style { size: 10.5, bold: true, colour: STRONG, after: 0.0, ..Style::TEXT };
    flow.paragraph(0, Kind::Text, &document.subject, subject);
    flow.heading(0, 1, &document.title, H1);
    let style = Style { colour: SOFT, after: 4.0, ..Style::TEXT };
    flow.paragraph(0, Kind::Text, &shown::subtitle(document), style);
}

pub fn section(flow: &mut Flow, document: &Document, section: &Section) {
    if section.new_page && !flow.fresh() {
        flow.break_page();
    }
    flow.space(18.0);
    flow.room(H2.leading() + 90.0);
    let node = flow.node(0, Kind::Section);
    flow.marks.push(Mark { title: section.title.clone(), page: flow.page(), y: flow.y });
    flow.heading(node, 2, &section.title, Style { after: 2.0, ..H2 });
    flow.set(None, (LEFT, flow.y), vec![rect(0.0, 0.0, WIDTH, 1.0, STRONG)]);
    flow.y += H2.after;
    for block in &section.blocks {
        write_block(flow, document, node, block);
    }
}

fn write_block(flow: &mut Flow, document: &Document, parent: usize, block: &Block) {
    match block {
        Block::Heading(text) => {
            flow.space(8.0);
            flow.heading(parent, 3, text, H3);
        }
        Block::Lead(text) => flow.paragraph(parent, Kind::Text, text, LEAD),
        Block::Text(text) => flow.paragraph(parent, Kind::Text, text, Style::TEXT),
        Block::Figures(figures) => tiles(flow, parent, figures),
        Block::Table(view) => table::table(flow, document, parent, view),
        Block::Picture(picture) => draw(flow, document, parent, picture),
        Block::List(points) => list(flow, parent, points),
        Block::Notes(notes) => {
            for note in notes {
                flow.paragraph(parent, Kind::Text, note, NOTE);
            }
            flow.y += 4.0;
        }
    }
}

fn list(flow: &mut Flow, parent: usize, points: &[String]) {
    let list = flow.node(parent, Kind::List);
    let style = Style { indent: 12.0, after: 2.0, ..Style::TEXT };
    for point in points {
        let item = flow.node(list, Kind::Item);
        let label = flow.node(item, Kind::Label);
        flow.room(style.leading() * 2.0);
        let dot = words(3.0, style.size * 1.05, style, Anchor::Start, "•");
        flow.set(Some(label), (LEFT, flow.y), vec![dot]);
        flow.paragraph(item, Kind::ItemBody, point, style);
    }
    flow.y += 5.0;
}

/// Four or eight in lines of four, others in lines of three; few share the width.
fn tiles(flow: &mut Flow, parent: usize, figures: &[KeyFigure]) {
    const GAP: f64 = 8.0;
    let fours = figures.len().is_multiple_of(4);
    let across = figures.len().min(if fours { 4 } else { 3 });
    if across == 0 {
        return;
    }
    let width = (WIDTH - GAP * (across - 1) as f64) / across as f64;
    for line in figures.chunks(across) {
        let tiles: Vec<_> = line.iter().map(|figure| tile(figure, width)).collect();
        let height = tiles.iter().map(|tile| tile.1).fold(0.0, f64::max);
        flow.room(height);
        for (place, ((shapes, _), figure)) in tiles.into_iter().zip(line).enumerate() {
            let at = (LEFT + (width + GAP) * place as f64, flow.y);
            let edge = [
                rect(0.0, 0.0, width, height, LINE),
                rect(0.7, 0.7, width - 1.4, height - 1.4, PALE),
            ];
            let strip = rect(0.0, 0.0, 4.0, height, standing(figure.standing).0);
            flow.set(None, at, edge.into_iter().chain([strip]).collect());
            let node = flow.node(parent, Kind::Text);
            flow.set(Some(node), at, shapes);
        }
        flow.y += height + GAP;
    }
    flow.y += 4.0;
}

/// The texts of a tile, and how tall it is.
fn tile(figure: &KeyFigure, width: f64) -> (Vec<Shape>, f64) {
    let small = Style { size: 7.5, ..Style::TEXT };
    let parts = [
        (&figure.label, Style { colour: SOFT, ..small }),
        (&figure.value, Style { size: 13.0, bold: true, ..Style::TEXT }),
        (&figure.note, Style { colour: standing(figure.standing).1, ..small }),
    ];
    let mut shapes = Vec::new();
    let mut y = 5.0;
    for (text, style) in parts.into_iter().filter(|(text, _)| !text.is_empty()) {
        for line in style.font().wrapped(text, style.size, width - 22.0) {
            shapes.push(words(12.0, y + style.size * 1.05, style, Anchor::Start, &line));
            y += style.size * 1.32;
        }
    }
    (shapes, y + 5.0)
}

/// Of the strip and of the note.
fn standing(standing: Standing) -> (Colour, Colour) {
    match standing {
        Standing::Plain => (SOFT, INK),
        Standing::Good => ([0x2f, 0x9e, 0x78], [0x17, 0x68, 0x4c]),
        Standing::Middling => ([0xe0, 0xa1, 0x00], [0x7a, 0x56, 0x00]),
        Standing::Bad => ([0xa8, 0x3a, 0x22], [0x94, 0x30, 0x1b]),
    }
}

/// Title, picture and what is to be seen, on one page; smaller if it must be.
fn draw(flow: &mut Flow, document: &Document, parent: usize, picture: &Picture) {
    let drawing = picture::drawing(&picture.chart, document.language);
    let caption = NOTE.font().wrapped(&picture.caption, NOTE.size, WIDTH).len() as f64;
    let title = TITLE.font().wrapped(&picture.title, TITLE.size, WIDTH).len() as f64;
    let around = title * TITLE.leading() + caption * NOTE.leading() + 12.0;
    let scale = ((BOTTOM - TOP - around) / drawing.height).clamp(0.1, 1.0);
    let height = drawing.height * scale;
    flow.room(height + around);
    flow.paragraph(parent, Kind::Text, &picture.title, TITLE);
    let node = flow.node(parent, Kind::Figure(format!("{}. {}", picture.title, picture.caption)));
    let (page, x, y) = (flow.page(), LEFT + WIDTH * (1.0 - scale) / 2.0, flow.y);
    let shapes = drawing.shapes;
    flow.set_on(page, Piece { node: Some(node), x, y, scale, shapes, link: None });
    flow.y += height + 3.0;
    flow.paragraph(parent, Kind::Caption, &picture.caption, NOTE);
    flow.y += 8.0;
}

/// All sections with their pages, in two columns.
pub fn contents(flow: &mut Flow, document: &Document) {
    const GAP: f64 = 24.0;
    let width = (WIDTH - GAP) / 2.0;
    let leading = ENTRY.leading();
    let most = ((BOTTOM - TOP - 40.0) / leading) as usize * 2;
    let all: Vec<_> = document.sections.iter().enumerate().collect();
    flow.space(14.0);
    let node = flow.node(0, Kind::Contents);
    for (place, some) in all.chunks(most.max(2)).enumerate() {
        let half = some.len().div_ceil(2);
        flow.room(half as f64 * leading + 30.0);
        if place == 0 {
            let title = document.language.pick("Inhalt", "Contents");
            flow.heading(0, 2, title, Style { size: 10.5, after: 2.0, ..H2 });
        }
        for (line, (section, of)) in some.iter().enumerate() {
            let x = LEFT + if line < half { 0.0 } else { width + GAP };
            let y = flow.y + leading * (line % half) as f64 + ENTRY.size;
            let entry = flow.node(node, Kind::Entry);
            let link = flow.node(entry, Kind::Link);
            let name = ENTRY.font().shortened(&of.title, ENTRY.size, width - 30.0);
            let shapes = vec![words(0.0, 0.0, ENTRY, Anchor::Start, &name)];
            let reach = Some((*section, width, leading));
            let piece = Piece { node: Some(link), x, y, scale: 1.0, shapes, link: reach };
            flow.set_on(flow.page(), piece);
            flow.to_fill.push((*section, flow.page(), x + width, y, link));
        }
        flow.y += half as f64 * leading + 8.0;
    }
}
