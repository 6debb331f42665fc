//! What was found wrong with a counter, and what was done about it: typed data,
//! rendered last. Readings are canonical and as the counter shows them; amounts
//! canonical with the factor.

use crate::history::Span;
use crate::model::{Language, Unit};

/// Something about a meter in a stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// From the last reading before it to the first behind it.
    pub span: Span,
    pub what: What,
}

/// See [`Finding`].
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Behind its last digit it began again; counted on.
    RolledOver { from: f64, to: f64 },
    /// It began again at zero; `counted` since then, `None`: too much to be that.
    Reset { from: f64, to: f64, counted: f64 },
    /// As declared; `moved`: it was found this far from the declared time, in ms.
    Replaced { end: f64, start: f64, moved: Option<i64> },
    /// Declared, but the readings around it do not fit: left out.
    DoesNotFit { from: f64, end: f64, start: f64, to: f64 },
    /// So many readings went astray and came back: left out.
    Glitch { from: f64, astray: f64, readings: usize, to: f64 },
    /// It went up by more than the load explains, and stayed: left out.
    Jump { from: f64, to: f64, most: f64 },
    /// It went down and stayed, not to zero: left out.
    Fell { from: f64, to: f64 },
    /// Nobody heard it: the amount is known, its place in time is not; `None`: no
    /// reading encloses it, and nothing is known.
    Gap { amount: Option<f64> },
    /// A power that should become energy was below zero in so many quarter hours:
    /// taken off.
    Negative { quarters: usize },
}

impl What {
    /// A short name that never changes, for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RolledOver { .. } => "rolled-over",
            Self::Reset { .. } => "reset",
            Self::Replaced { .. } => "replaced",
            Self::DoesNotFit { .. } => "replacement-does-not-fit",
            Self::Glitch { .. } => "glitch",
            Self::Jump { .. } => "jump",
            Self::Fell { .. } => "fell",
            Self::Gap { .. } => "gap",
            Self::Negative { .. } => "negative",
        }
    }

    /// The readings before and behind it, canonical.
    #[must_use]
    pub const fn readings(&self) -> Option<(f64, f64)> {
        match self {
            Self::RolledOver { from, to }
            | Self::Reset { from, to, .. }
            | Self::DoesNotFit { from, to, .. }
            | Self::Glitch { from, to, .. }
            | Self::Jump { from, to, .. }
            | Self::Fell { from, to } => Some((*from, *to)),
            Self::Replaced { end, start, .. } => Some((*end, *start)),
            Self::Gap { .. } | Self::Negative { .. } => None,
        }
    }

    /// The sentence for people: what it is, and what was done.
    #[must_use]
    pub fn words(&self, unit: &Unit, language: Language) -> String {
        let (german, english) = match self {
            Self::Replaced { .. } | Self::DoesNotFit { .. } => self.of_replacement(unit),
            Self::Glitch { .. } | Self::Jump { .. } | Self::Fell { .. } => self.left_out(unit),
            _ => self.counted_on(unit),
        };
        language.pick(german, english)
    }

    fn counted_on(&self, unit: &Unit) -> (String, String) {
        let show = |value: f64| unit.display(value);
        match self {
            Self::RolledOver { from, to } => {
                let (from, to) = (show(*from), show(*to));
                (
                    format!("übergelaufen von {from} auf {to}; weitergezählt"),
                    format!("rolled over from {from} to {to}; counted on"),
                )
            }
            Self::Reset { from, to, counted } => {
                let (from, to, counted) = (show(*from), show(*to), show(*counted));
                (
                    format!(
                        "auf null zurückgesetzt: {from}, dann {to}; ab null gezählt ({counted}), was davor lief, fehlt"
                    ),
                    format!(
                        "reset to zero: {from}, then {to}; counted from zero ({counted}), what ran before is missing"
                    ),
                )
            }
            Self::Gap { amount: Some(amount) } => {
                let amount = show(*amount);
                (
                    format!(
                        "nicht gehört; {amount} aus den Ständen davor und danach, gleichmäßig verteilt"
                    ),
                    format!("not heard; {amount} by the readings before and behind, spread evenly"),
                )
            }
            Self::Negative { quarters } => (
                format!(
                    "die Leistung war in {quarters} Viertelstunden negativ; abgezogen. Wurde eingespeist, braucht es zwei Zähler"
                ),
                format!(
                    "the power was negative in {quarters} quarter hours; taken off. If it was fed back, it takes two meters"
                ),
            ),
            _ => (
                "nicht gehört; nichts bekannt".to_owned(),
                "not heard; nothing is known".to_owned(),
            ),
        }
    }

    fn of_replacement(&self, unit: &Unit) -> (String, String) {
        let show = |value: f64| unit.display(value);
        match self {
            Self::Replaced { end, start, moved } => {
                let (end, start) = (show(*end), show(*start));
                let minutes = moved.map_or(0, |ms| ms / 60_000);
                let (german, english) = match minutes {
                    0 => (String::new(), String::new()),
                    late @ 1.. => (
                        format!("; {late} min nach der angegebenen Zeit"),
                        format!("; {late} min behind the time given"),
                    ),
                    early => (
                        format!("; {} min vor der angegebenen Zeit", -early),
                        format!("; {} min before the time given", -early),
                    ),
                };
                (
                    format!("Zähler getauscht: alter bis {end}, neuer ab {start}{german}"),
                    format!("meter replaced: old one up to {end}, new one from {start}{english}"),
                )
            }
            Self::DoesNotFit { from, end, start, to } => {
                let [from, end, start, to] = [from, end, start, to].map(|value| show(*value));
                (
                    format!(
                        "Zählertausch passt nicht: gelesen {from} und {to}, angegeben {end} und {start}; nicht gezählt"
                    ),
                    format!(
                        "replacement does not fit: read {from} and {to}, declared {end} and {start}; not counted"
                    ),
                )
            }
            _ => (String::new(), String::new()),
        }
    }

    fn left_out(&self, unit: &Unit) -> (String, String) {
        let show = |value: f64| unit.display(value);
        match self {
            Self::Glitch { from, astray, readings, to } => {
                let [from, astray, to] = [from, astray, to].map(|value| show(*value));
                (
                    format!(
                        "Ausreißer {astray} zwischen {from} und {to} ({readings} Werte); nicht verwendet"
                    ),
                    format!(
                        "glitch {astray} between {from} and {to} ({readings} readings); not used"
                    ),
                )
            }
            Self::Jump { from, to, most } => {
                let [from, to, most] = [from, to, most].map(|value| show(*value));
                (
                    format!("Sprung von {from} auf {to}, möglich sind {most}; nicht gezählt"),
                    format!("jump from {from} to {to}, {most} are possible; not counted"),
                )
            }
            Self::Fell { from, to } => {
                let (from, to) = (show(*from), show(*to));
                (
                    format!(
                        "gefallen von {from} auf {to}; nicht gezählt. Zähler getauscht? Dann in [[meter.replaced]] angeben"
                    ),
                    format!(
                        "fell from {from} to {to}; not counted. Meter replaced? Then declare it in [[meter.replaced]]"
                    ),
                )
            }
            _ => (String::new(), String::new()),
        }
    }
}
