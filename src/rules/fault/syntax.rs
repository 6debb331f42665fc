//! Faults of the parser: what stands where.

use crate::model::Language;
use crate::model::diagnostic::Fault;

use super::{meant, quoted};

/// What should have stood at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Entry,
    Clause,
    Name,
    Text,
    Value,
    Number,
    Duration,
    /// Behind `for`, `within` and the like.
    TimeOperand,
    State,
    Days,
    Land,
    Times,
    Time,
    Command,
    /// How many members.
    Count,
    /// A line of a protection.
    Guard,
    /// How many changes.
    Changes,
    /// What a loop repeats.
    Repeated,
    TestClause,
    TestValue,
    DateTime,
    Moment,
    /// This word or sign.
    Word(&'static str),
}

impl Wanted {
    fn text(self, language: Language) -> String {
        match self {
            Self::Entry => language.pick(
                "ein Eintrag (rule, value, schedule …)",
                "an entry (rule, value, schedule …)",
            ),
            Self::Clause => {
                language.pick("when, else, set, keep oder alarm", "when, else, set, keep or alarm")
            }
            Self::Name => language.pick("ein Name", "a name"),
            Self::Text => language.pick("ein Text in Anführungszeichen", "a text in quotes"),
            Self::Value => language
                .pick("ein Wert, ein Name oder eine Klammer", "a value, a name or a parenthesis"),
            Self::Number => language.pick("eine Zahl mit Einheit", "a number with its unit"),
            Self::Duration => language.pick("eine Dauer wie 10 min", "a duration such as 10 min"),
            Self::TimeOperand => language.pick(
                "eine Dauer, ein Name oder eine Klammer",
                "a duration, a name or a parenthesis",
            ),
            Self::State => language.pick("ein Zustand", "a state"),
            Self::Days => {
                language.pick("Tage (Mo-Fr, daily, 24.12.)", "days (Mo-Fr, daily, 24.12.)")
            }
            Self::Land => {
                language.pick("ein Land (RP, Rheinland-Pfalz)", "a Land (RP, Rheinland-Pfalz)")
            }
            Self::Times => language.pick(
                "Zeiten (07:00-17:30), off oder all day",
                "times (07:00-17:30), off or all day",
            ),
            Self::Time => language.pick("eine Uhrzeit wie 17:30", "a time such as 17:30"),
            Self::Command => {
                language.pick("ein Befehl (set, keep oder alarm)", "a command (set, keep or alarm)")
            }
            Self::Count => language.pick("eine Anzahl wie 2", "a number such as 2"),
            Self::Guard => language.pick(
                "on at least, off at least, change at most, step at least oder ramp at most",
                "on at least, off at least, change at most, step at least or ramp at most",
            ),
            Self::Changes => language.pick("eine Anzahl wie 6", "a number such as 6"),
            Self::Repeated => language.pick(
                "was für jeden gelten soll (rule, value oder protect)",
                "what shall hold for each (rule, value or protect)",
            ),
            Self::TestClause => language.pick(
                "start, given, at, acknowledge oder expect",
                "start, given, at, acknowledge or expect",
            ),
            Self::TestValue => language.pick(
                "eine Zahl mit Einheit, ein Zustand oder is bad",
                "a number with its unit, a state or is bad",
            ),
            Self::DateTime => language
                .pick("Tag und Uhrzeit (02.03.2026 03:00)", "day and time (02.03.2026 03:00)"),
            Self::Moment => language.pick(
                "eine Uhrzeit (05:00), ein Tag mit Uhrzeit oder eine Dauer (+2 h)",
                "a time (05:00), a day with a time, or a duration (+2 h)",
            ),
            Self::Word(word) => return word.to_owned(),
        }
        .to_owned()
    }
}

/// What stands where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntaxFault {
    DateOrder(String),
    NoLanguage,
    LanguageVersion(String),
    NotFirst(&'static str),
    Twice(&'static str),
    Expected {
        wanted: Wanted,
        found: String,
        help: Option<String>,
    },
    UnknownKeyword {
        found: String,
        near: Option<String>,
    },
    UnknownDay {
        found: String,
        near: Option<String>,
    },
    UnknownLevel {
        found: String,
        near: Option<String>,
    },
    ManualLevel,
    /// `then` and its kin
    Needless(String),
    KeywordAsName(String),
    DottedVariable(String),
    TooDeep,
    AndWithOr {
        help: String,
    },
    TimeAfterAnd {
        word: &'static str,
        help: String,
    },
    UntilAfterAnd {
        word: &'static str,
        help: String,
    },
    Chained {
        help: String,
    },
    EqualSign {
        help: Option<String>,
    },
    ShortUntil,
    WhenTwice,
    AfterElse,
    /// `run at least` and the like, before any part has begun.
    ClauseBeforePart(&'static str),
    EmptyDay,
    AlsoOff,
    /// `file` in a schedule, but not as `also file` on its own.
    FileLine {
        help: String,
    },
}

impl Fault for SyntaxFault {
    fn code(&self) -> &'static str {
        match self {
            Self::DateOrder(_) => "date-order",
            Self::NoLanguage => "no-language",
            Self::LanguageVersion(_) => "language-version",
            Self::NotFirst(_) => "not-first",
            Self::Twice(_) => "twice",
            Self::Expected { .. } => "expected",
            Self::UnknownKeyword { .. } => "unknown-keyword",
            Self::UnknownDay { .. } => "unknown-day",
            Self::UnknownLevel { .. } => "unknown-level",
            Self::ManualLevel => "manual-level",
            Self::Needless(_) => "needless-word",
            Self::KeywordAsName(_) => "keyword-as-name",
            Self::DottedVariable(_) => "dotted-variable",
            Self::TooDeep => "too-deep",
            Self::AndWithOr { .. } => "and-with-or",
            Self::TimeAfterAnd { .. } => "parentheses",
            Self::UntilAfterAnd { .. } => "binds-to-the-last",
            Self::Chained { .. } => "chained-comparison",
            Self::EqualSign { .. } => "equal-sign",
            Self::ShortUntil => "short-until",
            Self::WhenTwice => "when-twice",
            Self::AfterElse => "unreachable",
            Self::ClauseBeforePart(_) => "clause-before-part",
            Self::EmptyDay => "empty-day",
            Self::AlsoOff => "also-off",
            Self::FileLine { .. } => "file-line",
        }
    }

    fn reason(&self, language: Language) -> String {
        if language == Language::De { self.german() } else { self.english() }
    }

    fn help(&self, language: Language) -> Option<String> {
        let pick = |german: &str, english: &str| Some(language.pick(german, english).to_owned());
        match self {
            Self::DateOrder(fixed) => Some(fixed.clone()),
            Self::UnknownDay { found, near: None } if is_holidays(found) => {
                Some(format!("calendar {found}  public holidays RP"))
            }
            Self::UnknownKeyword { near, .. } | Self::UnknownDay { near, .. } => {
                meant(language, near.as_deref())
            }
            Self::UnknownLevel { near, .. } => meant(language, near.as_deref())
                .or_else(|| Some("low normal high limit safety".to_owned())),
            Self::NoLanguage | Self::LanguageVersion(_) => Some("language 1".to_owned()),
            Self::Expected { help, .. } => help.clone(),
            Self::EqualSign { help } => help.clone(),
            Self::ManualLevel => pick(
                "level limit ; von Hand: hauswart write PUNKT WERT --for \"2 h\"",
                "level limit ; by hand: hauswart write POINT VALUE --for \"2 h\"",
            ),
            Self::AndWithOr { help }
            | Self::TimeAfterAnd { help, .. }
            | Self::UntilAfterAnd { help, .. }
            | Self::Chained { help }
            | Self::FileLine { help } => Some(help.clone()),
            Self::ShortUntil => pick("until X < 14 °C", "until X < 14 °C"),
            Self::WhenTwice => {
                pick("else when, oder eine eigene Regel", "else when, or a rule of its own")
            }
            Self::ClauseBeforePart(clause) => pick(
                &format!("{clause} hinter den Befehl des Teils stellen, für den es gilt"),
                &format!("put {clause} behind the command of the part that it is about"),
            ),
            Self::Needless(_) => pick("weglassen", "leave it out"),
            Self::TooDeep => pick("Teile mit value benennen", "name parts of it with value"),
            Self::EmptyDay => pick("all day", "all day"),
            Self::AlsoOff => pick("ohne also: off", "without also: off"),
            Self::KeywordAsName(word) => Some(capitalised(word)),
            Self::DottedVariable(_) => Some("for each R in …".to_owned()),
            _ => None,
        }
    }

    fn replacements(&self) -> Vec<String> {
        match self {
            Self::DateOrder(fixed) => vec![fixed.clone()],
            Self::UnknownKeyword { near, .. }
            | Self::UnknownDay { near, .. }
            | Self::UnknownLevel { near, .. } => near.iter().cloned().collect(),
            Self::LanguageVersion(_) => vec!["1".to_owned()],
            Self::EqualSign { help } => help.iter().cloned().collect(),
            Self::EmptyDay => vec!["all day".to_owned()],
            Self::Needless(_) => vec![String::new()],
            Self::KeywordAsName(word) => vec![capitalised(word)],
            _ => Vec::new(),
        }
    }
}

impl SyntaxFault {
    fn german(&self) -> String {
        let q = |text: &str| quoted(Language::De, text);
        match self {
            Self::DateOrder(_) => "der letzte Tag liegt vor dem ersten".to_owned(),
            Self::NoLanguage => "die Datei beginnt nicht mit der Sprachversion".to_owned(),
            Self::LanguageVersion(found) => {
                format!("Sprachversion {found} kennt diese Hauswart-Version nicht")
            }
            Self::NotFirst(word) => format!("{word} gehört an den Anfang der Datei"),
            Self::Twice(word) => format!("{word} steht hier zum zweiten Mal"),
            Self::Expected { wanted, found, .. } => {
                format!("erwartet: {}; gefunden: {}", wanted.text(Language::De), found_de(found))
            }
            Self::UnknownKeyword { found, .. } => {
                format!("das Schlüsselwort {} ist unbekannt", q(found))
            }
            Self::UnknownDay { found, .. } => {
                format!("den Tag oder Kalender {} gibt es nicht", q(found))
            }
            Self::UnknownLevel { found, .. } => format!("die Ebene {} gibt es nicht", q(found)),
            Self::ManualLevel => {
                "die Ebene manual gehört den Menschen, nicht den Regeln".to_owned()
            }
            Self::Needless(word) => format!("{} braucht es hier nicht", q(word)),
            Self::KeywordAsName(word) => {
                format!("{word} ist ein Schlüsselwort und kann kein Name sein")
            }
            Self::DottedVariable(word) => {
                format!("{word} hat einen Punkt; hinter for each steht ein neuer, kurzer Name")
            }
            Self::TooDeep => "zu tief verschachtelt (höchstens 40 Ebenen)".to_owned(),
            Self::AndWithOr { .. } => "and und or gemischt brauchen Klammern".to_owned(),
            Self::TimeAfterAnd { word, .. } => format!(
                "{word} nach and oder or braucht Klammern: gilt es für alles oder nur für das Letzte?"
            ),
            Self::UntilAfterAnd { word, .. } => {
                format!("{word} gilt hier nur für die letzte Bedingung")
            }
            Self::Chained { .. } => "zwei Vergleiche hintereinander".to_owned(),
            Self::EqualSign { .. } => "= vergleicht nicht".to_owned(),
            Self::ShortUntil => {
                "vor diesem until steht nicht genau ein Vergleich, den es wiederholen könnte"
                    .to_owned()
            }
            Self::WhenTwice => "ein zweites when in derselben Regel".to_owned(),
            Self::AfterElse => "dieser Teil wird nie erreicht: else davor gilt immer".to_owned(),
            Self::ClauseBeforePart(clause) => {
                format!("{clause} steht hier vor jedem Teil der Regel")
            }
            Self::EmptyDay => "Anfang und Ende sind dieselbe Zeit".to_owned(),
            Self::AlsoOff => "also fügt Zeiten hinzu; also off bewirkt nichts".to_owned(),
            Self::FileLine { .. } => {
                "eine Datei bringt ihre Tage mit: davor steht also und sonst nichts".to_owned()
            }
        }
    }

    fn english(&self) -> String {
        let q = |text: &str| quoted(Language::En, text);
        match self {
            Self::DateOrder(_) => "the last day lies before the first".to_owned(),
            Self::NoLanguage => {
                "the file does not start with the version of the language".to_owned()
            }
            Self::LanguageVersion(found) => {
                format!("this version of Hauswart does not know language {found}")
            }
            Self::NotFirst(word) => format!("{word} belongs at the start of the file"),
            Self::Twice(word) => format!("{word} stands here a second time"),
            Self::Expected { wanted, found, .. } => {
                format!("expected {}; found {}", wanted.text(Language::En), found_en(found))
            }
            Self::UnknownKeyword { found, .. } => format!("the keyword {} is not known", q(found)),
            Self::UnknownDay { found, .. } => format!("there is no day or calendar {}", q(found)),
            Self::UnknownLevel { found, .. } => format!("there is no level {}", q(found)),
            Self::ManualLevel => "level manual belongs to people, not to rules".to_owned(),
            Self::Needless(word) => format!("{} is not needed here", q(word)),
            Self::KeywordAsName(word) => format!("{word} is a keyword and cannot be a name"),
            Self::DottedVariable(word) => {
                format!("{word} has a dot; a new, short name stands behind for each")
            }
            Self::TooDeep => "nested too deeply (at most 40 levels)".to_owned(),
            Self::AndWithOr { .. } => "and mixed with or needs parentheses".to_owned(),
            Self::TimeAfterAnd { word, .. } => format!(
                "{word} after and or or needs parentheses: is it about all of it, or only about the last?"
            ),
            Self::UntilAfterAnd { word, .. } => {
                format!("{word} is only about the last condition here")
            }
            Self::Chained { .. } => "two comparisons in a row".to_owned(),
            Self::EqualSign { .. } => "= does not compare".to_owned(),
            Self::ShortUntil => {
                "no single comparison stands before this until that it could repeat".to_owned()
            }
            Self::WhenTwice => "a second when in the same rule".to_owned(),
            Self::AfterElse => {
                "this part is never reached: the else before it always holds".to_owned()
            }
            Self::ClauseBeforePart(clause) => {
                format!("{clause} stands before any part of the rule here")
            }
            Self::EmptyDay => "start and end are the same time".to_owned(),
            Self::AlsoOff => "also adds times; also off does nothing".to_owned(),
            Self::FileLine { .. } => {
                "a file brings its days along: before it stands also and nothing else".to_owned()
            }
        }
    }
}

/// Whether that is what people call the public holidays.
fn is_holidays(word: &str) -> bool {
    let word = word.to_lowercase();
    word.starts_with("feiertag") || word.starts_with("holiday")
}

fn found_de(found: &str) -> String {
    if found.is_empty() { "nichts".to_owned() } else { quoted(Language::De, found) }
}

fn found_en(found: &str) -> String {
    if found.is_empty() { "nothing".to_owned() } else { quoted(Language::En, found) }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
