//! Reads a CSV file of another system by its mapping: samples by point, and
//! everything that is wrong, with its place.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::fault::Wrong;
use super::map::{Map, Series};
use super::moment::{Moments, NoMoment, tried};
use crate::history::Sample;
use crate::model::{Diagnostic, Kind, PointId, Quality, diagnostic::Source};
use crate::site::Site;

/// Values that are held in memory, 32 bytes each.
const MOST: usize = 30_000_000;

/// What files say.
#[derive(Debug, Default)]
pub struct Table {
    /// In the order of the rows.
    pub samples: BTreeMap<PointId, Vec<Sample>>,
    /// Values outside of their point's range: kept as such, unknown.
    pub out_of_range: u64,
    pub faults: Vec<Diagnostic>,
    pub rows: u64,
    values: usize,
}

/// Where the columns stand in a row.
struct Layout {
    time: Vec<usize>,
    /// The columns of name, value and quality of a row with one value.
    long: Option<(usize, usize, Option<usize>)>,
    /// By series: value and quality.
    wide: Vec<Option<(usize, Option<usize>)>>,
}

/// What a cell says.
enum Cell {
    /// Nothing at all.
    Empty,
    /// There is no value from here on.
    Missing,
    Value(f64, Quality),
}

/// Reads one file into `table`; `progress` hears how many bytes are read.
pub fn read(source: &Source, map: &Map, site: &Site, table: &mut Table, progress: impl FnMut(u64)) {
    let headings = Vec::new();
    let clocks = HashMap::new();
    let mut reading = Reading { source, map, site, table, row: 0..0, headings, clocks };
    reading.all(progress);
}

struct Reading<'a> {
    source: &'a Source,
    map: &'a Map,
    site: &'a Site,
    table: &'a mut Table,
    /// The bytes of the row that is read.
    row: Range<usize>,
    headings: Vec<String>,
    /// By name in a long file; one for all in a wide one.
    clocks: HashMap<String, Moments>,
}

impl Reading<'_> {
    fn wrong(&mut self, place: Range<usize>, fault: Wrong) {
        self.table.faults.push(Diagnostic::error(&self.source.file, place, fault));
    }

    fn wrong_at(&mut self, column: usize, fault: Wrong) {
        self.wrong(self.field(column), fault);
    }

    /// The bytes of a field of the present row, as they stand in the file.
    fn field(&self, index: usize) -> Range<usize> {
        let begin = self.row.start;
        let (mut start, mut field, mut quoted) = (0, 0, false);
        for (at, letter) in self.source.text[self.row.clone()].bytes().enumerate() {
            let ends = !quoted && matches!(letter, b'\r' | b'\n');
            if ends || (!quoted && letter == self.map.separator) {
                if ends || field == index {
                    return begin + start..begin + at;
                }
                field += 1;
                start = at + 1;
            }
            quoted ^= letter == b'"';
        }
        begin + start..self.row.end
    }

    fn all(&mut self, mut progress: impl FnMut(u64)) {
        let skipped = self.source.text.split_inclusive('\n').take(self.map.skip);
        let begin: usize = skipped.map(str::len).sum();
        let text = self.source.text.clone();
        let mut csv = csv::ReaderBuilder::new()
            .delimiter(self.map.separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(&text.as_bytes()[begin..]);
        let mut record = csv::StringRecord::new();
        let mut layout = None;
        loop {
            let start = csv.position().byte();
            // Text in memory: nothing can go wrong.
            if !csv.read_record(&mut record).unwrap_or(false) {
                break;
            }
            let place = |at: u64| (begin + usize::try_from(at).unwrap_or(0)).min(text.len());
            self.row = place(start)..place(csv.position().byte());
            let ends = text[self.row.clone()].bytes().take_while(|it| b"\r\n".contains(it)).count();
            self.row.start += ends;
            let Some(layout) = &layout else {
                self.headings = record.iter().map(|it| it.trim().to_owned()).collect();
                layout = self.layout();
                if layout.is_none() {
                    return;
                }
                continue;
            };
            if record.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            self.table.rows += 1;
            progress(self.row.end as u64);
            self.record(&record, layout);
            if self.table.values > MOST {
                return self.wrong(self.row.clone(), Wrong::TooMany(MOST));
            }
        }
        if layout.is_none() {
            self.wrong(begin..begin, Wrong::NoHeadings);
        }
    }

    /// The place of a column by its heading or, where there is none such, by its
    /// number from 1.
    fn place_of(&self, name: &str) -> Option<usize> {
        let count = self.headings.len();
        let number = || name.parse::<usize>().ok()?.checked_sub(1).filter(|it| *it < count);
        self.headings.iter().position(|it| it == name.trim()).or_else(number)
    }

    /// The same; one that is missing is told.
    fn column(&mut self, name: &str) -> Option<usize> {
        let count = self.headings.len();
        let place = self.place_of(name);
        if place.is_none() {
            let line = self.row.start..self.field(count.saturating_sub(1)).end;
            let headings = self.headings.clone();
            self.wrong(line, Wrong::NoColumn { name: name.to_owned(), headings });
        }
        place
    }

    /// `None`: columns are missing, which has been told.
    fn layout(&mut self) -> Option<Layout> {
        let map = self.map;
        let before = self.table.faults.len();
        let time = map.time.iter().filter_map(|name| self.column(name)).collect();
        let common = map.quality.as_ref().and_then(|name| self.column(name));
        let long = map
            .long
            .as_ref()
            .and_then(|(name, value)| Some((self.column(name)?, self.column(value)?, common)));
        let mut wide = Vec::new();
        if map.long.is_none() {
            for series in &map.series {
                let value = self.place_of(&series.name);
                if value.is_none() {
                    let (name, headings) = (series.name.clone(), self.headings.clone());
                    let fault = Wrong::NoColumn { name, headings };
                    let place = series.place.clone();
                    self.table.faults.push(Diagnostic::error(&map.file, place, fault));
                }
                let own = series.quality.as_ref().and_then(|name| self.column(name));
                wide.push(value.map(|value| (value, own.or(common))));
            }
        }
        (self.table.faults.len() == before).then_some(Layout { time, long, wide })
    }

    fn record(&mut self, record: &csv::StringRecord, layout: &Layout) {
        let map = self.map;
        let last = layout.time.iter().copied().max().unwrap_or(0);
        if record.len() <= last {
            let name = self.headings.get(last).cloned().unwrap_or_default();
            return self.wrong(self.row.start..self.field(last).end, Wrong::Short(name));
        }
        let of = |column: usize| record.get(column).unwrap_or("");
        let name = layout.long.map_or("", |(name, ..)| of(name).trim());
        let mine = if layout.long.is_some() {
            match map.series.iter().position(|series| series.name == name) {
                Some(place) => Some(place),
                None => return self.unmapped(name, layout),
            }
        } else {
            None
        };
        let texts: Vec<&str> = layout.time.iter().map(|column| of(*column).trim()).collect();
        let clock = self.clocks.entry(name.to_owned()).or_default();
        let at_ms = match clock.read(&texts.join(" "), map) {
            Ok(at_ms) => at_ms,
            Err(not) => {
                let (first, last) = (layout.time[0], layout.time[layout.time.len() - 1]);
                let place = self.field(first.min(last)).start..self.field(first.max(last)).end;
                return self.wrong(
                    place,
                    match not {
                        NoMoment::Unreadable => Wrong::Time { tried: tried(map) },
                        NoMoment::Skipped => Wrong::SkippedTime(zone_name(map)),
                        NoMoment::Doubled => Wrong::DoubledTime(zone_name(map)),
                    },
                );
            }
        };
        match (mine, layout.long) {
            (Some(series), Some((_, value, quality))) => {
                self.cell(record, series, value, quality, at_ms);
            }
            _ => {
                for (series, columns) in layout.wide.iter().enumerate() {
                    if let Some((value, quality)) = columns {
                        self.cell(record, series, *value, *quality, at_ms);
                    }
                }
            }
        }
    }

    /// Told once for each name.
    fn unmapped(&mut self, name: &str, layout: &Layout) {
        let key = format!("\0{name}");
        if self.clocks.insert(key, Moments::default()).is_none() {
            let place = self.field(layout.long.map_or(0, |(column, ..)| column));
            let file = &self.source.file;
            self.table.faults.push(Diagnostic::warning(file, place, Wrong::Unmapped));
        }
    }

    fn cell(
        &mut self,
        record: &csv::StringRecord,
        series: usize,
        value: usize,
        quality: Option<usize>,
        at_ms: i64,
    ) {
        let map = self.map;
        let series = &map.series[series];
        let mut text = record.get(value).unwrap_or("").trim();
        let mut word = quality.map(|column| (record.get(column).unwrap_or("").trim(), column));
        // As in `21.5 °C {ok}`.
        if let Some((number, status)) = text.rsplit_once('{')
            && status.ends_with('}')
        {
            word = word.or(Some((&text[number.len()..], value)));
            text = number.trim();
        }
        let heard = match word {
            None | Some(("{ok}", _)) => Quality::Good,
            Some((word, column)) => match map.words.iter().find(|(known, _)| known == word) {
                Some((_, quality)) => *quality,
                None if word.is_empty() => Quality::Good,
                None => return self.wrong_at(column, Wrong::Quality),
            },
        };
        let sample = match self.value(text, series, value) {
            None | Some(Cell::Empty) => return,
            Some(Cell::Missing) if heard == Quality::Good => Sample::gap(at_ms, Quality::NeverRead),
            Some(Cell::Value(value, Quality::Good)) if heard.is_usable() => {
                Sample { at_ms, value: Some(value), quality: heard }
            }
            Some(Cell::Value(_, quality)) if heard == Quality::Good => Sample::gap(at_ms, quality),
            Some(_) => Sample::gap(at_ms, heard),
        };
        self.table.out_of_range += u64::from(sample.quality == Quality::OutOfRange);
        self.table.values += 1;
        self.table.samples.entry(series.point).or_default().push(sample);
    }

    /// Canonical; `None`: it is wrong, which has been told.
    fn value(&mut self, text: &str, series: &Series, column: usize) -> Option<Cell> {
        if text.is_empty() {
            return Some(Cell::Empty);
        }
        if self.map.missing.iter().any(|missing| missing == text) {
            return Some(Cell::Missing);
        }
        let point = self.site.points.get(series.point);
        let value = match &point.kind {
            Kind::States(states) => match series.states.iter().find(|(known, _)| known == text) {
                Some((_, index)) => *index as f64,
                None => {
                    self.wrong_at(column, Wrong::State(states.clone()));
                    return None;
                }
            },
            Kind::Number(_) => match number(text, self.map, series) {
                Ok(number) => series.unit.canonical(number * series.factor + series.offset),
                Err(fault) => {
                    self.wrong_at(column, fault);
                    return None;
                }
            },
        };
        let fits = point.range.is_none_or(|(low, high)| (low..=high).contains(&value));
        Some(Cell::Value(value, if fits { Quality::Good } else { Quality::OutOfRange }))
    }
}

fn zone_name(map: &Map) -> String {
    map.zone.iana_name().unwrap_or("this zone").to_owned()
}

/// A number as written, its unit behind it or not.
fn number(text: &str, map: &Map, series: &Series) -> Result<f64, Wrong> {
    let text = text.strip_suffix(series.unit.symbol.as_str()).unwrap_or(text).trim_end();
    let mut plain: String = text.chars().filter(|letter| Some(*letter) != map.thousands).collect();
    let other = if map.decimal == ',' { '.' } else { ',' };
    if plain.contains(other) {
        return Err(Wrong::Decimal { found: other });
    }
    plain = plain.replace(map.decimal, ".").replace('\u{2212}', "-");
    let digits = plain.bytes().all(|it| it.is_ascii_digit() || b"+-.eE".contains(&it));
    let number = plain.parse::<f64>().ok().filter(|number| digits && number.is_finite());
    number.ok_or(Wrong::Number)
}
