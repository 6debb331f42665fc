//! The fault of rules that wear a register out before its time.

use crate::model::Language;
use crate::model::diagnostic::Fault;

/// A register is written so often that it does not last.
#[derive(Debug, Clone, PartialEq)]
pub struct WearFault {
    pub point: String,
    /// Writes a year at most.
    pub a_year: f64,
    pub endures: u32,
    /// How long it lasts so, in years.
    pub years: f64,
    /// A step that would spare it, where it follows a reading.
    pub step: Option<String>,
}

impl Fault for WearFault {
    fn code(&self) -> &'static str {
        "wears-out"
    }

    fn reason(&self, language: Language) -> String {
        let Self { point, a_year, endures, years, .. } = self;
        let (a_year, years) = (a_year.ceil(), (years * 10.0).floor() / 10.0);
        language.pick(
            format!(
                "{point} wird bis zu {a_year}-mal im Jahr geschrieben; sein Register verträgt \
                 {endures} Schreibvorgänge und hält damit {years} Jahre statt 15"
            ),
            format!(
                "{point} is written up to {a_year} times a year; its register endures {endures} \
                 writes and so lasts {years} years instead of 15"
            ),
        )
    }

    fn help(&self, language: Language) -> Option<String> {
        let point = &self.point;
        Some(match &self.step {
            Some(step) => language.pick(
                format!("protect {point}\n  {step}\nkleine Änderungen warten sonst im Betrieb, bis das Register sie verträgt"),
                format!("protect {point}\n  {step}\nelse small changes wait in operation until the register bears them"),
            ),
            None => language.pick(
                "seltener schalten; sonst warten Änderungen im Betrieb, bis das Register sie verträgt",
                "switch more rarely; else changes wait in operation until the register bears them",
            )
            .to_owned(),
        })
    }
}
