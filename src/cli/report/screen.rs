//! A report on the screen: the first page in words, and the overview as a table that
//! lines up; or one table whole.

use crate::cli::say;
use crate::cli::table::{Align, Table};
use crate::model::Language;
use crate::report::document::{self, Block, ColumnKind, Document, View};
use crate::report::energy::{self, Given, Order};
use crate::report::form::shown;

/// The first page and the tables that one looks for, or the table asked for.
pub fn show(document: &Document, table: Option<&str>, language: Language) -> anyhow::Result<()> {
    if let Some(key) = table {
        let Some(found) = document.table(key) else {
            let known: Vec<&str> = document.tables.iter().map(|it| it.key).collect();
            anyhow::bail!(super::no_table(key, &known.join(", "), language));
        };
        tell(document, &found.view(), language);
        return Ok(());
    }
    say::out(&format!("{} · {}", document.title, document.subject));
    if let Some(page) = document.sections.first() {
        for block in &page.blocks {
            first_page(block);
        }
    }
    for key in ["consumption", "indicators", "savings", "measures", "findings"] {
        let Some(table) = document.table(key).filter(|it| !it.rows.is_empty()) else { continue };
        say::out("");
        say::out(&table.title);
        let view = View { columns: columns(key), ..table.view() };
        tell(document, &view, language);
    }
    Ok(())
}

/// What fits the width of a terminal.
fn columns(key: &str) -> Option<Vec<&'static str>> {
    match key {
        "consumption" => {
            Some(vec!["building", "carrier", "period", "amount", "unit", "change", "coverage"])
        }
        "indicators" => {
            Some(vec!["building", "medium", "value", "unit", "limit", "target", "standing"])
        }
        "savings" => {
            Some(vec!["building", "medium", "expected", "actual", "saved", "band", "note"])
        }
        "measures" => Some(vec!["building", "title", "evidence", "worth"]),
        _ => None,
    }
}

fn first_page(block: &Block) {
    match block {
        Block::Lead(text) | Block::Text(text) => say::out(text),
        Block::Figures(figures) => {
            say::out("");
            let mut table = Table::new(&[("", Align::Left), ("", Align::Right), ("", Align::Left)]);
            for figure in figures {
                table.row([figure.label.clone(), figure.value.clone(), figure.note.clone()]);
            }
            table.lines().iter().skip(1).for_each(|line| say::out(line));
            say::out("");
        }
        Block::Notes(notes) => notes.iter().for_each(|note| say::out(note)),
        _ => {}
    }
}

fn tell(document: &Document, view: &View, language: Language) {
    let Some((table, rows, columns)) = view.of(document) else { return };
    let heading = |column: &document::Column| match column.unit.as_str() {
        "" => column.title.clone(),
        unit => format!("{} {unit}", column.title),
    };
    let headings: Vec<(String, Align)> = columns
        .iter()
        .map(|place| {
            let column = &table.columns[*place];
            let right =
                matches!(column.kind, ColumnKind::Number { .. } | ColumnKind::Percent { .. });
            (heading(column), if right { Align::Right } else { Align::Left })
        })
        .collect();
    let headings: Vec<(&str, Align)> =
        headings.iter().map(|(text, align)| (text.as_str(), *align)).collect();
    let mut shown = Table::new(&headings);
    let mut letters = std::collections::BTreeSet::new();
    for row in rows {
        let cells = columns.iter().map(|place| {
            let cell = &table.rows[row].cells[*place];
            let mut text = shown::value(&cell.value, &table.columns[*place], language);
            for (_, letter) in cell.marks.set() {
                letters.insert(letter);
                text.push_str(&format!(" {letter}"));
            }
            text
        });
        shown.row(cells.collect::<Vec<String>>());
    }
    shown.lines().iter().for_each(|line| say::out(line));
    for letter in letters {
        say::out(&format!("{letter}: {}", document::Marks::legend(letter, language)));
    }
}

/// How a figure came about; whether it is one of the report's.
pub fn trace(
    given: &mut [Given<'_>],
    order: &Order,
    figure: &str,
    language: Language,
) -> anyhow::Result<bool> {
    let traced = energy::trace(given, order, figure, language);
    let lines = traced.map_err(|error| anyhow::anyhow!(error.words(language)))?;
    lines.iter().for_each(|line| say::out(line));
    Ok(true)
}
