//! `run at least`, `run at most`, `pause at least`: where they make sense, and
//! what can be seen to be a mistake in their times.

use super::Checker;
use super::term::Term;
use crate::model::unit::{duration, spoken_length};
use crate::rules::ast::{Head, Part, RunClause, RunKind};
use crate::rules::fault::{RuleFault, Timeless};
use crate::rules::program::Run;
use crate::rules::state::{Memory, Running};
use crate::rules::written::plain;

/// Longer than this is most likely a slip: a week, in seconds.
const LONG_S: f64 = 7.0 * 86_400.0;

impl<'a> Checker<'a> {
    /// The times of a part, and what they are made of.
    pub(super) fn runs(&mut self, part: &'a Part) -> (Option<Run>, Vec<Term>) {
        let mut terms = Vec::new();
        let mut run = Run { least: None, most: None, pause: None, memory: 0 };
        let mut bounds = (None, None);
        for clause in &part.runs {
            let term = self.time(&clause.time);
            if self.is_senseless(part, clause) || self.is_odd(clause, &term) {
                continue;
            }
            match clause.kind {
                RunKind::RunAtLeast => {
                    (run.least, bounds.0) = (Some(term.node), Some(&clause.time))
                }
                RunKind::RunAtMost => (run.most, bounds.1) = (Some(term.node), Some(&clause.time)),
                RunKind::PauseAtLeast => run.pause = Some(term.node),
            }
            terms.push((clause.kind, term));
        }
        let of = |kind| terms.iter().find(|(other, _)| *other == kind).map(|(_, term)| term.bounds);
        if let (Some(least), Some(most)) = (of(RunKind::RunAtLeast), of(RunKind::RunAtMost))
            && let (Some(shorter), Some(longer)) = bounds
            && least.low > most.high
        {
            let (least, most) = (self.written(&shorter.place), self.written(&longer.place));
            let fault = RuleFault::RunConflict { least: least.to_owned(), most: most.to_owned() };
            self.report(&longer.place, fault);
        }
        let terms: Vec<Term> = terms.into_iter().map(|(_, term)| term).collect();
        if terms.is_empty() {
            return (None, terms);
        }
        run.memory = self.memory(self.run_text(part), Memory::Run(Running::default()));
        (Some(run), terms)
    }

    /// The part without its commands: it keeps its times while this stays.
    fn run_text(&self, part: &Part) -> String {
        let head = match &part.head {
            Head::When(condition) => format!("when {}", self.written(&condition.place)),
            Head::Else | Head::Always | Head::OnFault => "else".to_owned(),
        };
        let clauses = part.runs.iter().map(|clause| self.written(&clause.place));
        let all: Vec<&str> = std::iter::once(head.as_str()).chain(clauses).collect();
        plain(&all.join("\n"))
    }

    /// A clause that could never do anything, or would end a part for good.
    fn is_senseless(&mut self, part: &Part, clause: &RunClause) -> bool {
        let why = match part.head {
            Head::Always => Timeless::Always,
            Head::OnFault => Timeless::OnFault,
            Head::Else if clause.kind == RunKind::RunAtLeast => Timeless::Else,
            Head::Else | Head::When(_) => return false,
        };
        let clause_text = clause.kind.keyword();
        self.report(&clause.place, RuleFault::RunSenseless { clause: clause_text, why });
        true
    }

    /// No time at all, or a very long one.
    fn is_odd(&mut self, clause: &RunClause, term: &Term) -> bool {
        if term.is_broken() {
            return true;
        }
        let keyword = clause.kind.keyword();
        if term.bounds.high <= 0.0 {
            self.report(&clause.time.place, RuleFault::NoTime { clause: keyword });
            return true;
        }
        if term.bounds.low > LONG_S {
            let time = duration(term.bounds.low).map_or_else(String::new, spoken_length);
            self.warn(&clause.time.place, RuleFault::LongTime { clause: keyword, time });
        }
        false
    }
}
