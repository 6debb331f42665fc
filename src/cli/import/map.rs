//! The mapping file of an import: how a CSV file of another system is laid out, and
//! which of its series is which point. Its schema in prose stands in the README.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::fault::Wrong;
use crate::engine::find;
use crate::model::unit::{duration, parse_quantity};
use crate::model::{Diagnostic, Kind, PointId, Quality, Quantity, Unit, diagnostic::Source};
use crate::site::Site;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMap {
    format: u32,
    #[serde(default)]
    encoding: Encoding,
    separator: Option<Spanned<String>>,
    decimal: Option<Spanned<String>>,
    thousands: Option<Spanned<String>>,
    /// Lines above the line of headings.
    #[serde(default)]
    skip: usize,
    /// Texts in place of a value that say that there is none.
    #[serde(default)]
    missing: Vec<String>,
    holds: Option<Spanned<String>>,
    time: RawTime,
    long: Option<RawLong>,
    quality: Option<RawQuality>,
    #[serde(default)]
    series: Vec<RawSeries>,
}

/// How the file's bytes are letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "windows-1252")]
    Windows1252,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTime {
    #[serde(alias = "columns")]
    column: OneOrMore,
    #[serde(default)]
    format: Option<OneOrMore>,
    zone: Option<Spanned<String>>,
    #[serde(default)]
    doubled: Doubled,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn all(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
    }
}

/// Which of both is meant by a time of the hour that comes twice in autumn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Doubled {
    /// The rows are in order of time, oldest or newest first: where times jump, the
    /// other one begins.
    #[default]
    Order,
    First,
    Second,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLong {
    name: String,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuality {
    /// The column, in a file that has one for all its values.
    column: Option<String>,
    #[serde(default)]
    good: Vec<String>,
    #[serde(default)]
    substituted: Vec<String>,
    #[serde(default)]
    stale: Vec<String>,
    #[serde(default)]
    faulty: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSeries {
    name: Spanned<String>,
    point: Spanned<String>,
    unit: Option<Spanned<String>>,
    factor: Option<f64>,
    offset: Option<f64>,
    #[serde(default)]
    states: BTreeMap<String, Spanned<String>>,
    /// The column of this series alone.
    quality: Option<String>,
}

/// See the module.
#[derive(Debug)]
pub struct Map {
    /// Its name, for people.
    pub file: Arc<str>,
    pub encoding: Encoding,
    pub separator: u8,
    pub decimal: char,
    pub thousands: Option<char>,
    pub skip: usize,
    pub missing: Vec<String>,
    /// A longer silence is a gap, in seconds; `None`: told from the file.
    pub holds_s: Option<f64>,
    /// Joined by a space.
    pub time: Vec<String>,
    /// Tried in turn; empty: the usual ones.
    pub formats: Vec<String>,
    pub zone: TimeZone,
    pub doubled: Doubled,
    /// The columns of name and value, where a row has one value.
    pub long: Option<(String, String)>,
    pub quality: Option<String>,
    pub words: Vec<(String, Quality)>,
    pub series: Vec<Series>,
}

/// One series of the file.
#[derive(Debug)]
pub struct Series {
    /// A heading, or what stands in the column of names.
    pub name: String,
    /// Where it stands in the mapping file.
    pub place: Range<usize>,
    pub point: PointId,
    pub unit: Unit,
    pub factor: f64,
    pub offset: f64,
    /// Texts of states, and the states' indices.
    pub states: Vec<(String, usize)>,
    pub quality: Option<String>,
}

/// Reads a mapping file; everything that is wrong in it.
///
/// # Errors
/// The faults, if there are any.
pub fn read(source: &Source, site: &Site) -> Result<Map, Vec<Diagnostic>> {
    let raw: RawMap = toml::from_str(&source.text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        vec![Diagnostic::error(&source.file, span, Wrong::Form(error.message().to_owned()))]
    })?;
    let mut reading = Reading { file: &source.file, site, faults: Vec::new() };
    let map = reading.map(raw);
    if reading.faults.is_empty() { Ok(map) } else { Err(reading.faults) }
}

struct Reading<'a> {
    file: &'a Arc<str>,
    site: &'a Site,
    faults: Vec<Diagnostic>,
}

impl Reading<'_> {
    fn wrong(&mut self, place: Range<usize>, fault: Wrong) {
        self.faults.push(Diagnostic::error(self.file, place, fault));
    }

    fn letter(&mut self, word: Option<Spanned<String>>, usual: Option<char>) -> Option<char> {
        let Some(word) = word else { return usual };
        let text = if word.get_ref() == "tab" { "\t" } else { word.get_ref() };
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) if letter.is_ascii() || letter == '\u{a0}' => Some(letter),
            (Some(letter), None) if letter == '’' => Some(letter),
            _ => {
                self.wrong(word.span(), Wrong::OneLetter);
                usual
            }
        }
    }

    fn map(&mut self, raw: RawMap) -> Map {
        if raw.format != 1 {
            self.wrong(0..0, Wrong::Newer(raw.format));
        }
        let separator = self.letter(raw.separator, Some(',')).unwrap_or(',');
        let holds_s = raw.holds.and_then(|word| {
            let time = parse_quantity(word.get_ref()).ok();
            let time = time.filter(|(_, unit)| unit.quantity == Quantity::TIME);
            if time.is_none() {
                self.wrong(word.span(), Wrong::NoTime);
            }
            time.and_then(|(seconds, _)| duration(seconds)).map(|it| it.as_secs_f64())
        });
        let zone = self.zone(raw.time.zone);
        let words = raw.quality.as_ref().map(words).unwrap_or_default();
        let series = raw.series.into_iter().filter_map(|series| self.series(series)).collect();
        Map {
            file: self.file.clone(),
            encoding: raw.encoding,
            separator: u8::try_from(separator).unwrap_or(b','),
            decimal: self.letter(raw.decimal, Some('.')).unwrap_or('.'),
            thousands: self.letter(raw.thousands, None),
            skip: raw.skip,
            missing: raw.missing,
            holds_s,
            time: raw.time.column.all(),
            formats: raw.time.format.map(OneOrMore::all).unwrap_or_default(),
            zone,
            doubled: raw.time.doubled,
            long: raw.long.map(|long| (long.name, long.value)),
            quality: raw.quality.and_then(|quality| quality.column),
            words,
            series,
        }
    }

    /// A zone by name, or a fixed distance from UTC: `+01:00`.
    fn zone(&mut self, word: Option<Spanned<String>>) -> TimeZone {
        let Some(word) = word else { return self.site.time_zone.clone() };
        let text = word.get_ref().as_str();
        let fixed = || {
            let (sign, rest) = (text.get(..1)?, text.get(1..)?);
            let (hours, minutes) = rest.split_once(':')?;
            let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
            let seconds = match sign {
                "+" => seconds,
                "-" => -seconds,
                _ => return None,
            };
            Some(TimeZone::fixed(jiff::tz::Offset::from_seconds(seconds).ok()?))
        };
        let zone = fixed().or_else(|| TimeZone::get(text).ok());
        zone.unwrap_or_else(|| {
            self.wrong(word.span(), Wrong::UnknownZone(text.to_owned()));
            TimeZone::UTC
        })
    }

    fn series(&mut self, raw: RawSeries) -> Option<Series> {
        let id = match find::point(self.site, raw.point.get_ref()) {
            Ok(id) => id,
            Err(not) => {
                self.wrong(raw.point.span(), Wrong::Point(not));
                return None;
            }
        };
        let point = self.site.points.get(id);
        let mut series = Series {
            place: raw.name.span(),
            name: raw.name.into_inner(),
            point: id,
            unit: Unit::none(),
            factor: raw.factor.unwrap_or(1.0),
            offset: raw.offset.unwrap_or(0.0),
            states: Vec::new(),
            quality: raw.quality,
        };
        match &point.kind {
            Kind::Number(own) => {
                series.unit = own.clone();
                if let Some(word) = raw.unit {
                    match Unit::parse(word.get_ref()) {
                        Some(unit) if unit.quantity == own.quantity => series.unit = unit,
                        Some(_) => self.wrong(word.span(), Wrong::OtherUnit(own.symbol.clone())),
                        None => self.wrong(word.span(), Wrong::UnknownUnit(own.symbol.clone())),
                    }
                }
            }
            Kind::States(states) => {
                let own = states.iter().enumerate();
                series.states = own.map(|(index, state)| (state.clone(), index)).collect();
                for (text, state) in raw.states {
                    match states.iter().position(|it| it == state.get_ref()) {
                        Some(index) => series.states.insert(0, (text, index)),
                        None => self.wrong(state.span(), Wrong::UnknownState(states.clone())),
                    }
                }
            }
        }
        Some(series)
    }
}

fn words(raw: &RawQuality) -> Vec<(String, Quality)> {
    let of = |words: &[String], quality| {
        words.iter().map(move |word| (word.trim().to_owned(), quality)).collect::<Vec<_>>()
    };
    [
        of(&raw.good, Quality::Good),
        of(&raw.substituted, Quality::Substituted),
        of(&raw.stale, Quality::Stale),
        of(&raw.faulty, Quality::Faulty),
    ]
    .concat()
}

/// The file's text; `None` if it is not in this encoding.
pub fn decode(bytes: Vec<u8>, encoding: Encoding) -> Option<String> {
    match encoding {
        Encoding::Utf8 => String::from_utf8(bytes).ok(),
        Encoding::Windows1252 => Some(bytes.into_iter().map(letter).collect()),
    }
}

/// Windows-1252, as <https://encoding.spec.whatwg.org/index-windows-1252.txt> has it.
fn letter(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}

/// The text of a file by the name that people know it by.
pub fn source(path: &Path, text: &str) -> Source {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Source { file: path.display().to_string().into(), text: text.into() }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Of times alone, in Germany.
    pub fn map(time: &str) -> Map {
        let site = Source { file: "site.toml".into(), text: SITE.into() };
        let site = crate::site::load(&site, Path::new("/"), &[]).site.unwrap();
        let text = format!("format = 1\n[time]\ncolumn = \"Zeit\"\n{time}");
        read(&source(Path::new("map.toml"), &text), &site).unwrap()
    }

    const SITE: &str = "format = 1\n[site]\nname = \"Test\"\n[[building]]\nname = \"Haus\"\n\
                        usage = \"school\"\n";

    #[test]
    fn what_is_wrong_in_a_mapping_is_told_all_at_once() {
        let site = Source { file: "site.toml".into(), text: SITE.into() };
        let site = crate::site::load(&site, Path::new("/"), &[]).site.unwrap();
        let text = "format = 1\nseparator = \";;\"\nholds = \"1 km\"\n[time]\ncolumn = \"Zeit\"\n\
                    zone = \"Europa\"\n[[series]]\nname = \"VL\"\npoint = \"HK1.Vorlauf\"\n";
        let faults = read(&source(Path::new("map.toml"), text), &site).unwrap_err();
        let codes: Vec<&str> = faults.iter().map(|fault| fault.fault.code()).collect();
        assert_eq!(codes, ["letter", "holds", "time-zone", "unknown-name"]);
    }

    #[test]
    fn windows_letters() {
        let text = decode(b"W\xe4rmez\xe4hler [m\xb3] 5 \x80".to_vec(), Encoding::Windows1252);
        assert_eq!(text.as_deref(), Some("Wärmezähler [m³] 5 €"));
        assert_eq!(decode(b"W\xe4rme".to_vec(), Encoding::Utf8), None);
    }
}
