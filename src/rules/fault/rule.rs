//! Faults of rules: parts, commands, their targets, and what holds on a fault.

use crate::model::diagnostic::Fault;
use crate::model::{Language, Level};

use super::quoted;

/// What a rule commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleFault {
    NotAPoint(String),
    ReadOnly(String),
    Heartbeat(String),
    OutOfLimits {
        point: String,
        low: String,
        high: String,
    },
    StateNotTaken {
        point: String,
        state: String,
        states: Vec<String>,
    },
    TargetIsState {
        point: String,
        states: Vec<String>,
    },
    TargetIsNumber {
        point: String,
        unit: String,
    },
    KeepState {
        point: String,
        help: String,
    },
    SetTwice {
        point: String,
    },
    SetByTwo {
        point: String,
        level: Level,
        rule: String,
        place: String,
    },
    EmptyRule,
    EmptyPart,
    Unreachable,
    /// The part in that line holds whenever this one would.
    Covered {
        line: u32,
    },
    NeverTrue,
    /// Two conditions with `and` that are never true at once.
    Contradiction {
        help: String,
    },
    SafetyWithoutFault {
        input: String,
    },
    NeedlessFault,
    GraceShort {
        point: String,
        poll: String,
    },
    Chatters {
        help: String,
    },
    /// A push button that nothing holds on to.
    Momentary {
        point: String,
        condition: String,
    },
    /// `run at least` and its kin where they can do nothing.
    RunSenseless {
        clause: &'static str,
        why: Timeless,
    },
    NoTime {
        clause: &'static str,
    },
    LongTime {
        clause: &'static str,
        time: String,
    },
    RunConflict {
        least: String,
        most: String,
    },
}

/// Why a part has no time of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeless {
    /// Bare commands always hold.
    Always,
    /// Nothing stands behind `else`.
    Else,
    OnFault,
}

impl Fault for RuleFault {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAPoint(_) => "not-a-point",
            Self::ReadOnly(_) | Self::Heartbeat(_) => "read-only",
            Self::OutOfLimits { .. } => "out-of-limits",
            Self::StateNotTaken { .. } => "state-not-taken",
            Self::TargetIsState { .. } => "target-is-state",
            Self::TargetIsNumber { .. } => "target-is-number",
            Self::KeepState { .. } => "keep-state",
            Self::SetTwice { .. } => "set-twice",
            Self::SetByTwo { .. } => "set-by-two",
            Self::EmptyRule => "empty-rule",
            Self::EmptyPart => "empty-part",
            Self::Unreachable | Self::Covered { .. } => "unreachable",
            Self::NeverTrue | Self::Contradiction { .. } => "never-true",
            Self::SafetyWithoutFault { .. } => "safety-without-fault",
            Self::NeedlessFault => "needless-fault",
            Self::GraceShort { .. } => "grace-short",
            Self::Chatters { .. } => "chatters",
            Self::Momentary { .. } => "momentary",
            Self::RunSenseless { .. } => "run-senseless",
            Self::NoTime { .. } => "no-time",
            Self::LongTime { .. } => "long-time",
            Self::RunConflict { .. } => "run-conflict",
        }
    }

    fn reason(&self, language: Language) -> String {
        if language == Language::De { self.german() } else { self.english() }
    }

    fn help(&self, language: Language) -> Option<String> {
        let pick = |german: &str, english: &str| Some(language.pick(german, english).to_owned());
        match self {
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
            Self::Contradiction { help } => Some(help.clone()),
            Self::OutOfLimits { low, high, .. } => {
                Some(language.pick(format!("{low} bis {high}"), format!("{low} to {high}")))
            }
            Self::Covered { .. } => {
                pick("was seltener gilt, gehört nach vorn", "what holds less often comes first")
            }
            Self::SetByTwo { .. } => pick(
                "eine Regel daraus machen, oder einer davon eine andere Ebene geben: level high",
                "make one rule of both, or give one of them another level: level high",
            ),
            Self::Momentary { condition, .. } => {
                Some(format!("{condition} extended 10 min\n{condition} until acknowledged"))
            }
            Self::RunSenseless { clause, .. } => Some(language.pick(
                format!("when …, dahinter der Befehl und {clause}"),
                format!("when …, behind it the command and {clause}"),
            )),
            Self::NoTime { clause } => Some(format!("{clause} 10 min")),
            Self::RunConflict { least, .. } => Some(format!("run at most {least}")),
            Self::EmptyPart => pick("set, keep oder alarm", "set, keep or alarm"),
            Self::SafetyWithoutFault { .. } => pick(
                "on fault, gefolgt von dem, was dann gelten soll",
                "on fault, followed by what shall hold then",
            ),
            Self::NeedlessFault => pick("on fault weglassen", "leave on fault out"),
            Self::GraceShort { poll, .. } => Some(format!("grace {poll}")),
            Self::Unreachable => pick(
                "nach oben stellen, oder eine eigene Regel daraus machen",
                "move it up, or make it a rule of its own",
            ),
            _ => None,
        }
    }
}

impl RuleFault {
    fn german(&self) -> String {
        let q = |text: &str| quoted(Language::De, text);
        match self {
            Self::NotAPoint(name) => format!("{name} ist kein Punkt eines Geräts"),
            Self::ReadOnly(name) => format!("{name} lässt sich nicht stellen, nur lesen"),
            Self::Heartbeat(name) => {
                format!("{name} ist das Lebenszeichen: nur Hauswart selbst stellt es")
            }
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
            Self::EmptyRule => "diese Regel befiehlt nichts".to_owned(),
            Self::EmptyPart => "dieser Teil befiehlt nichts".to_owned(),
            Self::Unreachable => {
                "dieser Teil wird nie erreicht: ein Teil davor gilt immer".to_owned()
            }
            Self::Covered { line } => format!(
                "dieser Teil wird nie erreicht: wenn seine Bedingung gilt, gilt schon die in Zeile {line}"
            ),
            Self::NeverTrue => "diese Bedingung ist nie wahr".to_owned(),
            Self::Contradiction { .. } => "beides zugleich ist nie wahr".to_owned(),
            Self::SafetyWithoutFault { input } => {
                format!("diese Sicherheitsregel sagt nicht, was gilt, wenn {input} ausfällt")
            }
            Self::NeedlessFault => "hier kann kein Eingang ausfallen; on fault gilt nie".to_owned(),
            Self::GraceShort { point, poll } => {
                format!("{point} wird nur alle {poll} gelesen; die Karenz (grace) ist kürzer")
            }
            Self::Momentary { point, .. } => format!(
                "{point} ist nur einen Augenblick lang wahr; hier hält ihn nichts fest, und ohne cov geht er zwischen zwei Abfragen verloren"
            ),
            Self::RunSenseless { clause, why: Timeless::Always } => {
                format!("diese Befehle gelten immer; {clause} braucht eine Bedingung")
            }
            Self::RunSenseless { clause, why: Timeless::Else } => format!(
                "{clause} bewirkt hinter else nichts: danach kommt kein Teil, und else endet nur, wenn einer davor gilt"
            ),
            Self::RunSenseless { clause, why: Timeless::OnFault } => {
                format!("on fault gilt, solange die Regel nichts weiß; {clause} gibt es da nicht")
            }
            Self::NoTime { clause } => format!("{clause} ohne Dauer bewirkt nichts"),
            Self::LongTime { clause, time } => format!("{clause} {time} ist länger als eine Woche"),
            Self::RunConflict { least, most } => {
                format!("der Teil soll mindestens {least} laufen, aber höchstens {most}")
            }
            Self::Chatters { .. } => {
                "dies schaltet hin und her, wenn der Messwert um die Grenze schwankt".to_owned()
            }
        }
    }

    fn english(&self) -> String {
        let q = |text: &str| quoted(Language::En, text);
        match self {
            Self::NotAPoint(name) => format!("{name} is not a point of a device"),
            Self::ReadOnly(name) => format!("{name} cannot be set, only read"),
            Self::Heartbeat(name) => format!("{name} is the heartbeat: hauswart alone sets it"),
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
            Self::EmptyRule => "this rule commands nothing".to_owned(),
            Self::EmptyPart => "this part commands nothing".to_owned(),
            Self::Unreachable => {
                "this part is never reached: a part before it always holds".to_owned()
            }
            Self::Covered { line } => format!(
                "this part is never reached: when its condition holds, so does the one in line {line}"
            ),
            Self::NeverTrue => "this condition is never true".to_owned(),
            Self::Contradiction { .. } => "both are never true at once".to_owned(),
            Self::SafetyWithoutFault { input } => {
                format!("this safety rule does not say what holds when {input} fails")
            }
            Self::NeedlessFault => "no input can fail here; on fault never holds".to_owned(),
            Self::GraceShort { point, poll } => {
                format!("{point} is only read every {poll}; the grace is shorter")
            }
            Self::Momentary { point, .. } => format!(
                "{point} is true for a moment only; nothing holds on to it here, and without cov it is lost between two polls"
            ),
            Self::RunSenseless { clause, why: Timeless::Always } => {
                format!("these commands always hold; {clause} needs a condition")
            }
            Self::RunSenseless { clause, why: Timeless::Else } => format!(
                "{clause} does nothing behind else: no part follows, and else ends only when one before it holds"
            ),
            Self::RunSenseless { clause, why: Timeless::OnFault } => {
                format!("on fault holds while the rule knows nothing; it has no {clause}")
            }
            Self::NoTime { clause } => format!("{clause} without a time does nothing"),
            Self::LongTime { clause, time } => format!("{clause} {time} is longer than a week"),
            Self::RunConflict { least, most } => {
                format!("the part shall run for at least {least}, but at most {most}")
            }
            Self::Chatters { .. } => {
                "this switches to and fro when the value wavers around the limit".to_owned()
            }
        }
    }
}
