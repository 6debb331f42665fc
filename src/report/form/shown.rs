//! Values as people read them, in German or English: what page and print, and in part
//! the spreadsheets, have in common.

use jiff::civil::{Date, DateTime};

use crate::model::Language;
use crate::report::document::{Column, ColumnKind, Document, Marks, Row, Table, Value, View};

/// Stands for what is not known.
pub const UNKNOWN: &str = "–";

/// `1.234,5` or `1,234.5`, with a true minus and no `−0`.
#[must_use]
pub fn number(value: f64, decimals: u8, language: Language) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    // Nobody reads so many digits, and they hold no more than this.
    if value.abs() >= 1e15 {
        let text = format!("{value:.3e}").replace('-', "−");
        return language.pick(text.replace('.', ","), text);
    }
    let (group, point) = language.pick(('.', ','), (',', '.'));
    let digits = format!("{:.*}", usize::from(decimals), value.abs());
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = String::with_capacity(digits.len() + 6);
    if value < 0.0 && digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        text.push('−');
    }
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(point);
        text.push_str(fraction);
    }
    text
}

/// `31.12.2026` or `31 Dec 2026`.
#[must_use]
pub fn date(date: Date, language: Language) -> String {
    let (day, month, year) = (date.day(), date.month(), date.year());
    match language {
        Language::De => format!("{day:02}.{month:02}.{year}"),
        Language::En => format!("{day} {} {year}", month_name(month, language)),
    }
}

/// The same with the time of day, to the minute.
#[must_use]
pub fn moment(at: DateTime, language: Language) -> String {
    format!("{} {:02}:{:02}", date(at.date(), language), at.hour(), at.minute())
}

/// Three letters or so; months are 1 to 12.
#[must_use]
pub fn month_name(month: i8, language: Language) -> &'static str {
    let german =
        ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"];
    let english =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let place = usize::try_from(month - 1).unwrap_or(0);
    language.pick(german, english).get(place).copied().unwrap_or("")
}

/// The first and the last day, as a stretch.
#[must_use]
pub fn period(document: &Document) -> String {
    let language = document.language;
    let (first, last) = (date(document.first, language), date(document.last, language));
    if document.first == document.last { first } else { format!("{first} – {last}") }
}

/// Below the title: of which time, and when it was made.
#[must_use]
pub fn subtitle(document: &Document) -> String {
    let language = document.language;
    let period = format!("{} {}", language.pick("Zeitraum", "Period"), period(document));
    match document.made {
        Some(made) => {
            let made = moment(made, language);
            language
                .pick(format!("{period} · erstellt am {made}"), format!("{period} · made {made}"))
        }
        None => period,
    }
}

/// As the cell shows it. Nothing is empty, the unknown a dash.
#[must_use]
pub fn value(value: &Value, column: &Column, language: Language) -> String {
    match value {
        Value::Nothing => String::new(),
        Value::Unknown => UNKNOWN.to_owned(),
        Value::Text(text) => text.clone(),
        Value::Number(of) => match column.kind {
            ColumnKind::Number { decimals } => number(*of, decimals, language),
            ColumnKind::Percent { decimals } => number(*of * 100.0, decimals, language),
            // Not foreseen there; better seen than lost.
            _ => number(*of, 2, language),
        },
        Value::Date(of) => date(*of, language),
        Value::Moment(at) => moment(*at, language),
    }
}

/// `Verbrauch in kWh`, for where there is one line (DIN 461: no brackets).
#[must_use]
pub fn heading(column: &Column) -> String {
    if column.unit.is_empty() {
        column.title.clone()
    } else {
        format!("{} in {}", column.title, column.unit)
    }
}

/// Whether its cells stand at the right edge, digit below digit.
#[must_use]
pub const fn numeric(column: &Column) -> bool {
    matches!(column.kind, ColumnKind::Number { .. } | ColumnKind::Percent { .. })
}

/// What is said below a table of its dashes and marks, only of those in these rows:
/// sign and meaning.
#[must_use]
pub fn legend<'a>(
    rows: impl Iterator<Item = &'a Row>,
    columns: &[usize],
    language: Language,
) -> Vec<(&'static str, &'static str)> {
    let mut all = Marks::default();
    let mut unknown = false;
    for row in rows {
        for cell in columns.iter().filter_map(|column| row.cells.get(*column)) {
            all = all.and(cell.marks);
            unknown |= cell.value == Value::Unknown;
        }
    }
    let dash = unknown.then(|| (UNKNOWN, language.pick("nicht bekannt", "not known")));
    let marks = all.set().into_iter().map(|(_, letter)| (letter, Marks::legend(letter, language)));
    dash.into_iter().chain(marks).collect()
}

/// Below a table without rows.
#[must_use]
pub fn none(language: Language) -> &'static str {
    language.pick("Keine Einträge.", "No entries.")
}

/// The rows that a view shows, in order.
pub fn rows<'a>(table: &'a Table, places: &'a [usize]) -> impl Iterator<Item = &'a Row> + Clone {
    places.iter().filter_map(|place| table.rows.get(*place))
}

/// What stands above a table.
#[must_use]
pub fn title<'a>(view: &'a View, table: &'a Table) -> &'a str {
    view.title.as_deref().unwrap_or(&table.title)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as day;

    use super::*;

    #[test]
    fn numbers_as_both_languages_write_them() {
        let both = |value, decimals| {
            (number(value, decimals, Language::De), number(value, decimals, Language::En))
        };
        assert_eq!(both(1234.56, 1), ("1.234,6".to_owned(), "1,234.6".to_owned()));
        assert_eq!(both(-1_234_567.0, 0), ("−1.234.567".to_owned(), "−1,234,567".to_owned()));
        assert_eq!(both(-0.04, 1), ("0,0".to_owned(), "0.0".to_owned()));
        assert_eq!(both(999.96, 1), ("1.000,0".to_owned(), "1,000.0".to_owned()));
        assert_eq!(both(-2.5e20, 1), ("−2,500e20".to_owned(), "−2.500e20".to_owned()));
        assert_eq!(number(f64::NAN, 0, Language::De), UNKNOWN);
    }

    #[test]
    fn days_as_both_languages_write_them() {
        assert_eq!(date(day(2026, 3, 9), Language::De), "09.03.2026");
        assert_eq!(date(day(2026, 3, 9), Language::En), "9 Mar 2026");
        assert_eq!(moment(day(2026, 10, 25).at(2, 30, 0, 0), Language::De), "25.10.2026 02:30");
    }

    #[test]
    fn a_share_is_shown_as_per_cent_with_the_unit_above() {
        let column = Column::percent("share", "Anteil", 1);
        assert_eq!(value(&Value::Number(0.062), &column, Language::De), "6,2");
        assert_eq!(heading(&column), "Anteil in %");
    }
}
