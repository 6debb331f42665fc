//! A file of readings, as spreadsheets write it: comma or semicolon between cells,
//! and with semicolons a comma within numbers; headings in German or English.

use super::readings::{read_at, reading};
use crate::model::Language;
use crate::model::diagnostic::did_you_mean;
use crate::report::entering::NewReading;
use crate::site::Site;
use crate::web::socket::own_account;

/// The rows of a file, each with its line.
pub struct Rows {
    pub good: Vec<(u64, NewReading)>,
    /// What is wrong with the others.
    pub bad: Vec<(u64, String)>,
}

/// Headings that people write, in lower case.
const METER: &[&str] = &["meter", "zähler", "zaehler"];
const TIME: &[&str] = &["time", "at", "date", "zeit", "datum", "zeitpunkt"];
const READING: &[&str] = &["reading", "value", "stand", "zählerstand", "zaehlerstand", "wert"];
const UNIT: &[&str] = &["unit", "einheit"];
const BY: &[&str] = &["by", "von", "name"];

/// Where the cells are.
struct Columns {
    meter: usize,
    time: usize,
    reading: usize,
    unit: Option<usize>,
    by: Option<usize>,
}

/// Reads all rows, good and bad.
///
/// # Errors
/// If a column is missing.
pub fn rows(text: &str, site: &Site, language: Language) -> anyhow::Result<Rows> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let heading = text.lines().next().unwrap_or_default();
    let semicolons = heading.contains(';');
    let mut file = csv::ReaderBuilder::new()
        .delimiter(if semicolons { b';' } else { b',' })
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns = columns(file.headers()?, language)?;
    let mut rows = Rows { good: Vec::new(), bad: Vec::new() };
    for record in file.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                let cells = language.pick(
                    "diese Zeile hat mehr oder weniger Zellen als die Überschrift",
                    "this line has more or fewer cells than the heading",
                );
                rows.bad.push((line, cells.to_owned()));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        match row(&record, &columns, semicolons, site, language) {
            Ok(reading) => rows.good.push((line, reading)),
            Err(error) => rows.bad.push((line, error.to_string())),
        }
    }
    Ok(rows)
}

fn columns(headings: &csv::StringRecord, language: Language) -> anyhow::Result<Columns> {
    let find = |names: &[&str]| {
        headings.iter().position(|heading| names.contains(&heading.to_lowercase().as_str()))
    };
    let need = |names: &[&str]| {
        find(names).ok_or_else(|| {
            let name = language.pick(names[1], names[0]);
            let all: Vec<&str> = headings.iter().collect();
            let meant = did_you_mean(name, all.iter().copied());
            let meant = meant.map(|it| language.pick(
                format!(" (ist „{it}“ gemeint?)"),
                format!(" (is \"{it}\" meant?)"),
            ));
            let meant = meant.unwrap_or_default();
            anyhow::anyhow!(language.pick(
                format!("die Spalte „{name}“ fehlt{meant}; die erste Zeile muss heißen: Zähler;Zeit;Stand"),
                format!("the column \"{name}\" is missing{meant}; the first line must be: meter,time,reading"),
            ))
        })
    };
    Ok(Columns {
        meter: need(METER)?,
        time: need(TIME)?,
        reading: need(READING)?,
        unit: find(UNIT),
        by: find(BY),
    })
}

/// `12.345`: with semicolons spreadsheets write German, where that is twelve
/// thousand; other programs mean a little more than twelve.
fn is_ambiguous(cell: &str) -> bool {
    let number = cell.trim_start_matches(['+', '-']);
    let end = number.find(|it: char| !it.is_ascii_digit() && it != '.' && it != ',');
    let mut groups = number[..end.unwrap_or(number.len())].split('.');
    let is_digits = |group: &str| group.bytes().all(|it| it.is_ascii_digit());
    let first = groups.next().is_some_and(|it| (1..=3).contains(&it.len()) && is_digits(it));
    let mut others = groups.peekable();
    first && others.peek().is_some() && others.all(|it| it.len() == 3 && is_digits(it))
}

fn row(
    record: &csv::StringRecord,
    columns: &Columns,
    semicolons: bool,
    site: &Site,
    language: Language,
) -> anyhow::Result<NewReading> {
    let cell = |place: usize| record.get(place).unwrap_or_default();
    let meter = super::meter(site, cell(columns.meter), language)?;
    let mut digits = cell(columns.reading).to_owned();
    if semicolons && is_ambiguous(&digits) {
        let plain = digits.replace('.', "");
        let comma = digits.replacen('.', ",", 1);
        let or_comma = |or: &str| match digits.matches('.').count() {
            1 => format!(" {or} {comma}"),
            _ => String::new(),
        };
        anyhow::bail!(language.pick(
            format!(
                "{digits}: der Punkt kann Tausender trennen oder ein Komma meinen; so schreiben: {plain} oder {plain},0{}",
                or_comma("oder, wenn es so gemeint ist,")
            ),
            format!(
                "{digits}: the point may group thousands or stand for a comma; write {plain} or {plain},0{}",
                or_comma("or, if that is meant,")
            ),
        ));
    }
    if semicolons && digits.matches(',').count() == 1 && !digits.contains('.') {
        digits = digits.replace(',', ".");
    }
    if let Some(unit) = columns.unit.map(cell).filter(|unit| !unit.is_empty()) {
        digits = format!("{digits} {unit}");
    }
    let by = columns.by.map(cell).filter(|by| !by.is_empty());
    Ok(NewReading {
        meter: meter.name.clone(),
        at: read_at(cell(columns.time), &site.time_zone, language)?,
        reading: Some(reading(&digits, &meter.unit, language)?),
        by: by.map_or_else(own_account, str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_or_not_is_asked_where_a_point_leaves_it_open() {
        for cell in ["12.345", "1.234.567", "012.345", "12.345 m³", "-1.000"] {
            assert!(is_ambiguous(cell), "{cell}");
        }
        for cell in
            ["12345", "12345,0", "12,345", "12.5", "12.3456", "1234.567", "12.345,5", "", "."]
        {
            assert!(!is_ambiguous(cell), "{cell}");
        }
    }
}
