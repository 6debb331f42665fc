//! The priority array of a BACnet object (ASHRAE 135, clause 19.2): who commands
//! it above us, and what the slots are usually for. Slots count from 1, the
//! highest, to 16.

use super::diagnostic::Language;

/// What the priority array says of our command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Commander {
    /// It cannot be read.
    Unknown,
    /// Our slot does not hold our value.
    NotOurs,
    /// It does, and nobody stands above it.
    Ours,
    /// It does, and this slot above it holds this (canonical; NaN for what
    /// means nothing to the point).
    Above { slot: u8, value: f64 },
}

/// What a slot is usually for: what the standard names it, or the habit of the
/// field; `None` where it is anybody's.
#[must_use]
pub fn usual_meaning(slot: u8, language: Language) -> Option<&'static str> {
    let (german, english) = match slot {
        1 => ("Lebensschutz von Hand", "manual life safety"),
        2 => ("Lebensschutz, selbsttätig", "automatic life safety"),
        5 => ("Anlagenschutz, etwa Frost", "critical equipment control, such as frost"),
        6 => ("Mindestlaufzeit", "minimum on and off times"),
        7 => ("Vor-Ort-Bedienung", "local operation"),
        8 => ("Bedienung von Hand", "manual operator"),
        15 => ("Programm der Anlage", "the plant's program"),
        16 => ("üblicher Platz", "default"),
        _ => return None,
    };
    Some(language.pick(german, english))
}
