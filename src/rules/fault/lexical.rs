//! Faults of the lexer: how numbers, units, times and signs are written.

use crate::model::Language;
use crate::model::diagnostic::Fault;

use super::{meant, quoted};

/// How something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LexicalFault {
    DecimalComma { fixed: String, list: bool },
    ThousandsPoint { whole: String, exact: String },
    StrayCharacter(char),
    WrongSign { found: String, instead: String },
    OpenText,
    NotANumber(String),
    NoSuchTime(String),
    NoSuchDate(String),
    UnknownUnit { unit: String, near: Option<String> },
}

impl Fault for LexicalFault {
    fn code(&self) -> &'static str {
        match self {
            Self::DecimalComma { .. } => "decimal-comma",
            Self::ThousandsPoint { .. } => "thousands-point",
            Self::StrayCharacter(_) => "stray-character",
            Self::WrongSign { .. } => "wrong-sign",
            Self::OpenText => "open-text",
            Self::NotANumber(_) => "not-a-number",
            Self::NoSuchTime(_) => "no-such-time",
            Self::NoSuchDate(_) => "no-such-date",
            Self::UnknownUnit { .. } => "unknown-unit",
        }
    }

    fn reason(&self, language: Language) -> String {
        if language == Language::De { self.german() } else { self.english() }
    }

    fn help(&self, language: Language) -> Option<String> {
        let pick = |german: &str, english: &str| Some(language.pick(german, english).to_owned());
        match self {
            Self::DecimalComma { fixed, list: false } => Some(fixed.clone()),
            Self::DecimalComma { fixed, list: true } => {
                let two = fixed.replacen('.', ", ", 1);
                Some(language.pick(
                    format!("{fixed} ; zwei Werte: {two}"),
                    format!("{fixed} ; two values: {two}"),
                ))
            }
            Self::ThousandsPoint { whole, exact } => {
                Some(language.pick(format!("{whole} oder {exact}"), format!("{whole} or {exact}")))
            }
            Self::WrongSign { instead, .. } => Some(instead.clone()),
            Self::OpenText => pick(
                "Text auf derselben Zeile mit \" schließen",
                "close the text with \" on the same line",
            ),
            Self::NoSuchTime(_) => pick(
                "07:30 ; Mitternacht am Ende ist 24:00",
                "07:30 ; midnight at the end is 24:00",
            ),
            Self::NoSuchDate(_) => {
                pick("17.03.2026, oder jedes Jahr: 24.12.", "17.03.2026, or every year: 24.12.")
            }
            Self::UnknownUnit { near, .. } => meant(language, near.as_deref()),
            _ => None,
        }
    }

    fn replacements(&self) -> Vec<String> {
        match self {
            Self::DecimalComma { fixed, list: false } => vec![fixed.clone()],
            Self::DecimalComma { fixed, list: true } => {
                vec![fixed.clone(), fixed.replacen('.', ", ", 1)]
            }
            Self::ThousandsPoint { whole, exact } => vec![whole.clone(), exact.clone()],
            Self::WrongSign { instead, .. } => vec![instead.clone()],
            Self::UnknownUnit { near, .. } => near.iter().cloned().collect(),
            _ => Vec::new(),
        }
    }
}

impl LexicalFault {
    fn german(&self) -> String {
        let q = |text: &str| quoted(Language::De, text);
        match self {
            Self::DecimalComma { .. } => "das Dezimalzeichen ist der Punkt".to_owned(),
            Self::ThousandsPoint { .. } => {
                "drei Ziffern nach dem Punkt: Tausenderpunkt oder Nachkommastellen?".to_owned()
            }
            Self::StrayCharacter(c) => {
                format!("das Zeichen {} hat hier keine Bedeutung", q(&c.to_string()))
            }
            Self::WrongSign { found, .. } => {
                format!("{} gibt es in der Regelsprache nicht", q(found))
            }
            Self::OpenText => "der Text hat kein Ende".to_owned(),
            Self::NotANumber(text) => format!("{} ist keine Zahl", q(text)),
            Self::NoSuchTime(text) => format!("die Uhrzeit {text} gibt es nicht"),
            Self::NoSuchDate(text) => format!("das Datum {text} gibt es nicht"),
            Self::UnknownUnit { unit, .. } => format!("die Einheit {} ist unbekannt", q(unit)),
        }
    }

    fn english(&self) -> String {
        let q = |text: &str| quoted(Language::En, text);
        match self {
            Self::DecimalComma { .. } => "the decimal sign is the point".to_owned(),
            Self::ThousandsPoint { .. } => {
                "three digits after the point: thousands or decimals?".to_owned()
            }
            Self::StrayCharacter(c) => {
                format!("the character {} means nothing here", q(&c.to_string()))
            }
            Self::WrongSign { found, .. } => {
                format!("{} does not exist in the rule language", q(found))
            }
            Self::OpenText => "the text has no end".to_owned(),
            Self::NotANumber(text) => format!("{} is not a number", q(text)),
            Self::NoSuchTime(text) => format!("the time {text} does not exist"),
            Self::NoSuchDate(text) => format!("the date {text} does not exist"),
            Self::UnknownUnit { unit, .. } => format!("the unit {} is not known", q(unit)),
        }
    }
}
