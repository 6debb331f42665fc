//! A table of the page, with the legend of its marks and its notes below.

use std::fmt::{Result, Write};

use super::write_notes;
use crate::model::Language;
use crate::report::document::{Cell, Column, Document, Marks, Row, Value, View};
use crate::report::form::columns::{self, Layout};
use crate::report::form::escaped::Escaped;
use crate::report::form::picture::WIDTH;
use crate::report::form::shown;

/// Tables of so many rows are kept on one page.
const SHORT: usize = 8;

pub fn write_table(page: &mut String, document: &Document, view: &View) -> Result {
    let Some((table, rows, places)) = view.of(document) else { return Ok(()) };
    let language = document.language;
    let shown_columns: Vec<&Column> = places.iter().map(|place| &table.columns[*place]).collect();
    let rows = shown::rows(table, &rows);
    let layout = columns::layout(&shown_columns, rows.clone(), &places, language, WIDTH);
    write!(
        page,
        "<figure{}>\n<div class=\"wide\"><table style=\"font-size:{}pt;width:{:.0}%\">\n<caption>{}</caption>\n\
         <thead><tr>",
        if rows.clone().count() <= SHORT { " class=\"short\"" } else { "" },
        layout.size,
        layout.width() / WIDTH * 100.0,
        Escaped(shown::title(view, table))
    )?;
    for column in &shown_columns {
        let class = if shown::numeric(column) { " class=\"n\"" } else { "" };
        let unit = Escaped(&column.unit);
        write!(page, "<th scope=\"col\"{class}>{}", Escaped(&column.title))?;
        if column.unit.is_empty() {
            page.write_str("</th>")?;
        } else {
            write!(page, " <small>{unit}</small></th>")?;
        }
    }
    page.write_str("</tr></thead>\n<tbody>\n")?;
    for row in rows.clone() {
        write_row(page, row, &shown_columns, &places, &layout, language)?;
    }
    page.write_str("</tbody>\n</table></div>\n")?;
    if rows.clone().next().is_none() {
        writeln!(page, "<p class=\"legend\">{}</p>", shown::none(language))?;
    }
    let legend = shown::legend(rows, &places, language);
    if !legend.is_empty() {
        page.write_str("<p class=\"legend\">")?;
        for (sign, meaning) in legend {
            write!(page, "<span><b>{sign}</b> {}</span> ", Escaped(meaning))?;
        }
        page.write_str("</p>\n")?;
    }
    if view.notes && !table.notes.is_empty() {
        write_notes(page, &table.notes)?;
    }
    page.write_str("</figure>\n")
}

fn write_row(
    page: &mut String,
    row: &Row,
    columns: &[&Column],
    places: &[usize],
    layout: &Layout,
    language: Language,
) -> Result {
    page.write_str(if row.strong { "<tr class=\"strong\">" } else { "<tr>" })?;
    let cells = places.iter().filter_map(|place| row.cells.get(*place));
    for (place, (cell, column)) in cells.zip(columns).enumerate() {
        let text = shown::value(&cell.value, column, language);
        if shown::numeric(column) {
            let room = layout.marks.get(place).copied().unwrap_or(0);
            match room {
                0 => page.write_str("<td class=\"n\">")?,
                room => write!(page, "<td class=\"n m{room}\">")?,
            }
            write!(page, "{}", Escaped(&text))?;
            if room > 0 {
                write_marks(page, cell, language)?;
            }
            page.write_str("</td>")?;
        } else if place == 0 && matches!(cell.value, Value::Text(_)) {
            write!(page, "<th scope=\"row\">{}", Escaped(&text))?;
            write_marks(page, cell, language)?;
            page.write_str("</th>")?;
        } else {
            write!(page, "<td>{}", Escaped(&text))?;
            write_marks(page, cell, language)?;
            page.write_str("</td>")?;
        }
    }
    page.write_str("</tr>\n")
}

/// Behind a number also if there are none: what stands below it stays below it.
fn write_marks(page: &mut String, cell: &Cell, language: Language) -> Result {
    let marks = cell.marks.set();
    if marks.is_empty() {
        return if matches!(cell.value, Value::Text(_)) {
            Ok(())
        } else {
            page.write_str("<sup></sup>")
        };
    }
    let meanings: Vec<_> =
        marks.iter().map(|(_, letter)| Marks::legend(letter, language)).collect();
    write!(page, "<sup title=\"{}\">", Escaped(&meanings.join("; ")))?;
    for (_, letter) in marks {
        page.write_str(letter)?;
    }
    page.write_str("</sup>")
}
