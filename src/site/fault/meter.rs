//! Faults of meters.

use crate::model::{Fault, Language};

#[derive(Debug, Clone)]
pub enum MeterFault {
    OfStates { point: String },
    Quantity { point: String, found: String, wanted: &'static str },
    BelowItself { meter: String },
    OtherCarrier { meter: String, parent: String },
}

impl Fault for MeterFault {
    fn code(&self) -> &'static str {
        match self {
            Self::OfStates { .. } | Self::Quantity { .. } => "meter-quantity",
            Self::BelowItself { .. } => "meter-circle",
            Self::OtherCarrier { .. } => "meter-carrier",
        }
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::OfStates { point } => (
                format!("Der Punkt „{point}“ hat Zustände und kann kein Zählerstand sein."),
                format!("The point \"{point}\" has states and cannot be a counter."),
            ),
            Self::Quantity { point, found, wanted } => (
                format!(
                    "Der Punkt „{point}“ wird in {found} gemessen; ein Zählerstand dieser Art braucht {wanted}."
                ),
                format!(
                    "The point \"{point}\" is measured in {found}; such a counter needs {wanted}."
                ),
            ),
            Self::BelowItself { meter } => (
                format!("Der Zähler „{meter}“ liegt hinter sich selbst."),
                format!("The meter \"{meter}\" lies behind itself."),
            ),
            Self::OtherCarrier { meter, parent } => (
                format!(
                    "Der Zähler „{meter}“ zählt etwas anderes als sein Hauptzähler „{parent}“."
                ),
                format!(
                    "The meter \"{meter}\" counts something else than its parent \"{parent}\"."
                ),
            ),
        };
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::Quantity { .. } => (
                "Leistung und Durchfluss sind keine Zählerstände; den Zählerpunkt nennen.",
                "Power and flow are no counters; name the counter's point.",
            ),
            Self::BelowItself { .. } => {
                ("parent prüfen oder löschen.", "Look at parent, or delete it.")
            }
            Self::OfStates { .. } => {
                ("Den Punkt mit dem Zählerstand nennen.", "Name the point with the counter.")
            }
            Self::OtherCarrier { .. } => {
                ("carrier und parent prüfen.", "Look at carrier and parent.")
            }
        };
        Some(language.pick(german, english).to_owned())
    }
}
