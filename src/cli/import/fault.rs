//! What can be wrong in a mapping file, and in a file to be imported.

use crate::engine::find::NotFound;
use crate::model::{Fault, Language};

#[derive(Debug)]
pub enum Wrong {
    /// TOML's own words.
    Form(String),
    Newer(u32),
    OneLetter,
    NoTime,
    UnknownZone(String),
    Point(NotFound),
    /// The point has this unit.
    OtherUnit(String),
    UnknownUnit(String),
    /// There are these.
    UnknownState(Vec<String>),
    /// There are these headings.
    NoColumn {
        name: String,
        headings: Vec<String>,
    },
    NoHeadings,
    /// A row ends before this column.
    Short(String),
    Time {
        tried: Vec<String>,
    },
    /// Left out by the spring change of this zone.
    SkippedTime(String),
    /// Twice there by the autumn change of this zone, and the order of rows does not tell.
    DoubledTime(String),
    Number,
    /// A comma where the mapping says point, or the other way round.
    Decimal {
        found: char,
    },
    State(Vec<String>),
    Quality,
    /// Nothing maps a series of this name.
    Unmapped,
    NoSeries,
    TooMany(usize),
}

impl Fault for Wrong {
    fn code(&self) -> &'static str {
        match self {
            Self::Form(_) => "mapping",
            Self::Newer(_) => "format",
            Self::OneLetter => "letter",
            Self::NoTime => "holds",
            Self::UnknownZone(_) => "time-zone",
            Self::Point(_) => "unknown-name",
            Self::OtherUnit(_) | Self::UnknownUnit(_) => "unit",
            Self::UnknownState(_) | Self::State(_) => "state",
            Self::NoColumn { .. } | Self::NoHeadings => "column",
            Self::Short(_) => "short-row",
            Self::Time { .. } => "time",
            Self::SkippedTime(_) => "skipped-time",
            Self::DoubledTime(_) => "doubled-time",
            Self::Number => "number",
            Self::Decimal { .. } => "decimal",
            Self::Quality => "quality",
            Self::Unmapped => "unmapped",
            Self::NoSeries => "no-series",
            Self::TooMany(_) => "too-many",
        }
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::Form(words) => (words.clone(), words.clone()),
            Self::Newer(found) => (
                format!("format = {found} kennt dieses hauswart nicht"),
                format!("this hauswart does not know format = {found}"),
            ),
            Self::OneLetter => {
                ("hier gehört ein einzelnes Zeichen hin".into(), "one letter belongs here".into())
            }
            Self::NoTime => ("hier gehört eine Dauer hin".into(), "a time belongs here".into()),
            Self::UnknownZone(name) => (
                format!("die Zeitzone {name} gibt es nicht"),
                format!("there is no time zone {name}"),
            ),
            Self::Point(not) => (not.words(Language::De), not.words(Language::En)),
            Self::OtherUnit(own) => (
                format!("diese Einheit passt nicht zum Punkt, der {own} hat"),
                format!("this unit does not fit the point, which has {own}"),
            ),
            Self::UnknownUnit(_) => {
                ("diese Einheit gibt es nicht".into(), "there is no such unit".into())
            }
            Self::UnknownState(_) => {
                ("diesen Zustand hat der Punkt nicht".into(), "the point has no such state".into())
            }
            Self::NoColumn { name, .. } => (
                format!("eine Spalte „{name}“ gibt es hier nicht"),
                format!("there is no column \"{name}\" here"),
            ),
            Self::NoHeadings => (
                "hier fehlt die Zeile mit den Überschriften".into(),
                "the line of headings is missing here".into(),
            ),
            Self::Short(name) => (
                format!("die Zeile endet vor der Spalte „{name}“"),
                format!("the row ends before the column \"{name}\""),
            ),
            Self::Time { .. } => ("das ist keine Zeit".into(), "this is no time".into()),
            Self::SkippedTime(zone) => (
                format!("diese Zeit gibt es in {zone} nicht: die Uhr wird da vorgestellt"),
                format!("there is no such time in {zone}: the clock goes forward then"),
            ),
            Self::DoubledTime(zone) => (
                format!(
                    "diese Zeit gibt es in {zone} zweimal, und die Reihenfolge der Zeilen sagt \
                     nicht, welche gemeint ist"
                ),
                format!(
                    "there are two such times in {zone}, and the order of rows does not tell \
                     which one is meant"
                ),
            ),
            Self::Number => ("das ist keine Zahl".into(), "this is no number".into()),
            Self::Decimal { found } => (
                format!("in dieser Zahl steht „{found}“, anders als in der Zuordnung"),
                format!("this number has \"{found}\", unlike the mapping says"),
            ),
            Self::State(_) => {
                ("dieser Zustand ist unbekannt".into(), "this state is unknown".into())
            }
            Self::Quality => (
                "dieses Wort für die Güte ist unbekannt".into(),
                "this word of quality is unknown".into(),
            ),
            Self::Unmapped => (
                "die Reihe dieses Namens ist keinem Punkt zugeordnet und bleibt weg".into(),
                "no point is mapped to a series of this name; it is left out".into(),
            ),
            Self::NoSeries => ("keine Reihe ist zugeordnet".into(), "no series is mapped".into()),
            Self::TooMany(most) => (
                format!("mehr als {most} Werte auf einmal"),
                format!("more than {most} values at once"),
            ),
        };
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::OneLetter => {
                ("\";\", \",\" oder \"tab\"".into(), "\";\", \",\" or \"tab\"".into())
            }
            Self::NoTime => ("\"1 h\"".into(), "\"1 h\"".into()),
            Self::UnknownZone(_) => {
                ("\"Europe/Berlin\", \"+01:00\"".into(), "\"Europe/Berlin\", \"+01:00\"".into())
            }
            Self::OtherUnit(own) | Self::UnknownUnit(own) => {
                (format!("\"{own}\""), format!("\"{own}\""))
            }
            Self::UnknownState(states) | Self::State(states) => {
                let states = states.join(", ");
                (
                    format!(
                        "es gibt {states}; fremde Wörter unter states = {{ \"Ein\" = \"on\" }}"
                    ),
                    format!(
                        "there are {states}; foreign words under states = {{ \"Ein\" = \"on\" }}"
                    ),
                )
            }
            Self::NoColumn { headings, .. } => {
                let headings = headings.join(" | ");
                (
                    format!("es gibt: {headings}; skip und separator prüfen"),
                    format!("there are: {headings}; check skip and separator"),
                )
            }
            Self::Time { tried } => {
                let tried = tried.join(" | ");
                (
                    format!("versucht wurde {tried}; sonst unter [time] format = \"…\""),
                    format!("tried were {tried}; else format = \"…\" under [time]"),
                )
            }
            Self::SkippedTime(_) => (
                "schreibt das System das ganze Jahr Winterzeit: unter [time] zone = \"+01:00\""
                    .into(),
                "if that system keeps winter time all year: zone = \"+01:00\" under [time]".into(),
            ),
            Self::DoubledTime(_) => (
                "unter [time] doubled = \"first\" oder \"second\"; schreibt das System das \
                 ganze Jahr Winterzeit: zone = \"+01:00\""
                    .into(),
                "doubled = \"first\" or \"second\" under [time]; if that system keeps winter \
                 time all year: zone = \"+01:00\""
                    .into(),
            ),
            Self::Number => (
                "steht das für „kein Wert“: in die Liste missing aufnehmen".into(),
                "if it says \"no value\": put it into the list missing".into(),
            ),
            Self::Decimal { found } => {
                (format!("decimal = \"{found}\""), format!("decimal = \"{found}\""))
            }
            Self::Quality => (
                "unter [quality] bei good, substituted, stale oder faulty eintragen".into(),
                "put it under [quality] into good, substituted, stale or faulty".into(),
            ),
            Self::NoSeries => {
                ("[[series]] mit name und point".into(), "[[series]] with name and point".into())
            }
            Self::TooMany(_) => (
                "die Datei teilen und nacheinander einspielen".into(),
                "split the file, and import one part after the other".into(),
            ),
            _ => return None,
        };
        Some(language.pick(german, english))
    }
}
