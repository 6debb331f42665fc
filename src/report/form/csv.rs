//! A report's tables as CSV, for the spreadsheet of an office. In German as Excel
//! there reads it by a double click: semicolons, decimal comma; in English comma and
//! point. UTF-8 with a byte order mark, lines end with CR LF.
//!
//! Numbers have all their digits and no grouping, shares are in per cent, days are
//! `2026-12-31`. What is not known is a word: a sum over it fails instead of being too
//! small. Text that a spreadsheet would run as a formula gets an apostrophe before it.

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use super::shown;
use crate::model::Language;
use crate::report::document::{Cell, Column, ColumnKind, Document, Marks, Row, Table, Value};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// All tables in one file, one after another with an empty line between. The first
/// column is the table's key, by which rows can be filtered.
///
/// # Errors
/// None that is known; it writes into memory.
pub fn csv(document: &Document) -> Result<Vec<u8>, csv::Error> {
    let mut bytes = BYTE_ORDER_MARK.to_vec();
    for (place, table) in document.tables.iter().enumerate() {
        if place > 0 {
            bytes.extend(b"\r\n");
        }
        let first = document.language.pick("Tabelle", "table");
        lines(table, Some(first), document.language, &mut bytes)?;
    }
    Ok(bytes)
}

/// One table; `None` if the document has no such.
///
/// # Errors
/// As [`csv()`].
pub fn table(document: &Document, key: &str) -> Option<Result<Vec<u8>, csv::Error>> {
    let table = document.table(key)?;
    let mut bytes = BYTE_ORDER_MARK.to_vec();
    Some(lines(table, None, document.language, &mut bytes).map(|()| bytes))
}

/// Heading and rows; with the table's key before each if `first` is that column's name.
fn lines(
    table: &Table,
    first: Option<&str>,
    language: Language,
    bytes: &mut Vec<u8>,
) -> Result<(), csv::Error> {
    let mut writer = writer(bytes, language);
    let marked =
        table.rows.iter().any(|row| row.cells.iter().any(|cell| !cell.marks.set().is_empty()));
    let last = marked.then(|| language.pick("Anmerkungen", "remarks").to_owned());
    let headings = table.columns.iter().map(|column| harmless(&shown::heading(column)));
    writer.write_record(first.map(str::to_owned).into_iter().chain(headings).chain(last))?;
    for row in &table.rows {
        let cells = table.columns.iter().zip(&row.cells);
        let cells = cells.map(|(column, cell)| value(cell, column, language));
        let last = marked.then(|| harmless(&remarks(table, row, language)));
        writer.write_record(
            first.map(|_| table.key.to_owned()).into_iter().chain(cells).chain(last),
        )?;
    }
    writer.flush()?;
    Ok(())
}

fn writer(bytes: &mut Vec<u8>, language: Language) -> Writer<&mut Vec<u8>> {
    WriterBuilder::new()
        .delimiter(language.pick(b';', b','))
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(bytes)
}

fn value(cell: &Cell, column: &Column, language: Language) -> String {
    match &cell.value {
        Value::Nothing => String::new(),
        Value::Unknown => language.pick("unbekannt", "unknown").to_owned(),
        Value::Text(text) => harmless(text),
        Value::Number(number) if !number.is_finite() => {
            language.pick("unbekannt", "unknown").to_owned()
        }
        Value::Number(number) => {
            let percent = matches!(column.kind, ColumnKind::Percent { .. });
            let text = if percent { per_cent(*number).to_string() } else { number.to_string() };
            language.pick(text.replace('.', ","), text)
        }
        Value::Date(date) => date.to_string(),
        Value::Moment(at) => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

/// Without the digits that the multiplication adds: 7, not 7.000000000000001.
fn per_cent(share: f64) -> f64 {
    format!("{:.14e}", share * 100.0).parse().unwrap_or(share * 100.0)
}

/// What must be said of the values of a row: `Verbrauch: zum Teil geschätzt`.
pub(super) fn remarks(table: &Table, row: &Row, language: Language) -> String {
    let mut remarks = Vec::new();
    for (column, cell) in table.columns.iter().zip(&row.cells) {
        let said: Vec<_> =
            cell.marks.set().iter().map(|(_, letter)| Marks::legend(letter, language)).collect();
        if !said.is_empty() {
            remarks.push(format!("{}: {}", column.title, said.join(", ")));
        }
    }
    remarks.join("; ")
}

/// Text that no spreadsheet takes for a formula (OWASP, CSV injection), and in which a
/// line break does not end the line for simple readers.
fn harmless(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ");
    if text.starts_with(['=', '+', '-', '@', '\t']) || text.starts_with(['＝', '＋', '－', '＠'])
    {
        format!("'{text}")
    } else {
        text
    }
}
