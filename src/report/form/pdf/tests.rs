use jiff::civil::date;

use super::flow::{BOTTOM, Child, Flow, Kind, TOP};
use super::*;
use crate::model::Language;
use crate::report::document::{Block, Cell, Column, Section, Table};
use crate::report::form::picture::Shape;

fn document(table: Table, blocks: Vec<Block>) -> Document {
    let section = |key: &str| Section {
        key: key.to_owned(),
        title: key.to_owned(),
        new_page: false,
        blocks: blocks.clone(),
    };
    Document {
        language: Language::De,
        title: "Bericht".to_owned(),
        subject: "Stadt".to_owned(),
        first: date(2026, 1, 1),
        last: date(2026, 12, 31),
        made: None,
        tables: vec![table],
        sections: ["eins", "zwei", "drei", "vier", "fünf"].map(section).into(),
    }
}

fn laid(document: &Document) -> Flow {
    let mut flow = Flow::default();
    lay(&mut flow, document);
    flow
}

/// What stands on a page, with its height there.
fn texts(flow: &Flow, page: usize) -> Vec<(f64, &str)> {
    let shapes = flow.pages[page].iter().flat_map(|piece| {
        piece.shapes.iter().filter_map(move |shape| match shape {
            Shape::Text(text) => Some((piece.y + text.y * piece.scale, text.text.trim())),
            _ => None,
        })
    });
    shapes.collect()
}

#[test]
fn a_long_table_goes_on_below_its_heading_and_stays_on_its_pages() {
    let columns = vec![Column::text("name", "Gebäude"), Column::number("heat", "Wärme", "kWh", 0)];
    let mut table = Table::new("heat", "Verbrauch".to_owned(), columns);
    for row in 0..200 {
        let long = "sehr viel zu sagen ".repeat(if row == 77 { 2000 } else { 1 });
        table.push(row.to_string(), vec![Cell::text(long), Cell::number(Some(f64::from(row)))]);
    }
    let view = table.view();
    let text = Block::Text("Ein Satz, der lang ist. ".repeat(300));
    let flow = laid(&document(table, vec![text, Block::Table(view)]));
    assert!(flow.pages.len() > 10);
    let mut heads = 0;
    for page in 0..flow.pages.len() {
        let texts = texts(&flow, page);
        assert!(texts.len() > 2, "page {page} is all but empty");
        assert!(texts.iter().all(|(y, _)| (TOP..=BOTTOM).contains(y)), "page {page}");
        let rows = texts.iter().any(|(_, text)| text.starts_with("sehr viel"));
        let head = texts.iter().filter(|(_, text)| *text == "Gebäude").count();
        assert!(!rows || head > 0, "page {page} has rows without their heading");
        heads += head;
    }
    assert!(heads > 10);
    let read = flow.nodes.iter().filter(|node| node.kind == Kind::ColumnHead).count();
    assert_eq!(read, 5 * 2, "a heading is read aloud once a table");
}

#[test]
fn contents_name_the_pages_of_their_sections() {
    let table = Table::new("none", String::new(), Vec::new());
    let flow = laid(&document(table, vec![Block::Text("Wort ".repeat(2000))]));
    let entries: Vec<_> = flow.nodes.iter().filter(|node| node.kind == Kind::Link).collect();
    assert_eq!(entries.len(), flow.marks.len());
    for (entry, mark) in entries.iter().zip(&flow.marks) {
        let said = entry.children.iter().filter_map(|child| match child {
            Child::Piece(page, place) => flow.pages[*page][*place].shapes.first(),
            Child::Node(_) => None,
        });
        let said: Vec<&str> = said
            .filter_map(|shape| match shape {
                Shape::Text(text) => Some(text.text.trim()),
                _ => None,
            })
            .collect();
        assert_eq!(said, [mark.title.clone(), (mark.page + 1).to_string()]);
    }
    assert!(flow.marks[1].page > 0 && flow.marks[2].page > flow.marks[1].page);
}
