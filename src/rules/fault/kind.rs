//! Faults of expressions: kinds, units, states, and comparisons that cannot be
//! meant.

use crate::model::Language;
use crate::model::diagnostic::Fault;

use super::{meant, quoted};

/// What kind of value an expression has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KindFault {
    UnknownState { state: String, states: Vec<String>, near: Option<String> },
    NoOnState { name: String, states: Vec<String> },
    StatesDiffer,
    NotACondition { help: Option<String> },
    NotANumber,
    NotAState,
    StateCompared { help: Option<String> },
    MissingUnit { fixed: String },
    Unfit(Unfit),
    NeverChanges { always: bool, what: String, low: String, high: String },
    Overlap { help: Option<String> },
}

impl Fault for KindFault {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownState { .. } => "unknown-state",
            Self::NoOnState { .. } => "no-on-state",
            Self::StatesDiffer => "states-differ",
            Self::NotACondition { .. } => "not-a-condition",
            Self::NotANumber => "not-a-number",
            Self::NotAState => "not-a-state",
            Self::StateCompared { .. } => "state-compared",
            Self::MissingUnit { .. } => "missing-unit",
            Self::Unfit(_) => "units",
            Self::NeverChanges { .. } => "never-changes",
            Self::Overlap { .. } => "overlap",
        }
    }

    fn reason(&self, language: Language) -> String {
        if language == Language::De { self.german() } else { self.english() }
    }

    fn help(&self, language: Language) -> Option<String> {
        match self {
            Self::UnknownState { states, near, .. } => {
                meant(language, near.as_deref()).or_else(|| Some(states.join(" ")))
            }
            Self::NoOnState { name, states } => Some(
                states
                    .iter()
                    .map(|state| format!("{name} is {state}"))
                    .collect::<Vec<_>>()
                    .join("\n"),
            ),
            Self::NotACondition { help }
            | Self::StateCompared { help }
            | Self::Overlap { help } => help.clone(),
            Self::MissingUnit { fixed } => Some(fixed.clone()),
            Self::Unfit(unfit) => unfit.help(language),
            _ => None,
        }
    }

    fn replacements(&self) -> Vec<String> {
        match self {
            Self::UnknownState { states, near: None, .. } => states.clone(),
            Self::UnknownState { near: Some(near), .. } => vec![near.clone()],
            Self::StateCompared { help: Some(text) } | Self::MissingUnit { fixed: text } => {
                vec![text.clone()]
            }
            _ => Vec::new(),
        }
    }
}

impl KindFault {
    fn german(&self) -> String {
        let q = |text: &str| quoted(Language::De, text);
        match self {
            Self::UnknownState { state, .. } => {
                format!("den Zustand {} gibt es hier nicht", q(state))
            }
            Self::NoOnState { name, .. } => {
                format!("{name} ist kein Schalter; welcher Zustand ist gemeint?")
            }
            Self::StatesDiffer => "die beiden haben verschiedene Zustände".to_owned(),
            Self::NotACondition { .. } => "das ist eine Größe, keine Bedingung".to_owned(),
            Self::NotANumber => {
                "hier gehört eine Größe hin, kein Zustand und keine Bedingung".to_owned()
            }
            Self::NotAState => {
                "das ist eine Größe; is fragt nach Zuständen und ganzen Zahlen".to_owned()
            }
            Self::StateCompared { .. } => "Zustände werden mit is verglichen".to_owned(),
            Self::MissingUnit { .. } => "die Einheit fehlt".to_owned(),
            Self::Unfit(unfit) => unfit.german(),
            Self::NeverChanges { always, low, high, .. } if low == high => {
                let verdict = if *always { "immer wahr" } else { "nie wahr" };
                format!(
                    "dieser Vergleich ist {verdict}: auf beiden Seiten steht, was sich nicht ändert"
                )
            }
            Self::NeverChanges { always, what, low, high } => {
                let verdict = if *always { "immer wahr" } else { "nie wahr" };
                format!("dieser Vergleich ist {verdict}: {what} liegt zwischen {low} und {high}")
            }
            Self::Overlap { .. } => "Einschalten und Ausschalten überschneiden sich".to_owned(),
        }
    }

    fn english(&self) -> String {
        let q = |text: &str| quoted(Language::En, text);
        match self {
            Self::UnknownState { state, .. } => format!("there is no state {} here", q(state)),
            Self::NoOnState { name, .. } => {
                format!("{name} is not a switch; which state is meant?")
            }
            Self::StatesDiffer => "the two have different states".to_owned(),
            Self::NotACondition { .. } => "this is a quantity, not a condition".to_owned(),
            Self::NotANumber => "a quantity belongs here, not a state or a condition".to_owned(),
            Self::NotAState => {
                "this is a quantity; is asks for states and whole numbers".to_owned()
            }
            Self::StateCompared { .. } => "states are compared with is".to_owned(),
            Self::MissingUnit { .. } => "the unit is missing".to_owned(),
            Self::Unfit(unfit) => unfit.english(),
            Self::NeverChanges { always, low, high, .. } if low == high => {
                let verdict = if *always { "always true" } else { "never true" };
                format!("this comparison is {verdict}: neither side of it ever changes")
            }
            Self::NeverChanges { always, what, low, high } => {
                let verdict = if *always { "always true" } else { "never true" };
                format!("this comparison is {verdict}: {what} lies between {low} and {high}")
            }
            Self::Overlap { .. } => "start and stop overlap".to_owned(),
        }
    }
}

/// How two quantities do not go together; units as people read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    Compared {
        left: String,
        right: String,
    },
    Added {
        left: String,
        right: String,
    },
    /// °C + °C
    ScalesAdded,
    /// K − °C
    ScaleSubtracted,
    /// 2 · °C
    ScaleMultiplied,
    /// Two values of which one is taken: `min`, `max`, `fallback`.
    Mixed {
        left: String,
        right: String,
    },
    Set {
        point: String,
        wanted: String,
        found: String,
    },
    Time {
        found: String,
    },
    Argument {
        wanted: String,
        found: String,
    },
}

impl Unfit {
    fn help(&self, language: Language) -> Option<String> {
        let pick = |german: &str, english: &str| Some(language.pick(german, english).to_owned());
        match self {
            Self::ScalesAdded => pick(
                "°C + K = °C; ein Unterschied steht in K: 5 K",
                "°C + K = °C; a difference is in K: 5 K",
            ),
            Self::ScaleSubtracted => pick("°C - K, nicht K - °C", "°C - K, not K - °C"),
            Self::ScaleMultiplied => pick(
                "erst einen Unterschied bilden: (20 °C - T) * 2",
                "take a difference first: (20 °C - T) * 2",
            ),
            Self::Time { .. } => Some("10 min".to_owned()),
            _ => None,
        }
    }

    fn german(&self) -> String {
        let unit = |symbol: &str| spoken(Language::De, symbol);
        match self {
            Self::Compared { left, right } => {
                format!("{} und {} lassen sich nicht vergleichen", unit(left), unit(right))
            }
            Self::Added { left, right } => {
                format!("{} und {} lassen sich nicht zusammenzählen", unit(left), unit(right))
            }
            Self::ScalesAdded => {
                "zwei Temperaturen in °C lassen sich nicht zusammenzählen".to_owned()
            }
            Self::ScaleSubtracted => {
                "eine Temperatur in °C lässt sich nicht von einem Unterschied abziehen".to_owned()
            }
            Self::ScaleMultiplied => {
                "eine Temperatur in °C lässt sich nicht vervielfachen oder teilen".to_owned()
            }
            Self::Mixed { left, right } => {
                format!(
                    "hier müssen alle dieselbe Größe sein, nicht {} und {}",
                    unit(left),
                    unit(right)
                )
            }
            Self::Set { point, wanted, found } => {
                format!("{point} wird in {} gestellt, nicht in {}", unit(wanted), unit(found))
            }
            Self::Time { found } => format!("hier gehört eine Dauer hin, nicht {}", unit(found)),
            Self::Argument { wanted, found } => {
                format!("hier gehört {} hin, nicht {}", unit(wanted), unit(found))
            }
        }
    }

    fn english(&self) -> String {
        let unit = |symbol: &str| spoken(Language::En, symbol);
        match self {
            Self::Compared { left, right } => {
                format!("{} and {} cannot be compared", unit(left), unit(right))
            }
            Self::Added { left, right } => {
                format!("{} and {} cannot be added", unit(left), unit(right))
            }
            Self::ScalesAdded => "two temperatures in °C cannot be added".to_owned(),
            Self::ScaleSubtracted => {
                "a temperature in °C cannot be taken from a difference".to_owned()
            }
            Self::ScaleMultiplied => {
                "a temperature in °C cannot be multiplied or divided".to_owned()
            }
            Self::Mixed { left, right } => {
                format!(
                    "all must be one kind of quantity here, not {} and {}",
                    unit(left),
                    unit(right)
                )
            }
            Self::Set { point, wanted, found } => {
                format!("{point} is set in {}, not in {}", unit(wanted), unit(found))
            }
            Self::Time { found } => format!("a duration belongs here, not {}", unit(found)),
            Self::Argument { wanted, found } => {
                format!("{} belongs here, not {}", unit(wanted), unit(found))
            }
        }
    }
}

/// A unit as people say it.
fn spoken(language: Language, symbol: &str) -> String {
    let plain = language.pick("eine Zahl ohne Einheit", "a plain number");
    if symbol.is_empty() { plain.to_owned() } else { symbol.to_owned() }
}
