//! A table on paper: its heading again on each page, rows whole unless they are taller
//! than a page, marks raised behind numbers, legend and notes below.

use super::blocks::{NOTE, TITLE};
use super::flow::{Flow, Kind, LEFT, LINE, PALE, STRONG, Style, TOP, rect, words};
use crate::model::Language;
use crate::report::document::{Column, Document, Row, View};
use crate::report::form::columns::{self, APART, Layout, MARK, PADDING};
use crate::report::form::picture::{Anchor, Shape, WIDTH};
use crate::report::form::shown;

/// Above and below the lines of a cell.
const AIR: f64 = 2.0;
/// Tables of so many rows are kept on one page.
const SHORT: usize = 8;

/// A table while it is set.
struct Setting<'a> {
    columns: Vec<&'a Column>,
    places: Vec<usize>,
    layout: Layout,
    language: Language,
    /// Lines of each heading; the last is the unit.
    heads: Vec<(Vec<String>, &'a str)>,
}

pub fn table(flow: &mut Flow, document: &Document, parent: usize, view: &View) {
    let Some((table, rows, places)) = view.of(document) else { return };
    let language = document.language;
    let columns: Vec<&Column> = places.iter().map(|place| &table.columns[*place]).collect();
    let rows: Vec<&Row> = shown::rows(table, &rows).collect();
    let all = rows.iter().copied();
    let layout = columns::layout(&columns, all.clone(), &places, language, WIDTH);
    let mut setting = Setting { columns, places, layout, language, heads: Vec::new() };
    setting.heads = setting.heads();
    let needed = if rows.len() <= SHORT { rows.len() } else { 2 };
    let first: f64 = rows.iter().take(needed).map(|row| setting.height(row)).sum();
    let above = TITLE.leading() + TITLE.after + setting.head_height();
    let below = NOTE.leading() * 2.0;
    flow.room(above + first + below);
    let node = flow.node(parent, Kind::Table);
    flow.paragraph(node, Kind::Caption, shown::title(view, table), TITLE);
    let head = flow.node(node, Kind::Head);
    setting.set_head(flow, Some(head));
    let body = flow.node(node, Kind::Body);
    for (place, row) in rows.iter().enumerate() {
        setting.set_row(flow, body, row, place % 2 == 1);
    }
    if rows.is_empty() {
        flow.paragraph(parent, Kind::Text, shown::none(language), NOTE);
    }
    flow.y += 3.0;
    let legend = shown::legend(all, &setting.places, language);
    if !legend.is_empty() {
        let words = legend.iter().map(|(sign, meaning)| {
            // What belongs together is not torn apart.
            format!("{sign}\u{a0}{}", meaning.replace(' ', "\u{a0}"))
        });
        let text = words.collect::<Vec<_>>().join(" · ");
        flow.paragraph(parent, Kind::Text, &text, NOTE);
    }
    if view.notes {
        for note in &table.notes {
            flow.paragraph(parent, Kind::Text, note, NOTE);
        }
    }
    flow.y += 9.0;
}

impl<'a> Setting<'a> {
    fn style(&self, bold: bool) -> Style {
        Style { size: self.layout.size, bold, after: 0.0, ..Style::TEXT }
    }

    fn leading(&self) -> f64 {
        self.layout.size * 1.28
    }

    /// Where the text of a column begins, from the left of the table, and how wide it
    /// may be.
    fn inner(&self, place: usize) -> (f64, f64) {
        let left: f64 = self.layout.widths.iter().take(place).sum();
        let width = self.layout.widths.get(place).copied().unwrap_or(0.0);
        let numeric = |place: usize| self.columns.get(place).is_some_and(|it| shown::numeric(it));
        let apart = place > 0 && numeric(place - 1) && !numeric(place);
        let before = PADDING + if apart { APART } else { 0.0 };
        (left + before, (width - before - PADDING).max(1.0))
    }

    fn heads(&self) -> Vec<(Vec<String>, &'a str)> {
        let style = self.style(true);
        let head = |(place, column): (usize, &&'a Column)| {
            let width = self.inner(place).1 + 0.01;
            (style.font().wrapped(&column.title, style.size, width), column.unit.as_str())
        };
        self.columns.iter().enumerate().map(head).collect()
    }

    fn head_height(&self) -> f64 {
        let lines =
            self.heads.iter().map(|(title, unit)| title.len() + usize::from(!unit.is_empty()));
        lines.max().unwrap_or(1) as f64 * self.leading() + 2.0 * AIR + 1.0
    }

    /// `None`: repeated, which is not read aloud again.
    fn set_head(&self, flow: &mut Flow, node: Option<usize>) {
        let row = node.map(|node| flow.node(node, Kind::Row));
        let height = self.head_height();
        for (place, (title, unit)) in self.heads.iter().enumerate() {
            let right = shown::numeric(self.columns[place]);
            let (x, width) = self.inner(place);
            let (x, anchor) = if right { (x + width, Anchor::End) } else { (x, Anchor::Start) };
            let count = title.len() + usize::from(!unit.is_empty());
            let mut y = height - 1.0 - AIR - self.leading() * count as f64 + self.layout.size;
            let mut shapes = Vec::new();
            for line in title {
                shapes.push(words(x, y, self.style(true), anchor, line));
                y += self.leading();
            }
            if !unit.is_empty() {
                let soft = Style { colour: super::flow::SOFT, ..self.style(false) };
                shapes.push(words(x, y, Style { size: soft.size * 0.9, ..soft }, anchor, unit));
            }
            let cell = row.map(|row| flow.node(row, Kind::ColumnHead));
            flow.set(cell, (LEFT, flow.y), shapes);
        }
        let line = rect(0.0, height - 1.0, self.layout.width(), 1.0, STRONG);
        flow.set(None, (LEFT, flow.y), vec![line]);
        flow.y += height;
    }

    fn lines(&self, row: &Row, place: usize) -> Vec<String> {
        let column = self.columns[place];
        let Some(cell) = row.cells.get(self.places[place]) else { return Vec::new() };
        let text = shown::value(&cell.value, column, self.language);
        if shown::numeric(column) {
            return vec![text];
        }
        let style = self.style(row.strong);
        style.font().wrapped(&text, style.size, self.inner(place).1 + 0.01)
    }

    fn height(&self, row: &Row) -> f64 {
        let lines = (0..self.columns.len()).map(|place| self.lines(row, place).len());
        lines.max().unwrap_or(1).max(1) as f64 * self.leading() + 2.0 * AIR
    }

    fn set_row(&self, flow: &mut Flow, body: usize, row: &Row, even: bool) {
        let cells: Vec<_> = (0..self.columns.len()).map(|place| self.lines(row, place)).collect();
        let count = cells.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let node = flow.node(body, Kind::Row);
        let nodes: Vec<usize> = (0..cells.len())
            .map(|place| {
                let head = place == 0 && !shown::numeric(self.columns[0]);
                flow.node(node, if head { Kind::RowHead } else { Kind::Cell })
            })
            .collect();
        let mut from = 0;
        while from < count {
            let all = (count - from) as f64 * self.leading() + 2.0 * AIR;
            let at_top = flow.y <= TOP + self.head_height() + 1.0;
            if flow.left() < all && !at_top {
                flow.break_page();
                self.set_head(flow, None);
            }
            let fits = ((flow.left() - 2.0 * AIR) / self.leading()).floor().max(1.0) as usize;
            let until = count.min(from + fits);
            let height = (until - from) as f64 * self.leading() + 2.0 * AIR;
            self.ground(flow, height, row.strong, even);
            for (place, lines) in cells.iter().enumerate() {
                let here = lines.get(from..until.min(lines.len())).unwrap_or_default();
                let shapes = self.cell(row, place, here);
                flow.set(Some(nodes[place]), (LEFT, flow.y), shapes);
            }
            flow.y += height;
            from = until;
            if from < count {
                flow.break_page();
                self.set_head(flow, None);
            }
        }
    }

    /// What lies below the text of a row.
    fn ground(&self, flow: &mut Flow, height: f64, strong: bool, even: bool) {
        let width = self.layout.width();
        let mut shapes = Vec::new();
        if even {
            shapes.push(rect(0.0, 0.0, width, height, PALE));
        }
        shapes.push(rect(0.0, height - 0.4, width, 0.4, LINE));
        if strong {
            shapes.push(rect(0.0, -0.4, width, 0.9, super::flow::INK));
        }
        flow.set(None, (LEFT, flow.y), shapes);
    }

    fn cell(&self, row: &Row, place: usize, lines: &[String]) -> Vec<Shape> {
        let style = self.style(row.strong);
        let (x, width) = self.inner(place);
        let numeric = shown::numeric(self.columns[place]);
        let small = Style { size: style.size * MARK, bold: false, colour: STRONG, ..style };
        let room = self.layout.marks.get(place).copied().unwrap_or(0) as f64;
        let room = if numeric { room * small.size * style.font().advance('m') } else { 0.0 };
        let mut shapes = Vec::new();
        let mut end = x;
        let mut y = AIR + style.size;
        for line in lines {
            if numeric {
                end = x + width - room;
                shapes.push(words(end, y, style, Anchor::End, line));
            } else {
                end = x + style.font().width(line, style.size);
                shapes.push(words(x, y, style, Anchor::Start, line));
            }
            y += self.leading();
        }
        let marks = row.cells.get(self.places[place]).map(|cell| cell.marks.set());
        let marks: String = marks.into_iter().flatten().map(|(_, letter)| letter).collect();
        if !marks.is_empty() && !lines.is_empty() {
            let y = y - self.leading() - style.size * 0.32;
            shapes.push(words(end + 0.6, y, small, Anchor::Start, &marks));
        }
        shapes
    }
}
