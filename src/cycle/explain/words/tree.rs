//! Rules and expressions: one line a part, with ✓ ✗ ?, present values and how
//! far timers are.

use super::{Words, seconds};
use crate::cycle::explain::RuleStands;
use crate::rules::{About, CommandTold, PartTold, RuleTold, RunTold, Says, Standing, Told, Verb};

/// So many names beside one another; more stand below one another.
const MOST_BESIDE: usize = 2;

/// `else when A`
pub(super) fn head(part: &PartTold) -> String {
    let keyword = part.head.keyword();
    match &part.condition {
        Some(condition) => format!("{keyword} {}", condition.text),
        None => keyword.to_owned(),
    }
}

fn mark(says: &Says) -> &'static str {
    match says {
        Says::Holds(Some(true)) => "✓",
        Says::Holds(Some(false)) => "✗",
        Says::Holds(None) | Says::Is(None) => "?",
        Says::Is(Some(_)) => " ",
    }
}

/// Whether it is told in one go, beside what it is part of.
const fn is_leaf(told: &Told) -> bool {
    told.parts.is_empty() && told.about.is_some()
}

/// Whether its parts are said on its own line. Those of a named value are not:
/// its expression stands there.
fn is_beside(told: &Told) -> bool {
    let named = matches!(told.about, Some(About::Value { .. }));
    !named && told.parts.len() <= MOST_BESIDE && told.parts.iter().all(is_leaf)
}

/// `4 von 5 min`, `90 s von 2 min`
fn part_of(part: &str, whole: &str, of: &str) -> String {
    match (part.split_once(' '), whole.split_once(' ')) {
        (Some((number, unit)), Some((_, other))) if unit == other && !unit.contains(' ') => {
            format!("{number} {of} {whole}")
        }
        _ => format!("{part} {of} {whole}"),
    }
}

impl Words<'_> {
    /// A rule with its parts.
    pub(super) fn rule(&self, stands: &RuleStands, lines: &mut Vec<String>) {
        let told = &stands.told;
        let (rule, level) = (self.origin(&told.rule), told.level);
        let decided = matches!(told.standing, Standing::Active(_) | Standing::Idle);
        let since = if decided { self.since(stands.since) } else { String::new() };
        let standing = self.standing(told);
        let shadow = if told.shadow { self.pick(", nur gerechnet", ", only computed") } else { "" };
        lines.push(self.language().pick(
            format!("Regel {rule}, Ebene {level}{shadow}: {standing}{since}"),
            format!("rule {rule}, level {level}{shadow}: {standing}{since}"),
        ));
        let active = match told.standing {
            Standing::Active(part) | Standing::Kept(Some(part)) => Some(usize::from(part)),
            _ => None,
        };
        for (number, part) in told.parts.iter().enumerate() {
            self.part(part, active == Some(number), lines);
        }
        if let Some(commands) = &told.on_fault {
            let here = if told.standing == Standing::OnFault { "▶" } else { " " };
            lines.push(format!("{here}   on fault"));
            self.commands(commands, lines);
        }
    }

    fn standing(&self, told: &RuleTold) -> String {
        let unknown = told.unknown_for_s.unwrap_or_default();
        let so_long = seconds(unknown);
        let left = seconds((told.grace_s - unknown).max(0.0));
        let (german, english) = match told.standing {
            Standing::Active(number) => {
                let part = told.parts.get(usize::from(number));
                let part = part.map_or("", |part| part.head.keyword());
                if part.is_empty() {
                    ("gilt immer".to_owned(), "always holds".to_owned())
                } else {
                    (format!("{part} gilt"), format!("{part} holds"))
                }
            }
            Standing::Idle => ("kein Teil gilt".to_owned(), "no part holds".to_owned()),
            Standing::Waiting => (
                "wartet darauf, dass ihre Eingänge gelesen werden".to_owned(),
                "waits for its inputs to be read".to_owned(),
            ),
            Standing::Kept(_) => (
                format!("unbekannt seit {so_long}; behält die letzte Entscheidung noch {left}"),
                format!("unknown for {so_long}; keeps its last decision for {left} more"),
            ),
            Standing::OnFault => (
                format!("unbekannt seit {so_long}; on fault gilt"),
                format!("unknown for {so_long}; on fault holds"),
            ),
            Standing::Released => (
                format!("unbekannt seit {so_long}; verlangt nichts mehr"),
                format!("unknown for {so_long}; asks nothing any more"),
            ),
        };
        self.language().pick(german, english)
    }

    fn part(&self, part: &PartTold, active: bool, lines: &mut Vec<String>) {
        let here = if active { "▶" } else { " " };
        let (mark, note) = match &part.condition {
            Some(condition) => (mark(&condition.says), self.note_beside(condition)),
            None => (" ", String::new()),
        };
        let head = head(part);
        if !head.is_empty() {
            lines.push(format!("{here} {mark} {head}{note}"));
        }
        lines.extend(part.run.as_ref().map(|run| format!("      {}", self.run(run))));
        if let Some(condition) = &part.condition {
            self.parts(condition, 6, lines);
        }
        if head.is_empty() {
            self.commands_marked(here, &part.commands, lines);
        } else {
            self.commands(&part.commands, lines);
        }
    }

    /// How long a part runs or rests.
    fn run(&self, run: &RunTold) -> String {
        let mut all = Vec::new();
        let mut say = |left: Option<f64>, german: [&str; 2], english: [&str; 2]| {
            let left = left.map(seconds);
            all.extend(left.map(|left| {
                let [before, behind] = self.language().pick(german, english);
                format!("{before}{left}{behind}")
            }));
        };
        say(run.least_s, ["läuft noch mindestens ", ""], ["runs for at least ", " more"]);
        say(run.most_s, ["läuft noch höchstens ", ""], ["runs for at most ", " more"]);
        say(run.pause_s, ["pausiert noch ", ""], ["rests for ", " more"]);
        if run.spent {
            all.push(self.language().pick(
                "ist so lange gelaufen, wie er darf; wieder, wenn die Bedingung einmal falsch war".to_owned(),
                "has run for as long as it may; again when its condition has been false once".to_owned(),
            ));
        }
        all.join("; ")
    }

    fn commands(&self, commands: &[CommandTold], lines: &mut Vec<String>) {
        self.commands_marked(" ", commands, lines);
    }

    fn commands_marked(&self, here: &str, commands: &[CommandTold], lines: &mut Vec<String>) {
        for command in commands {
            lines.push(format!("{here}     → {}", self.command(command)));
            for part in &command.parts {
                self.tree(part, 10, lines);
            }
        }
    }

    fn command(&self, command: &CommandTold) -> String {
        let CommandTold { point, text, .. } = command;
        let said = match command.verb {
            Verb::Set => format!("set {point} to {text}"),
            Verb::AtLeast => format!("keep {point} at least {text}"),
            Verb::AtMost => format!("keep {point} at most {text}"),
            Verb::Alarm(class) => return format!("alarm {} \"{text}\"", class.keyword()),
        };
        match &command.value {
            Some(value) if value == text => said,
            Some(value) => format!("{said}: {value}"),
            None => format!("{said}: {}", self.pick("unbekannt", "unknown")),
        }
    }

    /// The parts of an expression, below it.
    pub(super) fn parts(&self, told: &Told, indent: usize, lines: &mut Vec<String>) {
        if is_beside(told) {
            return;
        }
        let parts = match (&told.about, &told.parts[..]) {
            // A named value: its expression has been said with it.
            (Some(About::Value { .. }), [expression]) => &expression.parts,
            (_, parts) => parts,
        };
        for part in parts {
            self.tree(part, indent, lines);
        }
    }

    fn tree(&self, told: &Told, indent: usize, lines: &mut Vec<String>) {
        let (space, mark) = (" ".repeat(indent), mark(&told.says));
        let note = self.note_beside(told);
        lines.push(format!("{space}{mark} {}{note}", told.text));
        self.parts(told, indent + 2, lines);
    }

    /// What is said behind its text.
    pub(super) fn note_beside(&self, told: &Told) -> String {
        let mut notes = Vec::new();
        notes.extend(self.note(told));
        if is_beside(told) {
            notes.extend(told.parts.iter().map(|part| self.leaf(part)));
        }
        if notes.is_empty() { String::new() } else { format!("   {}", notes.join("; ")) }
    }

    /// A name with its value.
    fn leaf(&self, told: &Told) -> String {
        let name = match &told.about {
            // In a loop the text names the variable.
            Some(About::Reading(input)) if !input.point.ends_with(&told.text) => &input.point,
            _ => &told.text,
        };
        match self.note(told) {
            Some(note) => format!("{name} {note}"),
            None => name.clone(),
        }
    }

    fn note(&self, told: &Told) -> Option<String> {
        let shown = |says: &Says| match says {
            Says::Is(Some(shown)) => Some(shown.clone()),
            Says::Is(None) | Says::Holds(None) => {
                Some(self.pick("unbekannt", "unknown").to_owned())
            }
            Says::Holds(Some(_)) => None,
        };
        match &told.about {
            // A quantity that is computed.
            None => match &told.says {
                Says::Is(_) if !told.parts.is_empty() => {
                    shown(&told.says).map(|value| format!("= {value}"))
                }
                _ => None,
            },
            Some(About::Window { filling: true }) => {
                Some(self.pick("unbekannt, füllt sich noch", "unknown, still filling").to_owned())
            }
            Some(About::Window { filling: false }) => {
                shown(&told.says).map(|value| format!("= {value}"))
            }
            Some(About::Members { known, all, least }) => {
                let value = shown(&told.says).map(|value| format!("= {value}"));
                let known = self.language().pick(
                    format!("{known} von {all} bekannt, nötig {least}"),
                    format!("{known} of {all} known, {least} needed"),
                );
                Some(value.into_iter().chain([known]).collect::<Vec<_>>().join("; "))
            }
            Some(About::Reading(input)) => Some(self.input(input)),
            Some(About::Value { .. }) => {
                let expression = told.parts.first().map(|part| format!("= {}", part.text));
                let value = shown(&told.says);
                let both: Vec<String> = value.into_iter().chain(expression).collect();
                (!both.is_empty()).then(|| both.join(" "))
            }
            Some(About::Schedule { on, until, by_hand, .. }) => {
                let state = match on {
                    Some(true) => "on",
                    Some(false) => "off",
                    None => self.pick("unbekannt", "unknown"),
                };
                let until = until.map_or_else(String::new, |at| format!(" {}", self.until(at)));
                Some(format!("{state}{until}{}", self.by_hand(*by_hand)))
            }
            Some(About::Turn { at }) => Some(self.turn(*at)),
            Some(About::For { held_s, of_s }) => self.held(*held_s, *of_s),
            Some(About::Extended { ago_s, of_s }) => self.extended(*ago_s, *of_s),
            Some(About::Latch { on }) => self.latch(told, *on),
            Some(About::Acknowledge { on, by }) => self.waiting(*on, by.as_deref()),
        }
    }

    fn turn(&self, at: Option<jiff::Timestamp>) -> String {
        let Some(at) = at else {
            return self.pick("nicht in Sicht", "not in sight").to_owned();
        };
        let (moment, away) = (self.moment(at), self.away(at));
        if at > self.now {
            self.language().pick(
                format!("nächstes Mal: {moment}, in {away}"),
                format!("next: {moment}, in {away}"),
            )
        } else {
            self.language().pick(
                format!("zuletzt: {moment}, vor {away}"),
                format!("last: {moment}, {away} ago"),
            )
        }
    }

    fn held(&self, held_s: f64, of_s: Option<f64>) -> Option<String> {
        let held = seconds(held_s);
        let of = of_s.map_or_else(|| "?".to_owned(), seconds);
        let full = of_s.is_some_and(|of| held_s >= of);
        let (german, english) = if full {
            (format!("wahr seit {held}, nötig {of}"), format!("true for {held}, {of} needed"))
        } else {
            let (german, english) = (part_of(&held, &of, "von"), part_of(&held, &of, "of"));
            (format!("wahr seit {german}"), format!("true for {english}"))
        };
        (held_s > 0.0).then(|| self.language().pick(german, english))
    }

    fn extended(&self, ago_s: Option<f64>, of_s: Option<f64>) -> Option<String> {
        let ago = ago_s.filter(|ago| *ago > 0.0).map(seconds)?;
        let of = of_s.map_or_else(|| "?".to_owned(), seconds);
        Some(self.language().pick(
            format!("zuletzt wahr vor {}", part_of(&ago, &of, "von")),
            format!("last true {} ago", part_of(&ago, &of, "of")),
        ))
    }

    /// What waits for a person, or is over with its cause.
    fn waiting(&self, on: bool, by: Option<&str>) -> Option<String> {
        let (german, english) = match by {
            Some(by) => (
                format!("quittiert von {by}; endet mit der Ursache"),
                format!("acknowledged by {by}; ends with its cause"),
            ),
            None => ("wartet auf Quittierung".to_owned(), "waits to be acknowledged".to_owned()),
        };
        on.then(|| self.language().pick(german, english))
    }

    /// A latch that holds though its start does no more.
    fn latch(&self, told: &Told, on: bool) -> Option<String> {
        let starts = told.parts.first().map(|start| &start.says);
        let holds_on = on && starts == Some(&Says::Holds(Some(false)));
        holds_on.then(|| self.pick("hält noch an", "holds on").to_owned())
    }
}
