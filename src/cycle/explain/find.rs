//! Points, values, schedules and rules by the names that people type: the full
//! name, or its end where only one ends so.

use crate::cycle::Outcome;
use crate::model::diagnostic::did_you_mean;
use crate::model::{Language, PointId};
use crate::site::Site;

/// What is to be explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Point(PointId),
    /// Index into the verdict's values, which the schedules are among.
    Value(usize),
    /// Index into the verdict's rules.
    Rule(usize),
}

/// Why a name finds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFound {
    Unknown { name: String, meant: Option<String> },
    Ambiguous { name: String, candidates: Vec<String> },
}

impl NotFound {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Unknown { name, meant: Some(meant) } => language.pick(
                format!("weder Punkt noch Wert noch Regel heißt „{name}“. Meinten Sie „{meant}“?"),
                format!("neither a point nor a value nor a rule is called \"{name}\". Did you mean \"{meant}\"?"),
            ),
            Self::Unknown { name, meant: None } => language.pick(
                format!("weder Punkt noch Wert noch Regel heißt „{name}“"),
                format!("neither a point nor a value nor a rule is called \"{name}\""),
            ),
            Self::Ambiguous { name, candidates } => language.pick(
                format!("„{name}“ ist nicht eindeutig: {}", candidates.join(", ")),
                format!("\"{name}\" is not unique: {}", candidates.join(", ")),
            ),
        }
    }
}

/// What `name` stands for: the full name before an end. In quotes it is a
/// rule's.
///
/// # Errors
/// [`NotFound`], with the nearest name there is.
pub fn find(site: &Site, outcome: &Outcome, name: &str) -> Result<Subject, NotFound> {
    let quoted = name.trim().starts_with('"');
    let name = name.trim().trim_matches('"');
    let points = site.points.iter().map(|(id, point)| (point.name.clone(), Subject::Point(id)));
    let values = outcome.verdict.values.iter().enumerate();
    let values = values.map(|(index, named)| (named.name.to_string(), Subject::Value(index)));
    let rules = outcome.verdict.rules.iter().enumerate();
    let rules = rules.map(|(index, rule)| (rule.rule.to_string(), Subject::Rule(index)));
    let all = points.chain(values).chain(rules);
    let meant = |subject: &Subject| !quoted || matches!(subject, Subject::Rule(_));
    let all: Vec<(String, Subject)> = all.filter(|(_, subject)| meant(subject)).collect();
    if let Some((_, subject)) = all.iter().find(|(full, _)| full == name) {
        return Ok(*subject);
    }
    let end = format!(".{name}");
    let ending: Vec<&(String, Subject)> =
        all.iter().filter(|(full, _)| full.ends_with(&end)).collect();
    match ending[..] {
        [(_, only)] => Ok(*only),
        [] => {
            let ends = all.iter().flat_map(|(full, _)| ends_of(full));
            let meant = did_you_mean(name, ends).map(str::to_owned);
            Err(NotFound::Unknown { name: name.to_owned(), meant })
        }
        _ => {
            let candidates = ending.iter().map(|(full, _)| full.clone()).collect();
            Err(NotFound::Ambiguous { name: name.to_owned(), candidates })
        }
    }
}

/// `a.b.c`, `b.c`, `c`
fn ends_of(full: &str) -> impl Iterator<Item = &str> {
    let dots = full.match_indices('.').map(|(at, _)| &full[at + 1..]);
    std::iter::once(full).chain(dots)
}
