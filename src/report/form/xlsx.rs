//! A report as a workbook: a sheet a table, before them one with title and contents.
//! Numbers are numbers with all their digits, days are days; the format shows unit and
//! decimals. What is not known is a dash, on which a formula fails: it does not count
//! as zero. What must be said of values stands in a column of its own, at the end.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Url, Workbook,
    Worksheet, XlsxError,
};

use super::{csv, escaped, shown};
use crate::model::Language;
use crate::report::document::{Cell, Column, ColumnKind, Document, Marks, Row, Table, Value};

const STRONG: Color = Color::RGB(0x0b_4f_8a);
const SOFT: Color = Color::RGB(0x5c_68_73);
/// So many letters a cell holds.
const LONGEST: usize = 32_767;
/// Columns of text are no wider, in letters.
const WIDEST: f64 = 60.0;
const A4: u8 = 9;

/// The whole file.
///
/// # Errors
/// More rows or columns than a sheet has (1,048,576 and 16,384).
pub fn xlsx(document: &Document) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&properties(document)?);
    let names = names(document);
    contents(book.add_worksheet(), document, &names)?;
    for (table, name) in document.tables.iter().zip(&names) {
        let sheet = book.add_worksheet();
        sheet.set_name(name)?;
        write_table(sheet, table, document)?;
    }
    book.save_to_buffer()
}

fn properties(document: &Document) -> Result<DocProperties, XlsxError> {
    // The library would ask the operating system for the time.
    let made = document.made.unwrap_or_else(|| document.last.at(0, 0, 0, 0));
    let date = made.date();
    let year = u16::try_from(date.year()).unwrap_or(1900).max(1900);
    let at = ExcelDateTime::from_ymd(year, date.month().unsigned_abs(), date.day().unsigned_abs())?;
    let at = at.and_hms(made.hour().unsigned_abs().into(), made.minute().unsigned_abs(), 0)?;
    Ok(DocProperties::new()
        .set_title(text(&document.title))
        .set_subject(text(&document.subject))
        .set_author("hauswart")
        .set_creation_datetime(&at))
}

/// What sheets are called: the titles of their tables, as far as a sheet's name may be
/// so (31 letters, some not), no two alike.
fn names(document: &Document) -> Vec<String> {
    let mut names: Vec<String> = vec![first_name(document.language).to_owned()];
    for table in &document.tables {
        let plain: String = table
            .title
            .chars()
            .map(
                |letter| {
                    if "[]:*?/\\'".contains(letter) || letter.is_control() { ' ' } else { letter }
                },
            )
            .collect();
        let plain = if plain.trim().is_empty() { table.key } else { plain.trim() };
        let numbered = (2..).map(|number| format!(" {number}"));
        for ending in std::iter::once(String::new()).chain(numbered) {
            let room = 31 - ending.len();
            // Excel counts as UTF-16 does.
            let mut used = 0;
            let short: String = plain
                .chars()
                .take_while(|letter| {
                    used += letter.len_utf16();
                    used <= room
                })
                .collect();
            let name = format!("{}{ending}", short.trim_end());
            let taken = |other: &String| other.to_lowercase() == name.to_lowercase();
            // Excel keeps this one for itself.
            if !names.iter().any(taken) && name.to_lowercase() != "history" {
                names.push(name);
                break;
            }
        }
    }
    names.split_off(1)
}

fn first_name(language: Language) -> &'static str {
    language.pick("Inhalt", "Contents")
}

fn contents(sheet: &mut Worksheet, document: &Document, names: &[String]) -> Result<(), XlsxError> {
    let language = document.language;
    let bold = Format::new().set_bold();
    let title = bold.clone().set_font_size(18.0);
    let link = Format::new()
        .set_font_color(STRONG)
        .set_underline(rust_xlsxwriter::FormatUnderline::Single);
    sheet.set_name(first_name(language))?.set_column_width(0, 48)?.set_column_width(1, 14)?;
    sheet.write_string_with_format(
        0,
        0,
        text(&document.subject),
        &bold.clone().set_font_color(STRONG),
    )?;
    sheet.write_string_with_format(1, 0, text(&document.title), &title)?;
    sheet.write_string_with_format(
        2,
        0,
        shown::subtitle(document),
        &Format::new().set_font_color(SOFT),
    )?;
    sheet.write_string_with_format(4, 0, language.pick("Tabelle", "table"), &bold)?;
    sheet.write_string_with_format(4, 1, language.pick("Zeilen", "rows"), &bold)?;
    let mut line = 5;
    for (table, name) in document.tables.iter().zip(names) {
        let target = format!("internal:'{name}'!A1");
        let url = Url::new(target).set_text(text(&table.title));
        sheet.write_url_with_format(line, 0, url, &link)?;
        sheet.write_number(line, 1, table.rows.len() as f64)?;
        line += 1;
    }
    line += 1;
    let soft = Format::new().set_font_color(SOFT);
    for (sign, meaning) in meanings(language) {
        sheet.write_string_with_format(line, 0, format!("{sign}: {meaning}"), &soft)?;
        line += 1;
    }
    page(sheet, document);
    Ok(())
}

/// What stands in cells beside numbers.
fn meanings(language: Language) -> [(&'static str, &'static str); 3] {
    language.pick(
        [
            (shown::UNKNOWN, "nicht bekannt; eine Formel darüber zeigt einen Fehler, keine Null"),
            ("leere Zelle", "da gibt es nichts, was bekannt sein könnte"),
            ("kursiv", "siehe die letzte Spalte der Zeile"),
        ],
        [
            (shown::UNKNOWN, "not known; a formula over it shows an error, not zero"),
            ("empty cell", "there is nothing that could be known"),
            ("italics", "see the last column of the row"),
        ],
    )
}

/// A4 across, as wide as the paper, with numbered pages.
fn page(sheet: &mut Worksheet, document: &Document) {
    let title: String = text(&document.title).replace('&', "&&").chars().take(200).collect();
    sheet.set_paper_size(A4).set_landscape().set_print_fit_to_pages(1, 0);
    sheet.set_footer(format!("&L&8{title} · &A&R&8&P / &N"));
}

fn write_table(sheet: &mut Worksheet, table: &Table, document: &Document) -> Result<(), XlsxError> {
    let language = document.language;
    let heading = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Bottom);
    let heading = heading.set_border_bottom(FormatBorder::Medium).set_border_color(STRONG);
    let marked =
        table.rows.iter().any(|row| row.cells.iter().any(|cell| cell.marks != Marks::default()));
    let last = u16::try_from(table.columns.len()).map_err(|_| XlsxError::RowColumnLimitError)?;
    for (place, column) in (0..).zip(&table.columns) {
        let align = if shown::numeric(column) { FormatAlign::Right } else { FormatAlign::Left };
        sheet.write_string_with_format(
            0,
            place,
            text(&shown::heading(column)),
            &heading.clone().set_align(align),
        )?;
        sheet.set_column_width(place, width(table, usize::from(place), language))?;
    }
    if marked {
        sheet.write_string_with_format(
            0,
            last,
            language.pick("Anmerkungen", "remarks"),
            &heading,
        )?;
        sheet.set_column_width(last, WIDEST)?;
    }
    let mut formats = Formats { made: HashMap::new(), language };
    let mut line = 1;
    for row in &table.rows {
        write_row(sheet, line, row, table, &mut formats)?;
        if marked {
            let remarks = csv::remarks(table, row, language);
            if !remarks.is_empty() {
                sheet.write_string(line, last, text(&remarks))?;
            }
        }
        line += 1;
    }
    sheet.set_freeze_panes(
        1,
        u16::from(table.columns.first().is_some_and(|it| it.kind == ColumnKind::Text)),
    )?;
    sheet.set_repeat_rows(0, 0)?;
    if !table.columns.is_empty() {
        let right = if marked { last } else { last - 1 };
        sheet.autofilter(0, 0, line - 1, right)?;
    }
    let soft = Format::new().set_font_color(SOFT);
    for (place, note) in (line + 1..).zip(&table.notes) {
        sheet.write_string_with_format(place, 0, text(note), &soft)?;
    }
    page(sheet, document);
    Ok(())
}

fn write_row(
    sheet: &mut Worksheet,
    line: u32,
    row: &Row,
    table: &Table,
    formats: &mut Formats,
) -> Result<(), XlsxError> {
    for (place, (column, cell)) in (0..).zip(table.columns.iter().zip(&row.cells)) {
        let format = formats.of(place, column, row, cell);
        match &cell.value {
            Value::Nothing => continue,
            Value::Number(number) if number.is_finite() => {
                sheet.write_number_with_format(line, place, *number, format)?
            }
            Value::Unknown | Value::Number(_) => {
                sheet.write_string_with_format(line, place, shown::UNKNOWN, format)?
            }
            Value::Text(of) => sheet.write_string_with_format(line, place, text(of), format)?,
            Value::Date(date) => {
                sheet.write_number_with_format(line, place, serial(date.at(0, 0, 0, 0)), format)?
            }
            Value::Moment(at) => {
                sheet.write_number_with_format(line, place, serial(*at), format)?
            }
        };
    }
    Ok(())
}

/// Days as spreadsheets count them.
fn serial(at: DateTime) -> f64 {
    let zero = Date::constant(1899, 12, 30).at(0, 0, 0, 0);
    at.duration_since(zero).as_secs_f64() / 86_400.0
}

/// Each format once: a workbook holds them in a list.
struct Formats {
    made: HashMap<(u16, bool, bool), Format>,
    language: Language,
}

impl Formats {
    fn of(&mut self, place: u16, column: &Column, row: &Row, cell: &Cell) -> &Format {
        let marked = cell.marks != Marks::default();
        let language = self.language;
        self.made.entry((place, row.strong, marked)).or_insert_with(|| {
            let mut format = Format::new().set_align(FormatAlign::Top);
            format = match column.kind {
                ColumnKind::Text => format.set_text_wrap().set_align(FormatAlign::Left),
                ColumnKind::Date | ColumnKind::Moment => format.set_align(FormatAlign::Left),
                _ => format.set_align(FormatAlign::Right),
            };
            if let Some(code) = code(column, language) {
                format = format.set_num_format(code);
            }
            if row.strong {
                format = format.set_bold().set_border_top(FormatBorder::Thin);
            }
            if marked { format.set_italic() } else { format }
        })
    }
}

/// How a number is shown, as spreadsheets write it; point and comma are those of who
/// opens it.
fn code(column: &Column, language: Language) -> Option<String> {
    let decimals = |count: u8| match count {
        0 => String::new(),
        count => format!(".{}", "0".repeat(usize::from(count.min(20)))),
    };
    let day = language.pick("dd.mm.yyyy", "d mmm yyyy");
    Some(match column.kind {
        ColumnKind::Text => return None,
        ColumnKind::Number { decimals: count } if column.unit.is_empty() => {
            format!("#,##0{}", decimals(count))
        }
        ColumnKind::Number { decimals: count } => {
            let unit: String = text(&column.unit).replace('"', "").chars().take(60).collect();
            format!("#,##0{}\\ \"{unit}\"", decimals(count))
        }
        ColumnKind::Percent { decimals: count } => format!("0{}\\ %", decimals(count)),
        ColumnKind::Date => day.to_owned(),
        ColumnKind::Moment => format!("{day} hh:mm"),
    })
}

/// In letters, by what is shown.
fn width(table: &Table, place: usize, language: Language) -> f64 {
    let column = &table.columns[place];
    let unit = if shown::numeric(column) { column.unit.chars().count() + 1 } else { 0 };
    let cells = table.rows.iter().filter_map(|row| row.cells.get(place));
    let cells =
        cells.map(|cell| shown::value(&cell.value, column, language).chars().count() + unit);
    let words = column.title.split(' ').map(|word| word.chars().count() + 1);
    let most = cells.chain(words).max().unwrap_or(0);
    // The heading has a button beside it.
    (most as f64 + 2.5).clamp(9.0, WIDEST)
}

/// What a cell takes.
fn text(text: &str) -> String {
    let clean = escaped::printable(text);
    // It counts as UTF-16 does.
    let mut used = 0;
    clean
        .chars()
        .take_while(|letter| {
            used += letter.len_utf16();
            used <= LONGEST
        })
        .collect()
}
