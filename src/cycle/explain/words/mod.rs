//! Explanations in words: what it is and why first, then who asked for what,
//! the rules with their conditions, what is not known, the device, and what
//! comes next.

mod point;
mod tree;

use std::time::Duration;

use jiff::Timestamp;

use super::{Basis, Explanation, NameTold, Next, Of, RuleStands, Start, Unknown};
use crate::cycle::spoken::Spoken;
use crate::model::unit::spoken_length;
use crate::model::{Language, Origin, Quality};
use crate::rules::{Input, Standing};

/// The lines of an explanation.
#[must_use]
pub fn lines(explanation: &Explanation, spoken: &Spoken<'_>) -> Vec<String> {
    let in_test = explanation.basis == Basis::Test;
    let in_past = explanation.basis == Basis::Replayed;
    let words = Words { spoken, now: explanation.now, in_test };
    let mut lines = Vec::new();
    lines.extend(words.basis(explanation.basis));
    match &explanation.of {
        Of::Point(told) => words.point(told, &mut lines),
        Of::Value(told) => words.value(told, &mut lines),
        Of::Rule(told) => words.rule_whole(told, &mut lines),
    }
    words.unknown(&explanation.unknown, &mut lines);
    if let Of::Point(told) = &explanation.of
        && !in_test
        && !in_past
    {
        words.at_device(told, &mut lines);
    }
    if !in_past {
        words.coming(&explanation.of, &mut lines);
    }
    lines
}

/// How things are said: in a language, on a clock, at a moment.
struct Words<'a> {
    spoken: &'a Spoken<'a>,
    now: Timestamp,
    /// All is read at once, and what was given has held for ever.
    in_test: bool,
}

fn seconds(seconds: f64) -> String {
    spoken_length(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

impl Words<'_> {
    const fn language(&self) -> Language {
        self.spoken.language
    }

    fn pick<'t>(&self, german: &'t str, english: &'t str) -> &'t str {
        self.language().pick(german, english)
    }

    fn moment(&self, at: Timestamp) -> String {
        self.spoken.moment(at, self.now)
    }

    /// How far away a moment is: `3 h 2 min`.
    fn away(&self, at: Timestamp) -> String {
        spoken_length(at.duration_since(self.now).unsigned_abs())
    }

    fn ago(&self, since: f64) -> String {
        let length = seconds(since);
        self.language().pick(format!("vor {length}"), format!("{length} ago"))
    }

    /// `, seit 17:30 (3 h)`
    fn since(&self, start: Option<Start>) -> String {
        let Some(Start { at, at_least }) = start else { return String::new() };
        let (moment, length) = (self.moment(at), self.away(at));
        match at_least {
            false => self.language().pick(
                format!(", seit {moment} ({length})"),
                format!(", since {moment} ({length})"),
            ),
            true if at == self.now || self.in_test => String::new(),
            true => self.language().pick(
                format!(", mindestens seit {moment} ({length})"),
                format!(", since {moment} or earlier ({length})"),
            ),
        }
    }

    /// `„Raumsollwert“ (heizung.rules:17)`
    fn origin(&self, origin: &Origin) -> String {
        match origin {
            Origin::Rule { rule, file, line } => self
                .language()
                .pick(format!("„{rule}“ ({file}:{line})"), format!("\"{rule}\" ({file}:{line})")),
            Origin::Operator { user, why } if why.is_empty() => {
                self.language().pick(format!("{user} von Hand"), format!("{user} by hand"))
            }
            Origin::Operator { user, why } => self
                .language()
                .pick(format!("{user} von Hand: {why}"), format!("{user} by hand: {why}")),
        }
    }

    fn basis(&self, basis: Basis) -> Option<String> {
        let words = match basis {
            Basis::Running | Basis::Test => return None,
            Basis::ReadOnly => self.pick(
                "Nur-Lesen-Betrieb: nichts davon wird geschrieben.",
                "Read-only mode: nothing of this is written.",
            ),
            Basis::OneRound => self.pick(
                "Hauswart läuft nicht: so entschieden die Regeln nach einer Runde Messwerte. \
                 Zeiten (for, extended) zählen erst ab jetzt; Übersteuerungen sind nicht bekannt.",
                "Hauswart is not running: so the rules would decide after one round of readings. \
                 Times (for, extended) count from now only; overrides are not known.",
            ),
            Basis::Replayed => self.pick(
                "Nachgerechnet mit den heutigen Regeln über die aufgezeichneten Messwerte:",
                "Computed anew with today's rules over the recorded readings:",
            ),
        };
        Some(words.to_owned())
    }

    fn quality(&self, quality: Quality) -> &'static str {
        let (german, english) = match quality {
            Quality::Good => ("gut", "good"),
            Quality::Substituted => ("Ersatzwert", "a substitute"),
            Quality::Stale => ("veraltet", "stale"),
            Quality::OutOfRange => ("außerhalb des Bereichs", "out of range"),
            Quality::Faulty => ("gestört", "bad"),
            Quality::NeverRead => ("noch nie gelesen", "never read"),
        };
        self.language().pick(german, english)
    }

    /// `16.2 °C (vor 12 s)`, `? (veraltet, zuletzt 16.2 °C vor 14 min)`
    fn input(&self, input: &Input) -> String {
        let ago = input.age_s.map(|age| self.ago(age));
        match (&input.shown, ago) {
            (Some(shown), _) if input.is_known() && self.in_test => shown.clone(),
            (Some(shown), Some(ago)) if input.is_known() => format!("{shown} ({ago})"),
            _ => format!("? ({})", self.lacking(input)),
        }
    }

    /// Why an input is not known.
    fn lacking(&self, input: &Input) -> String {
        let quality = self.quality(input.quality);
        match (&input.shown, input.age_s) {
            (Some(shown), Some(age)) => {
                let ago = self.ago(age);
                self.language().pick(
                    format!("{quality}, zuletzt {shown} {ago}"),
                    format!("{quality}, last {shown} {ago}"),
                )
            }
            _ => quality.to_owned(),
        }
    }

    fn unknown(&self, unknown: &[Unknown], lines: &mut Vec<String>) {
        if unknown.is_empty() {
            return;
        }
        self.heading(("Unbekannt", "Unknown"), lines);
        for Unknown { input, device, silent } in unknown {
            let why = silent.as_ref().map_or_else(String::new, |silent| {
                let (since, why) = (self.moment(silent.since), &silent.why);
                self.language().pick(
                    format!("; Gerät {device} antwortet nicht seit {since} ({why})"),
                    format!("; device {device} does not answer since {since} ({why})"),
                )
            });
            lines.push(format!("  {}: {}{why}", input.point, self.lacking(input)));
        }
    }

    fn heading(&self, (german, english): (&str, &str), lines: &mut Vec<String>) {
        lines.push(String::new());
        lines.push(self.pick(german, english).to_owned());
    }

    fn value(&self, told: &NameTold, lines: &mut Vec<String>) {
        let value = &told.told;
        let unknown = || self.pick("unbekannt", "unknown").to_owned();
        let shown = value.shown.clone().unwrap_or_else(unknown);
        let until = value.schedule.and_then(|schedule| schedule.until).map(|at| self.until(at));
        let until = until.map_or_else(String::new, |until| format!(" {until}"));
        let by_hand = self.by_hand(value.schedule.is_some_and(|schedule| schedule.by_hand));
        let since = self.since(told.since);
        lines.push(format!("{}: {shown}{until}{by_hand}{since}", value.name));
        if let Some(expression) = &value.expression {
            let note = self.note_beside(expression);
            lines.push(format!("  = {}{note}", expression.text));
            self.parts(expression, 2, lines);
        }
        if !told.used_by.is_empty() {
            self.heading(("Steht in", "Stands in"), lines);
            lines.extend(told.used_by.iter().map(|rule| format!("  {}", self.origin(rule))));
        }
    }

    fn rule_whole(&self, told: &RuleStands, lines: &mut Vec<String>) {
        self.rule(told, lines);
        if !told.points.is_empty() {
            self.heading(("Was daraus wird", "What comes of it"), lines);
        }
        for point in &told.points {
            lines.push(format!("  {}", self.target(point)));
        }
    }

    /// What will change if no reading does.
    fn coming(&self, of: &Of, lines: &mut Vec<String>) {
        let said = match of {
            Of::Point(told) => self.next(told.next.as_ref(), |target| self.target(target)),
            Of::Value(told) => self.next(told.next.as_ref(), |to| {
                let shown = to.as_deref().unwrap_or(self.pick("unbekannt", "unknown"));
                format!("{} {shown}", told.told.name)
            }),
            Of::Rule(told) => self.next(told.next.as_ref(), |standing| self.turns(told, *standing)),
        };
        let Some(said) = said else { return };
        self.heading(("Als Nächstes", "Next"), lines);
        lines.push(format!("  {said}"));
    }

    fn next<T>(&self, next: Option<&Next<T>>, say: impl Fn(&T) -> String) -> Option<String> {
        let condition = self.pick("wenn sich kein Messwert ändert", "if no reading changes");
        Some(match next? {
            Next::Change { at, to } => {
                let (at, away, to) = (self.moment(*at), self.away(*at), say(to));
                self.language().pick(
                    format!("{at} (in {away}): {to}, {condition}"),
                    format!("{at} (in {away}): {to}, {condition}"),
                )
            }
            Next::Same { until } => {
                let away = self.away(*until);
                self.language().pick(
                    format!("bleibt es so, mindestens {away}, {condition}"),
                    format!("it stays so for {away} at least, {condition}"),
                )
            }
        })
    }

    /// How a rule will stand.
    fn turns(&self, told: &RuleStands, standing: Standing) -> String {
        let part = |number: u16| {
            let part = told.told.parts.get(usize::from(number));
            part.map_or_else(String::new, tree::head)
        };
        match standing {
            Standing::Active(number) => {
                let part = part(number);
                self.language().pick(format!("es gilt {part}"), format!("{part} holds"))
            }
            Standing::Idle => self.pick("kein Teil gilt", "no part holds").to_owned(),
            Standing::OnFault => self.pick("on fault gilt", "on fault holds").to_owned(),
            Standing::Released => self.pick("freigegeben", "released").to_owned(),
            Standing::Waiting | Standing::Kept(_) => self.pick("unbekannt", "unknown").to_owned(),
        }
    }

    /// What stands behind a schedule that an operator has overridden.
    fn by_hand(&self, by_hand: bool) -> &'static str {
        if by_hand { self.pick(", von Hand", ", by hand") } else { "" }
    }

    fn until(&self, at: Timestamp) -> String {
        let moment = self.moment(at);
        self.language().pick(format!("bis {moment}"), format!("until {moment}"))
    }
}
