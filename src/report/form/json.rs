//! A report for machines: all tables, in the shape of `report.schema.json` (JSON Schema
//! 2020-12). Keys and kinds do not depend on the language; titles and notes do. What is
//! not known is `null`, what cannot be is `null` and marked `"none"`; nothing is absent.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::report::document::{Cell, Column, ColumnKind, Document, Row, Table, Value};

/// The shape, as other programs read it.
pub const SCHEMA: &str = include_str!("report.schema.json");

/// Changes when something is renamed or taken away, not when something is added.
const FORMAT: u32 = 1;

/// The whole file.
///
/// # Errors
/// None that is known: all keys are text.
pub fn json(document: &Document) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec(&Whole(document))?;
    bytes.push(b'\n');
    Ok(bytes)
}

struct Whole<'a>(&'a Document);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("format", &FORMAT)?;
        map.serialize_entry("title", &document.title)?;
        map.serialize_entry("subject", &document.subject)?;
        map.serialize_entry("language", document.language.pick("de", "en"))?;
        let (first, last) = (document.first.to_string(), document.last.to_string());
        map.serialize_entry("period", &serde_json::json!({ "first": first, "last": last }))?;
        map.serialize_entry("made", &document.made.map(|made| made.to_string()))?;
        map.serialize_entry("tables", &Tables(&document.tables))?;
        map.end()
    }
}

struct Tables<'a>(&'a [Table]);

impl Serialize for Tables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|table| (table.key, OneTable(table))))
    }
}

struct OneTable<'a>(&'a Table);

impl Serialize for OneTable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let table = self.0;
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("title", &table.title)?;
        map.serialize_entry("notes", &table.notes)?;
        let columns: Vec<_> = table.columns.iter().map(about).collect();
        map.serialize_entry("columns", &columns)?;
        map.serialize_entry("rows", &Rows(table))?;
        map.end()
    }
}

/// A share is a number from 0 to 1: it has no unit.
fn about(column: &Column) -> serde_json::Value {
    let (kind, unit) = match column.kind {
        ColumnKind::Text => ("text", ""),
        ColumnKind::Number { .. } => ("number", column.unit.as_str()),
        ColumnKind::Percent { .. } => ("share", ""),
        ColumnKind::Date => ("date", ""),
        ColumnKind::Moment => ("moment", ""),
    };
    serde_json::json!({ "key": column.key, "title": column.title, "unit": unit, "kind": kind })
}

struct Rows<'a>(&'a Table);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.0.rows.len()))?;
        for row in &self.0.rows {
            rows.serialize_element(&OneRow(row, &self.0.columns))?;
        }
        rows.end()
    }
}

struct OneRow<'a>(&'a Row, &'a [Column]);

impl Serialize for OneRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(row, columns) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("key", &row.key)?;
        for (column, cell) in columns.iter().zip(&row.cells) {
            map.serialize_entry(column.key, &OneValue(&cell.value))?;
        }
        let marked = columns.iter().zip(&row.cells).map(|(column, cell)| (column.key, marks(cell)));
        let marked = marked.filter(|(_, marks)| !marks.is_empty());
        map.serialize_entry("marks", &marked.collect::<Marked>())?;
        map.end()
    }
}

/// By the key of the column, in its order.
type Marked = std::collections::BTreeMap<&'static str, Vec<&'static str>>;

fn marks(cell: &Cell) -> Vec<&'static str> {
    let none = (cell.value == Value::Nothing).then_some("none");
    none.into_iter().chain(cell.marks.set().into_iter().map(|(name, _)| name)).collect()
}

struct OneValue<'a>(&'a Value);

impl Serialize for OneValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Nothing | Value::Unknown => serializer.serialize_none(),
            Value::Text(text) => serializer.serialize_str(text),
            // Not a number: null, as serde_json has it.
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::Date(date) => serializer.collect_str(date),
            Value::Moment(moment) => serializer.collect_str(moment),
        }
    }
}
