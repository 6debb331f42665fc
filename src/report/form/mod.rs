//! The forms of a report: a document in, bytes out. Pure: no files, no clock. All show
//! the same tables; what a form cannot show is left out nowhere in silence.
//!
//! ```text
//! Document ─▶ html ─┐ pictures ─▶ svg
//!          ─▶ pdf  ─┘
//!          ─▶ xlsx, csv, json: all tables whole
//! ```

mod columns;
pub mod csv;
mod escaped;
mod font;
mod html;
mod json;
mod pdf;
mod picture;
pub mod shown;
mod xlsx;

pub use html::html;
pub use json::{SCHEMA, json};
pub use pdf::{PdfError, pdf};
pub use xlsx::xlsx;

use super::document::{Block, Document};

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    Html,
    Pdf,
    Xlsx,
    Csv,
    Json,
}

#[derive(Debug, thiserror::Error)]
pub enum FormError {
    #[error("a section shows the table `{0}`, which the report does not have")]
    NoTable(&'static str),
    #[error("the table `{table}` has no column `{column}`, which a section shows")]
    NoColumn { table: &'static str, column: &'static str },
    #[error("the row `{row}` of the table `{table}` has more or fewer cells than columns")]
    Ragged { table: &'static str, row: String },
    #[error(transparent)]
    Pdf(#[from] PdfError),
    #[error("the report cannot be written as XLSX")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    #[error("the report cannot be written as CSV")]
    Csv(#[from] ::csv::Error),
    #[error("the report cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl Form {
    pub const ALL: [Self; 5] = [Self::Html, Self::Pdf, Self::Xlsx, Self::Csv, Self::Json];

    /// The whole file. CSV has all tables in one, see [`csv::csv()`].
    ///
    /// # Errors
    /// A document that does not hold together.
    pub fn write(self, document: &Document) -> Result<Vec<u8>, FormError> {
        sound(document)?;
        Ok(match self {
            Self::Html => html(document).into_bytes(),
            Self::Pdf => pdf(document)?,
            Self::Xlsx => xlsx(document)?,
            Self::Csv => csv::csv(document)?,
            Self::Json => json(document)?,
        })
    }

    /// As `Content-Type` has it.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Pdf => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    /// Of file names, and by which it is asked for: without the dot.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// The form of that ending.
    #[must_use]
    pub fn named(ending: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.ending() == ending)
    }
}

/// Whether a report is so long that one looks for its sections: that of one building is
/// turned over quickly.
const fn has_contents(document: &Document) -> bool {
    document.sections.len() > 4
}

/// Whether all that sections show is there: nothing is left out in silence.
fn sound(document: &Document) -> Result<(), FormError> {
    for table in &document.tables {
        let ragged = table.rows.iter().find(|row| row.cells.len() != table.columns.len());
        if let Some(row) = ragged {
            return Err(FormError::Ragged { table: table.key, row: row.key.clone() });
        }
    }
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    for block in blocks {
        let Block::Table(view) = block else { continue };
        let table = document.table(view.table).ok_or(FormError::NoTable(view.table))?;
        for key in view.columns.iter().flatten() {
            if !table.columns.iter().any(|column| column.key == *key) {
                return Err(FormError::NoColumn { table: table.key, column: key });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::Language;
    use crate::report::document::{Column, Section, Table};

    #[test]
    fn what_a_section_shows_must_be_there() {
        let mut table = Table::new("heat", String::new(), vec![Column::text("name", "Gebäude")]);
        table.push("eins", vec![crate::report::document::Cell::text("Rathaus")]);
        let view = table.view();
        let document = |table: &Table, view| Document {
            language: Language::De,
            title: String::new(),
            subject: String::new(),
            first: date(2026, 1, 1),
            last: date(2026, 1, 1),
            made: None,
            tables: vec![table.clone()],
            sections: vec![Section {
                key: String::new(),
                title: String::new(),
                new_page: false,
                blocks: vec![Block::Table(view)],
            }],
        };
        assert!(sound(&document(&table, view.clone())).is_ok());
        let of = |view| sound(&document(&table, view)).unwrap_err().to_string();
        let mut other = view.clone();
        other.table = "cold";
        assert!(of(other).contains("`cold`"));
        let mut other = view.clone();
        other.columns = Some(vec!["name", "area"]);
        assert!(of(other).contains("`area`"));
        table.rows[0].cells.clear();
        assert!(matches!(sound(&document(&table, view)), Err(FormError::Ragged { .. })));
    }

    #[test]
    fn forms_are_asked_for_by_their_ending() {
        for form in Form::ALL {
            assert_eq!(Form::named(form.ending()), Some(form));
        }
        assert_eq!(Form::named("doc"), None);
    }
}
