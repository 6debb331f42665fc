//! Faults of the checker: what a rule file means.

use crate::model::diagnostic::Fault;
use crate::model::{Language, Level};

use super::{meant, quoted};

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

/// What a rule file means.
#[derive(Debug, Clone, PartialEq)]
pub enum MeaningFault {
    UnknownName { name: String, near: Option<String> },
    UnknownBuilding { name: String, near: Option<String> },
    UnknownFunction { name: String, near: Option<String> },
    Device { name: String, points: String },
    Duplicate { name: String, place: String },
    NameOfPoint(String),
    Circular(String),
    UnknownState { state: String, states: Vec<String>, near: Option<String> },
    NoOnState { name: String, states: Vec<String> },
    StatesDiffer,
    NotACondition { help: Option<String> },
    NotANumber,
    NotAState,
    StateCompared { help: Option<String> },
    NotASchedule(String),
    Arguments { function: String, wanted: usize },
    MissingUnit { fixed: String },
    Unfit(Unfit),
    NotAPoint(String),
    ReadOnly(String),
    OutOfLimits { point: String, low: String, high: String },
    StateNotTaken { point: String, state: String, states: Vec<String> },
    TargetIsState { point: String, states: Vec<String> },
    TargetIsNumber { point: String, unit: String },
    KeepState { point: String, help: String },
    SetTwice { point: String },
    SetByTwo { point: String, level: Level, rule: String, place: String },
    NeverChanges { always: bool, what: String, low: String, high: String },
    Overlap { help: Option<String> },
    EmptyRule,
    EmptyPart,
    EmptyDefinition,
    Unreachable,
    NeverTrue,
    SafetyWithoutFault { input: String },
    NeedlessFault,
    Unused(String),
    GraceShort { point: String, poll: String },
    SameDevice(String),
    LineNever,
    Chatters { help: String },
    CurveOrder,
    CurveUnits { wanted: String },
    NoHandSwitch(String),
}

impl Fault for MeaningFault {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownName { .. } => "unknown-name",
            Self::UnknownBuilding { .. } => "unknown-building",
            Self::UnknownFunction { .. } => "unknown-function",
            Self::Device { .. } => "device-not-point",
            Self::Duplicate { .. } => "duplicate",
            Self::NameOfPoint(_) => "name-of-point",
            Self::Circular(_) => "circular",
            Self::UnknownState { .. } => "unknown-state",
            Self::NoOnState { .. } => "no-on-state",
            Self::StatesDiffer => "states-differ",
            Self::NotACondition { .. } => "not-a-condition",
            Self::NotANumber => "not-a-number",
            Self::NotAState => "not-a-state",
            Self::StateCompared { .. } => "state-compared",
            Self::NotASchedule(_) => "not-a-schedule",
            Self::Arguments { .. } => "arguments",
            Self::MissingUnit { .. } => "missing-unit",
            Self::Unfit(_) => "units",
            Self::NotAPoint(_) => "not-a-point",
            Self::ReadOnly(_) => "read-only",
            Self::OutOfLimits { .. } => "out-of-limits",
            Self::StateNotTaken { .. } => "state-not-taken",
            Self::TargetIsState { .. } => "target-is-state",
            Self::TargetIsNumber { .. } => "target-is-number",
            Self::KeepState { .. } => "keep-state",
            Self::SetTwice { .. } => "set-twice",
            Self::SetByTwo { .. } => "set-by-two",
            Self::NeverChanges { .. } => "never-changes",
            Self::Overlap { .. } => "overlap",
            Self::EmptyRule => "empty-rule",
            Self::EmptyPart => "empty-part",
            Self::EmptyDefinition => "empty-definition",
            Self::Unreachable => "unreachable",
            Self::NeverTrue => "never-true",
            Self::SafetyWithoutFault { .. } => "safety-without-fault",
            Self::NeedlessFault => "needless-fault",
            Self::Unused(_) => "unused",
            Self::GraceShort { .. } => "grace-short",
            Self::SameDevice(_) => "same-device",
            Self::LineNever => "line-never",
            Self::Chatters { .. } => "chatters",
            Self::CurveOrder => "curve-order",
            Self::CurveUnits { .. } => "curve-units",
            Self::NoHandSwitch(_) => "no-hand-switch",
        }
    }

    fn reason(&self, language: Language) -> String {
        if language == Language::De { self.german() } else { self.english() }
    }

    fn help(&self, language: Language) -> Option<String> {
        let pick = |german: &str, english: &str| Some(language.pick(german, english).to_owned());
        match self {
            Self::UnknownName { near, .. }
            | Self::UnknownBuilding { near, .. }
            | Self::UnknownFunction { near, .. } => meant(language, near.as_deref()),
            Self::Device { points, .. } => Some(points.clone()),
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
            Self::Arguments { function, wanted: 1 } => Some(format!("{function}(x)")),
            Self::Arguments { function, .. } => Some(format!("{function}(x, y)")),
            Self::TargetIsState { point, states } | Self::StateNotTaken { point, states, .. } => {
                Some(
                    states
                        .iter()
                        .map(|state| format!("set {point} to {state}"))
                        .collect::<Vec<_>>()
                        .join("\n"),
                )
            }
            Self::Chatters { help } | Self::KeepState { help, .. } => Some(help.clone()),
            Self::OutOfLimits { low, high, .. } => {
                Some(language.pick(format!("{low} bis {high}"), format!("{low} to {high}")))
            }
            Self::SetByTwo { .. } => pick(
                "eine Regel daraus machen, oder einer davon eine andere Ebene geben: level high",
                "make one rule of both, or give one of them another level: level high",
            ),
            Self::EmptyPart => pick("set, keep oder alarm", "set, keep or alarm"),
            Self::SafetyWithoutFault { .. } => pick(
                "on fault, gefolgt von dem, was dann gelten soll",
                "on fault, followed by what shall hold then",
            ),
            Self::NeedlessFault => pick("on fault weglassen", "leave on fault out"),
            Self::GraceShort { poll, .. } => Some(format!("grace {poll}")),
            Self::SameDevice(_) => {
                pick("ein Ersatz von einem anderen Gerät", "a substitute from another device")
            }
            Self::Unreachable => pick(
                "nach oben stellen, oder eine eigene Regel daraus machen",
                "move it up, or make it a rule of its own",
            ),
            Self::CurveOrder => {
                pick("die Stützpunkte aufsteigend ordnen", "put the nodes in ascending order")
            }
            _ => None,
        }
    }
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

impl MeaningFault {
    fn german(&self) -> String {
        let q = |text: &str| quoted(Language::De, text);
        match self {
            Self::UnknownName { name, .. } => format!("{name} gibt es nicht"),
            Self::UnknownBuilding { name, .. } => format!("das Gebäude {name} gibt es nicht"),
            Self::UnknownFunction { name, .. } => {
                format!("weder eine Funktion noch eine Kennlinie heißt {name}")
            }
            Self::Device { name, .. } => {
                format!("{name} ist ein Gerät; gemeint ist wohl einer seiner Punkte")
            }
            Self::Duplicate { name, place } => format!("{name} gibt es schon ({place})"),
            Self::NameOfPoint(name) => format!("{name} heißt schon ein Punkt"),
            Self::Circular(path) => format!("die Werte hängen im Kreis voneinander ab: {path}"),
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
            Self::NotASchedule(name) => format!("{name} ist kein Zeitplan"),
            Self::Arguments { function, wanted } => {
                format!(
                    "{function} braucht {} in der Klammer",
                    if *wanted == 1 { "eine Angabe" } else { "mindestens zwei Angaben" }
                )
            }
            Self::MissingUnit { .. } => "die Einheit fehlt".to_owned(),
            Self::Unfit(unfit) => unfit.german(),
            Self::NotAPoint(name) => format!("{name} ist kein Punkt eines Geräts"),
            Self::ReadOnly(name) => format!("{name} lässt sich nicht stellen, nur lesen"),
            Self::OutOfLimits { point, .. } => format!("{point} nimmt diesen Wert nicht an"),
            Self::StateNotTaken { point, state, .. } => {
                format!(
                    "{point} meldet den Zustand {}, lässt sich aber nicht darauf stellen",
                    q(state)
                )
            }
            Self::TargetIsState { point, .. } => {
                format!("{point} nimmt einen Zustand an, keine Größe")
            }
            Self::TargetIsNumber { point, unit } if unit.is_empty() => {
                format!("{point} nimmt eine Zahl an, keinen Zustand")
            }
            Self::TargetIsNumber { point, unit } => {
                format!("{point} nimmt einen Wert in {unit} an, keinen Zustand")
            }
            Self::KeepState { point, .. } => {
                format!("{point} hat Zustände; mindestens und höchstens gibt es nur bei Größen")
            }
            Self::SetTwice { point } => format!("{point} wird in diesem Teil zweimal gesetzt"),
            Self::SetByTwo { point, level, rule, place } => {
                format!("{point} setzt auf Ebene {level} schon die Regel {} ({place})", q(rule))
            }
            Self::NeverChanges { always, what, low, high } => {
                let verdict = if *always { "immer wahr" } else { "nie wahr" };
                format!("dieser Vergleich ist {verdict}: {what} liegt zwischen {low} und {high}")
            }
            Self::Overlap { .. } => "Einschalten und Ausschalten überschneiden sich".to_owned(),
            Self::EmptyRule => "diese Regel befiehlt nichts".to_owned(),
            Self::EmptyPart => "dieser Teil befiehlt nichts".to_owned(),
            Self::EmptyDefinition => "hier steht nur ein Name".to_owned(),
            Self::Unreachable => {
                "dieser Teil wird nie erreicht: ein Teil davor gilt immer".to_owned()
            }
            Self::NeverTrue => "diese Bedingung ist nie wahr".to_owned(),
            Self::SafetyWithoutFault { input } => {
                format!("diese Sicherheitsregel sagt nicht, was gilt, wenn {input} ausfällt")
            }
            Self::NeedlessFault => "hier kann kein Eingang ausfallen; on fault gilt nie".to_owned(),
            Self::Unused(name) => format!("{name} wird nirgends benutzt"),
            Self::GraceShort { point, poll } => {
                format!("{point} wird nur alle {poll} gelesen; die Karenz (grace) ist kürzer")
            }
            Self::SameDevice(device) => {
                format!("beide kommen vom Gerät {device} und fallen gemeinsam aus")
            }
            Self::LineNever => {
                "diese Zeile gilt nie: spätere Zeilen gehen an allen ihren Tagen vor".to_owned()
            }
            Self::Chatters { .. } => {
                "dies schaltet hin und her, wenn der Messwert um die Grenze schwankt".to_owned()
            }
            Self::CurveOrder => "die Stützpunkte steigen nicht an".to_owned(),
            Self::CurveUnits { wanted } => format!("die anderen Stützpunkte haben hier {wanted}"),
            Self::NoHandSwitch(name) => format!("für {name} ist kein Handschalter bekannt"),
        }
    }

    fn english(&self) -> String {
        let q = |text: &str| quoted(Language::En, text);
        match self {
            Self::UnknownName { name, .. } => format!("there is no {name}"),
            Self::UnknownBuilding { name, .. } => format!("there is no building {name}"),
            Self::UnknownFunction { name, .. } => {
                format!("neither a function nor a curve is called {name}")
            }
            Self::Device { name, .. } => {
                format!("{name} is a device; one of its points is meant, it seems")
            }
            Self::Duplicate { name, place } => format!("{name} exists already ({place})"),
            Self::NameOfPoint(name) => format!("a point is called {name} already"),
            Self::Circular(path) => format!("the values depend on one another in a circle: {path}"),
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
            Self::NotASchedule(name) => format!("{name} is not a schedule"),
            Self::Arguments { function, wanted } => {
                format!(
                    "{function} takes {} in parentheses",
                    if *wanted == 1 { "one argument" } else { "two arguments or more" }
                )
            }
            Self::MissingUnit { .. } => "the unit is missing".to_owned(),
            Self::Unfit(unfit) => unfit.english(),
            Self::NotAPoint(name) => format!("{name} is not a point of a device"),
            Self::ReadOnly(name) => format!("{name} cannot be set, only read"),
            Self::OutOfLimits { point, .. } => format!("{point} does not take this value"),
            Self::StateNotTaken { point, state, .. } => {
                format!("{point} reports the state {}, but cannot be set to it", q(state))
            }
            Self::TargetIsState { point, .. } => format!("{point} takes a state, not a quantity"),
            Self::TargetIsNumber { point, unit } if unit.is_empty() => {
                format!("{point} takes a number, not a state")
            }
            Self::TargetIsNumber { point, unit } => {
                format!("{point} takes a value in {unit}, not a state")
            }
            Self::KeepState { point, .. } => {
                format!("{point} has states; only quantities have at least and at most")
            }
            Self::SetTwice { point } => format!("{point} is set twice in this part"),
            Self::SetByTwo { point, level, rule, place } => {
                format!("the rule {} sets {point} at level {level} already ({place})", q(rule))
            }
            Self::NeverChanges { always, what, low, high } => {
                let verdict = if *always { "always true" } else { "never true" };
                format!("this comparison is {verdict}: {what} lies between {low} and {high}")
            }
            Self::Overlap { .. } => "start and stop overlap".to_owned(),
            Self::EmptyRule => "this rule commands nothing".to_owned(),
            Self::EmptyPart => "this part commands nothing".to_owned(),
            Self::EmptyDefinition => "here stands only a name".to_owned(),
            Self::Unreachable => {
                "this part is never reached: a part before it always holds".to_owned()
            }
            Self::NeverTrue => "this condition is never true".to_owned(),
            Self::SafetyWithoutFault { input } => {
                format!("this safety rule does not say what holds when {input} fails")
            }
            Self::NeedlessFault => "no input can fail here; on fault never holds".to_owned(),
            Self::Unused(name) => format!("{name} is used nowhere"),
            Self::GraceShort { point, poll } => {
                format!("{point} is only read every {poll}; the grace is shorter")
            }
            Self::SameDevice(device) => {
                format!("both come from the device {device} and fail together")
            }
            Self::LineNever => {
                "this line never holds: later lines go first on all its days".to_owned()
            }
            Self::Chatters { .. } => {
                "this switches to and fro when the value wavers around the limit".to_owned()
            }
            Self::CurveOrder => "the nodes do not ascend".to_owned(),
            Self::CurveUnits { wanted } => format!("the other nodes have {wanted} here"),
            Self::NoHandSwitch(name) => format!("no hand switch is known for {name}"),
        }
    }
}
