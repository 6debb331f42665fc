//! Faults of `test` entries: when, what is given, what is expected.

use crate::model::Language;
use crate::model::diagnostic::Fault;

use super::{meant, quoted};

/// What a test says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestFault {
    NoStart,
    NoExpectation,
    /// Not after the moment before it; the same time on the next day.
    NotAscending {
        next_day: Option<String>,
    },
    TooLong,
    /// The spring change skips it; the end of the gap.
    SkippedTime {
        time: String,
        end: String,
    },
    /// The autumn change doubles it; both as lengths of time.
    DoubledTime {
        time: String,
        first: String,
        last: String,
    },
    GivenNotAPoint(String),
    ScheduleNeverBad(String),
    GivenTwice(String),
    GivenOutOfRange {
        point: String,
        low: String,
        high: String,
    },
    NotExpectable(String),
    KnownPoint(String),
    NobodyCommands(String),
    NoSuchRule {
        rule: String,
        near: Option<String>,
    },
    NoSuchAlarm {
        text: String,
        near: Option<String>,
    },
    NothingWon,
    NothingToAcknowledge(String),
}

impl Fault for TestFault {
    fn code(&self) -> &'static str {
        match self {
            Self::NoStart => "no-start",
            Self::NoExpectation => "no-expectation",
            Self::NotAscending { .. } => "not-ascending",
            Self::TooLong => "too-long",
            Self::SkippedTime { .. } => "skipped-time",
            Self::DoubledTime { .. } => "doubled-time",
            Self::GivenNotAPoint(_) => "given-not-a-point",
            Self::ScheduleNeverBad(_) => "schedule-never-bad",
            Self::GivenTwice(_) => "given-twice",
            Self::GivenOutOfRange { .. } => "given-out-of-range",
            Self::NotExpectable(_) => "not-expectable",
            Self::KnownPoint(_) => "known-point",
            Self::NobodyCommands(_) => "nobody-commands",
            Self::NoSuchRule { .. } => "unknown-rule",
            Self::NothingToAcknowledge(_) => "nothing-to-acknowledge",
            Self::NoSuchAlarm { .. } => "unknown-alarm",
            Self::NothingWon => "nothing-won",
        }
    }

    fn reason(&self, language: Language) -> String {
        if language == Language::De { self.german() } else { self.english() }
    }

    fn help(&self, language: Language) -> Option<String> {
        let pick = |german: &str, english: &str| Some(language.pick(german, english).to_owned());
        match self {
            Self::NoStart => Some("start 02.03.2026 03:00".to_owned()),
            Self::NoExpectation => {
                pick("at 05:00 expect PUNKT = WERT", "at 05:00 expect POINT = VALUE")
            }
            Self::NotAscending { next_day } => next_day.clone(),
            Self::SkippedTime { end, .. } => Some(end.clone()),
            Self::DoubledTime { first, last, .. } => Some(language.pick(
                format!("at {first} ; beim zweiten Mal: at {last}"),
                format!("at {first} ; the second time: at {last}"),
            )),
            Self::GivenNotAPoint(_) => pick(
                "die Punkte vorgeben, von denen es abhängt",
                "give the points that it depends on",
            ),
            Self::GivenOutOfRange { point, low, high } => Some(language.pick(
                format!("{low} bis {high} ; für einen gestörten Fühler: {point} is bad"),
                format!("{low} to {high} ; for a broken sensor: {point} is bad"),
            )),
            Self::ScheduleNeverBad(name) => Some(format!("{name} = off")),
            Self::KnownPoint(name) => Some(format!("{name} released")),
            Self::NothingToAcknowledge(_) => Some("when … until acknowledged".to_owned()),
            Self::NoSuchRule { near, .. } => {
                meant(language, near.as_ref().map(|near| format!("\"{near}\"")).as_deref())
            }
            Self::NoSuchAlarm { near, .. } => {
                meant(language, near.as_ref().map(|near| format!("\"{near}\"")).as_deref())
            }
            Self::TooLong
            | Self::GivenTwice(_)
            | Self::NotExpectable(_)
            | Self::NobodyCommands(_)
            | Self::NothingWon => None,
        }
    }
}

impl TestFault {
    fn german(&self) -> String {
        let q = |text: &str| quoted(Language::De, text);
        match self {
            Self::NoStart => "der Test sagt nicht, wann er beginnt".to_owned(),
            Self::NoExpectation => "der Test erwartet nichts".to_owned(),
            Self::NotAscending { .. } => "dieser Zeitpunkt liegt nicht nach dem davor".to_owned(),
            Self::TooLong => "ein Test dauert höchstens 400 Tage".to_owned(),
            Self::SkippedTime { time, .. } => {
                format!("{time} gibt es an diesem Tag nicht: die Uhr wird vorgestellt")
            }
            Self::DoubledTime { time, .. } => {
                format!("{time} gibt es an diesem Tag zweimal: die Uhr wird zurückgestellt")
            }
            Self::GivenNotAPoint(name) => {
                format!("nur Punkte und Zeitpläne lassen sich vorgeben, {name} ist keines davon")
            }
            Self::ScheduleNeverBad(name) => {
                format!("{name} ist ein Zeitplan: on oder off, nie gestört")
            }
            Self::GivenTwice(name) => format!("{name} ist für diesen Zeitpunkt schon vorgegeben"),
            Self::GivenOutOfRange { point, .. } => {
                format!("{point} liegt außerhalb seines Bereichs und gälte als gestört")
            }
            Self::NotExpectable(name) => format!("{name} ist weder Punkt noch Wert noch Zeitplan"),
            Self::KnownPoint(name) => {
                format!("von {name} lassen sich nur Werte und released erwarten")
            }
            Self::NobodyCommands(name) => format!("keine Regel stellt {name}"),
            Self::NothingToAcknowledge(rule) => {
                format!("in der Regel {} ist nichts zu quittieren", q(rule))
            }
            Self::NoSuchRule { rule, .. } => format!("eine Regel {} gibt es nicht", q(rule)),
            Self::NoSuchAlarm { text, .. } => format!("keine Regel meldet {}", q(text)),
            Self::NothingWon => {
                "because gehört hinter den Wert eines Punktes oder einen Alarm".to_owned()
            }
        }
    }

    fn english(&self) -> String {
        let q = |text: &str| quoted(Language::En, text);
        match self {
            Self::NoStart => "the test does not say when it starts".to_owned(),
            Self::NoExpectation => "the test expects nothing".to_owned(),
            Self::NotAscending { .. } => "this moment is not after the one before it".to_owned(),
            Self::TooLong => "a test lasts 400 days at most".to_owned(),
            Self::SkippedTime { time, .. } => {
                format!("there is no {time} on this day: the clock goes forward")
            }
            Self::DoubledTime { time, .. } => {
                format!("there are two {time} on this day: the clock goes back")
            }
            Self::GivenNotAPoint(name) => {
                format!("only points and schedules can be given, {name} is neither")
            }
            Self::ScheduleNeverBad(name) => {
                format!("{name} is a schedule: on or off, never bad")
            }
            Self::GivenTwice(name) => format!("{name} is given for this moment already"),
            Self::GivenOutOfRange { point, .. } => {
                format!("{point} is outside its range and would count as broken")
            }
            Self::NotExpectable(name) => {
                format!("{name} is neither a point nor a value nor a schedule")
            }
            Self::KnownPoint(name) => {
                format!("of {name} only values and released can be expected")
            }
            Self::NobodyCommands(name) => format!("no rule commands {name}"),
            Self::NothingToAcknowledge(rule) => {
                format!("there is nothing to acknowledge in the rule {}", q(rule))
            }
            Self::NoSuchRule { rule, .. } => format!("there is no rule {}", q(rule)),
            Self::NoSuchAlarm { text, .. } => format!("no rule raises {}", q(text)),
            Self::NothingWon => "because belongs behind a point's value or an alarm".to_owned(),
        }
    }
}
