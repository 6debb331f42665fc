//! What is set on which page: shapes go down the page, and on the next where there is no
//! room. Beside the pages grows the tree of what the shapes are, for screen readers and
//! for reading order. In points, from the upper left corner of the page.

use crate::report::form::font::{BOLD, Font, REGULAR};
use crate::report::form::picture::{Anchor, Colour, Shape, Text, WIDTH};

pub const PAGE: (f64, f64) = (595.28, 841.89);
pub const LEFT: f64 = (PAGE.0 - WIDTH) / 2.0;
pub const TOP: f64 = 51.0;
pub const BOTTOM: f64 = PAGE.1 - 62.0;

pub const INK: Colour = [0x22, 0x2b, 0x33];
pub const SOFT: Colour = [0x5c, 0x68, 0x73];
pub const STRONG: Colour = [0x0b, 0x4f, 0x8a];
pub const LINE: Colour = [0xcf, 0xd6, 0xdc];
pub const PALE: Colour = [0xf3, 0xf6, 0xf8];

/// Shapes at a place of a page.
#[derive(Debug)]
pub struct Piece {
    /// What they are; `None`: ornament, which nobody is read aloud.
    pub node: Option<usize>,
    pub x: f64,
    pub y: f64,
    pub scale: f64,
    pub shapes: Vec<Shape>,
    /// Leads to that place of the outline; so wide and tall is what is clicked.
    pub link: Option<(usize, f64, f64)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Section,
    Heading(u16, String),
    Text,
    Caption,
    Table,
    Head,
    Body,
    Row,
    ColumnHead,
    RowHead,
    Cell,
    List,
    Item,
    Label,
    ItemBody,
    /// In words.
    Figure(String),
    Contents,
    Entry,
    Link,
}

#[derive(Debug)]
pub struct Node {
    pub kind: Kind,
    pub children: Vec<Child>,
}

#[derive(Debug, Clone, Copy)]
pub enum Child {
    Node(usize),
    /// Page, place there.
    Piece(usize, usize),
}

/// A bookmark.
#[derive(Debug)]
pub struct Mark {
    pub title: String,
    pub page: usize,
    pub y: f64,
}

/// How a paragraph is set.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub size: f64,
    pub bold: bool,
    pub colour: Colour,
    pub indent: f64,
    pub after: f64,
}

/// See the module. Node 0 is the whole.
#[derive(Debug)]
pub struct Flow {
    pub pages: Vec<Vec<Piece>>,
    pub nodes: Vec<Node>,
    pub marks: Vec<Mark>,
    pub y: f64,
    /// Where the page of a section is written once it is known: its mark, page, place
    /// and node.
    pub to_fill: Vec<(usize, usize, f64, f64, usize)>,
}

impl Default for Flow {
    fn default() -> Self {
        let whole = Node { kind: Kind::Section, children: Vec::new() };
        let (marks, to_fill) = (Vec::new(), Vec::new());
        Self { pages: vec![Vec::new()], nodes: vec![whole], marks, y: TOP, to_fill }
    }
}

impl Style {
    pub const TEXT: Self = Self { size: 9.0, bold: false, colour: INK, indent: 0.0, after: 6.0 };

    pub const fn leading(&self) -> f64 {
        self.size * 1.4
    }

    pub const fn font(&self) -> &'static Font {
        if self.bold { &BOLD } else { &REGULAR }
    }
}

impl Flow {
    pub const fn page(&self) -> usize {
        self.pages.len().saturating_sub(1)
    }

    pub fn fresh(&self) -> bool {
        self.y <= TOP
    }

    pub fn break_page(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Goes to the next page unless there is so much room here.
    pub fn room(&mut self, height: f64) {
        if !self.fresh() && self.y + height > BOTTOM {
            self.break_page();
        }
    }

    /// Room left on this page.
    pub fn left(&self) -> f64 {
        BOTTOM - self.y
    }

    /// White space, which does not begin a page.
    pub fn space(&mut self, height: f64) {
        if !self.fresh() {
            self.y += height;
        }
    }

    pub fn node(&mut self, parent: usize, kind: Kind) -> usize {
        let place = self.nodes.len();
        self.nodes.push(Node { kind, children: Vec::new() });
        self.nodes[parent].children.push(Child::Node(place));
        place
    }

    /// Sets shapes at a place of this page, without going on.
    pub fn set(&mut self, node: Option<usize>, (x, y): (f64, f64), mut shapes: Vec<Shape>) {
        // Most are of one shape, and of cells there are tens of thousands.
        shapes.shrink_to_fit();
        self.set_on(self.page(), Piece { node, x, y, scale: 1.0, shapes, link: None });
    }

    pub fn set_on(&mut self, page: usize, piece: Piece) {
        if let Some(node) = piece.node {
            let child = Child::Piece(page, self.pages[page].len());
            self.nodes[node].children.push(child);
        }
        self.pages[page].push(piece);
    }

    /// Text in lines, over pages if it must be.
    pub fn paragraph(&mut self, parent: usize, kind: Kind, text: &str, style: Style) {
        let node = self.node(parent, kind);
        self.lines(node, text, style);
    }

    pub fn lines(&mut self, node: usize, text: &str, style: Style) {
        let lines = style.font().wrapped(text, style.size, WIDTH - style.indent);
        let leading = style.leading();
        let mut rest = lines.as_slice();
        while !rest.is_empty() {
            let fits = (self.left() / leading).floor().max(0.0) as usize;
            // No line stands alone at the foot of a page.
            if fits < rest.len().min(2) && !self.fresh() {
                self.break_page();
                continue;
            }
            let (here, later) = rest.split_at(fits.clamp(1, rest.len()));
            let shapes = here.iter().enumerate().map(|(place, line)| {
                let y = leading * place as f64 + style.size * 1.05;
                words(0.0, y, style, Anchor::Start, line)
            });
            let shapes = shapes.collect();
            self.set(Some(node), (LEFT + style.indent, self.y), shapes);
            self.y += leading * here.len() as f64;
            rest = later;
        }
        self.y += style.after;
    }

    /// A heading, with what follows it on the same page.
    pub fn heading(&mut self, parent: usize, level: u16, text: &str, style: Style) {
        self.room(style.leading() + style.after + 70.0);
        self.paragraph(parent, Kind::Heading(level, text.to_owned()), text, style);
    }

    /// The numbers of pages that are known only in the end.
    pub fn fill_contents(&mut self) {
        for (mark, page, x, y, node) in std::mem::take(&mut self.to_fill) {
            let Some(of) = self.marks.get(mark) else { continue };
            let number = (of.page + 1).to_string();
            let style = Style { size: 8.5, ..Style::TEXT };
            let shapes = vec![words(0.0, 0.0, style, Anchor::End, &number)];
            self.set_on(page, Piece { node: Some(node), x, y, scale: 1.0, shapes, link: None });
        }
    }
}

/// Text in a style. A space behind it keeps words of two lines apart for those who
/// search or listen.
pub fn words(x: f64, y: f64, style: Style, anchor: Anchor, text: &str) -> Shape {
    let Style { size, bold, colour, .. } = style;
    let text = format!("{text} ");
    Shape::Text(Text { x, y, size, bold, anchor, colour, text })
}

pub const fn rect(x: f64, y: f64, width: f64, height: f64, fill: Colour) -> Shape {
    Shape::Rect { x, y, width, height, fill }
}
