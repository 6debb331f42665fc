//! The keywords of the whole language, with what German speakers write instead
//! of them. Which of them this version builds is the parser's matter.

use crate::model::diagnostic::did_you_mean;

/// They open an entry.
pub const ENTRIES: [&str; 10] = [
    "language", "building", "calendar", "schedule", "curve", "group", "value", "rule", "protect",
    "test",
];

/// They open a clause of a rule.
pub const CLAUSES: [&str; 12] = [
    "level", "grace", "shadow", "when", "else", "set", "keep", "alarm", "run", "pause", "on", "for",
];

/// They stand inside expressions and commands.
const INNER: [&str; 29] = [
    "to",
    "at",
    "least",
    "most",
    "fault",
    "fallback",
    "is",
    "not",
    "and",
    "or",
    "until",
    "within",
    "extended",
    "over",
    "in",
    "of",
    "starts",
    "ends",
    "ended",
    "also",
    "each",
    "start",
    "given",
    "expect",
    "released",
    "because",
    "per",
    "acknowledge",
    "acknowledged",
];

/// They open a line of a protection, with the words behind them.
pub const GUARDS: [&str; 5] = ["on", "off", "change", "step", "ramp"];

/// Each with those.
pub const GUARD_PHRASES: [&str; 5] =
    ["on at least", "off at least", "change at most", "step at least", "ramp at most"];

/// They open a clause of a test.
pub const TEST_CLAUSES: [&str; 5] = ["start", "given", "at", "acknowledge", "expect"];

/// They are called: `min(a, b)`; `starts`, which is called too, stands inside
/// expressions as well.
pub const CALLED: [&str; 10] =
    ["min", "max", "abs", "mean", "change", "rate", "hours", "demand", "dewpoint", "humidity"];

/// They only stand before the members of a group: `sum of Leistung in Zähler`.
pub const OVER_GROUPS: [&str; 4] = ["sum", "count", "any", "all"];

/// Keywords that are also common names of states.
const STATES: [&str; 2] = ["on", "off"];

/// No name begins with one of these.
pub fn reserved(word: &str) -> bool {
    find(word).is_some()
}

/// All of them.
pub fn all() -> impl Iterator<Item = &'static str> {
    let all = ENTRIES.iter().chain(&CLAUSES).chain(&INNER).chain(&STATES).chain(&GUARDS[2..]);
    all.chain(&CALLED).chain(&OVER_GROUPS).copied()
}

/// The keyword that `word` is.
pub fn find(word: &str) -> Option<&'static str> {
    all().find(|keyword| *keyword == word)
}

/// What people who think in German, or in another language, write first.
const ELSEWHERE: [(&str, &str); 48] = [
    ("wenn", "when"),
    ("falls", "when"),
    ("if", "when"),
    ("sonst", "else"),
    ("andernfalls", "else"),
    ("otherwise", "else"),
    ("elseif", "else when"),
    ("elsif", "else when"),
    ("und", "and"),
    ("oder", "or"),
    ("nicht", "not"),
    ("kein", "not"),
    ("setze", "set"),
    ("setzen", "set"),
    ("auf", "to"),
    ("bis", "until"),
    ("für", "for"),
    ("ist", "is"),
    ("regel", "rule"),
    ("wert", "value"),
    ("zeitplan", "schedule"),
    ("zeitprogramm", "schedule"),
    ("gebäude", "building"),
    ("kennlinie", "curve"),
    ("heizkurve", "curve"),
    ("sprache", "language"),
    ("ersatzweise", "fallback"),
    ("beginn", "start"),
    ("gegeben", "given"),
    ("um", "at"),
    ("nach", "at"),
    ("erwarte", "expect"),
    ("weil", "because"),
    ("freigegeben", "released"),
    ("prüfung", "test"),
    ("schütze", "protect"),
    ("schutz", "protect"),
    ("an", "on"),
    ("aus", "off"),
    ("schritt", "step"),
    ("rampe", "ramp"),
    ("quittiere", "acknowledge"),
    ("quittiert", "acknowledged"),
    ("all", "each"),
    ("every", "each"),
    ("jede", "each"),
    ("jeden", "each"),
    ("jedes", "each"),
];

/// Words that other languages have between a condition and its commands, or at
/// the end; here they are left out.
pub fn is_needless(word: &str) -> bool {
    const NEEDLESS: [&str; 9] =
        ["then", "dann", "do", "begin", "end", "ende", "endif", "end_if", "fi"];
    NEEDLESS.contains(&word.to_lowercase().as_str())
}

/// The keyword among `allowed` that `word` was most likely meant to be.
pub fn near(word: &str, allowed: &[&'static str]) -> Option<&'static str> {
    let lower = word.to_lowercase();
    ELSEWHERE
        .iter()
        .find(|(theirs, ours)| {
            *theirs == lower && allowed.iter().any(|one| ours.split(' ').next() == Some(*one))
        })
        .map(|(_, ours)| *ours)
        .or_else(|| did_you_mean(word, allowed.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_file_refuses_every_keyword_as_a_name() {
        for word in all() {
            assert!(crate::site::is_keyword(word), "{word}");
        }
    }
}
