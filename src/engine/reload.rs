//! Other rules take the place of those that run. The files are read and checked
//! beside the loop; the swap is one step in it, between two cycles, and keeps
//! what unchanged clauses remember. Whatever is wrong, the old rules go on and
//! an alarm says where.
//!
//! ```text
//! person, signal, ──asks──▶ waiting ──▶ load (blocking) ──▶ plan ──▶ swap
//! changed files                              │                └ dry run: told
//!                                            └ faults: told, alarm
//! ```

use std::fmt;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::alarm::{Cause, Subject};
use super::ask::{Refusal, ReloadBy, ReloadOrder};
use super::picture::{ReloadOutcome, ReloadReport};
use super::plan::{self, Plan};
use super::run::{Back, Running};
use crate::model::diagnostic::{self, Diagnostic, Severity, Source, line_column};
use crate::model::{Language, Now};
use crate::rules::{AlarmClass, Program};
use crate::site::Reload;

/// What the rule files say now.
#[derive(Debug)]
pub struct Loaded {
    /// `None` if there is any error.
    pub program: Option<Program>,
    pub diagnostics: Vec<Diagnostic>,
    pub sources: Vec<Source>,
    /// Fingerprint of everything that the rules were made from.
    pub texts: u64,
    /// Files that have changed since the start and are not taken up by a
    /// reload: the site file, device templates.
    pub restart: Vec<String>,
}

/// Reads and checks the rule files once nobody writes to them any more, which
/// may take a while; or says why that cannot be done.
pub type Load = Arc<dyn Fn() -> Result<Loaded, String> + Send + Sync>;

/// Where the rules come from.
#[derive(Clone)]
pub struct RuleFiles {
    pub load: Load,
    /// That of the rules that run, as [`Loaded::texts`].
    pub texts: u64,
}

impl fmt::Debug for RuleFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleFiles").field("texts", &self.texts).finish_non_exhaustive()
    }
}

pub(super) type Reply = oneshot::Sender<Result<ReloadReport, Refusal>>;

/// Why good files are not taken up, or what stands in an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTaken {
    /// The first error with its place, and how many more there are.
    Faults { first: String, more: usize },
    /// In words.
    Unreadable(String),
    /// The folder holds no rule any more; nobody has said that this is meant.
    NoRules,
}

impl NotTaken {
    fn of(loaded: &Loaded, language: Language) -> Self {
        let errors = loaded.diagnostics.iter().filter(|it| it.severity == Severity::Error);
        let told = |it: &Diagnostic| {
            let source = loaded.sources.iter().find(|source| source.file == it.file);
            let (line, _) = line_column(source.map_or("", |source| &source.text), it.span.start);
            format!("{}:{line}: {}", it.file, it.fault.reason(language))
        };
        let first = errors.clone().next().map(told).unwrap_or_default();
        Self::Faults { first, more: errors.count().saturating_sub(1) }
    }

    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Faults { first, more: 0 } => first.clone(),
            Self::Faults { first, more } => language.pick(
                format!("{first} (und {more} weitere Fehler)"),
                format!("{first} (and {more} more errors)"),
            ),
            Self::Unreadable(why) => why.clone(),
            Self::NoRules => language
                .pick(
                    "im Regelordner steht keine Regel mehr; ist das gewollt: „hauswart reload“",
                    "there is no rule left in the rules folder; if that is meant: \"hauswart reload\"",
                )
                .to_owned(),
        }
    }
}

impl Running {
    /// Somebody wants the rule files taken up, or looked at.
    pub(super) fn reload(&mut self, order: ReloadOrder, reply: Reply) {
        let refusal = match &self.rule_files {
            _ if self.stopping => Refusal::Stopping,
            None => Refusal::NoRuleFiles,
            Some(_) => {
                self.reloads.push_back((order, reply));
                if self.reloads.len() == 1 {
                    self.load_rules();
                }
                return;
            }
        };
        let _ = reply.send(Err(refusal));
    }

    /// Reads the files, beside the loop; one reading at a time.
    fn load_rules(&self) {
        let Some(files) = &self.rule_files else { return };
        let (load, back, busy) = (files.load.clone(), self.back.clone(), self.clock.busy());
        tokio::spawn(async move {
            let loaded = tokio::task::spawn_blocking(move || load()).await;
            let loaded = loaded.unwrap_or_else(|bug| Err(bug.to_string()));
            let _ = back.send(Back::Loaded(Box::new(loaded), busy));
        });
    }

    /// The files have been read.
    pub(super) fn loaded(&mut self, loaded: Result<Loaded, String>) {
        let Some((order, reply)) = self.reloads.pop_front() else { return };
        let answer =
            if self.stopping { Err(Refusal::Stopping) } else { Ok(self.take_up(&order, loaded)) };
        let _ = reply.send(answer);
        if !self.reloads.is_empty() {
            self.load_rules();
        }
    }

    fn take_up(&mut self, order: &ReloadOrder, loaded: Result<Loaded, String>) -> ReloadReport {
        if order.by != ReloadBy::Files && !order.dry_run {
            self.accept_clock();
        }
        let now = self.now();
        let language = self.site.language;
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(why) => {
                return self.not_taken(ReloadReport::default(), NotTaken::Unreadable(why), now);
            }
        };
        let report = ReloadReport {
            diagnostics: diagnostic::to_json(&loaded.diagnostics, &loaded.sources, language),
            told: diagnostic::render(&loaded.diagnostics, &loaded.sources, language, false),
            restart: loaded.restart.clone(),
            ..ReloadReport::default()
        };
        for file in &loaded.restart {
            let words = language.pick(
                "ist seit dem Start geändert und gilt ab dem nächsten Start",
                "has changed since the start and counts from the next start on",
            );
            tracing::warn!("{file} {words}");
        }
        let why = NotTaken::of(&loaded, language);
        let Some(program) = loaded.program else { return self.not_taken(report, why, now) };
        let had_rules = self.rules.as_ref().is_some_and(|rules| !rules.program.is_empty());
        if program.is_empty() && had_rules && order.by == ReloadBy::Files {
            return self.not_taken(report, NotTaken::NoRules, now);
        }
        if self.rule_files.as_ref().is_some_and(|files| files.texts == loaded.texts) {
            let words = ("die Regeln sind unverändert", "the rule files are as they were");
            tracing::info!("{}", language.pick(words.0, words.1));
            self.alarms.clear(&Subject::RuleFiles, now);
            return ReloadReport { outcome: ReloadOutcome::Unchanged, ..report };
        }
        let Some(plan) = self.plan(program, now) else { return report };
        let report = plan.report(&self.site.points, report);
        plan::log(&report);
        if order.dry_run || (order.by == ReloadBy::Files && self.site.reload == Reload::ByHand) {
            self.wait_for_word(order, report.points.len(), now);
            return ReloadReport { outcome: ReloadOutcome::WouldTake, ..report };
        }
        self.swap(plan, loaded.texts, now);
        ReloadReport { outcome: ReloadOutcome::Taken, ..report }
    }

    fn not_taken(&mut self, report: ReloadReport, why: NotTaken, now: Now) -> ReloadReport {
        let words = why.words(self.site.language);
        tracing::error!("the changed rules are not taken up, the old ones go on: {words}");
        let cause = Cause::RulesNotTaken(why);
        self.alarms.raise(Subject::RuleFiles, AlarmClass::Fault, cause, now);
        ReloadReport { outcome: ReloadOutcome::Refused, why: Some(words), ..report }
    }

    /// Changed files that only a person takes up stand as a notice until then.
    fn wait_for_word(&mut self, order: &ReloadOrder, points: usize, now: Now) {
        if order.by == ReloadBy::Files {
            let cause = Cause::RulesWait { points };
            self.alarms.raise(Subject::RuleFiles, AlarmClass::Notice, cause, now);
        }
    }

    /// The new rules are evaluated beside the old ones, on what is known now.
    fn plan(&mut self, program: Program, now: Now) -> Option<Plan> {
        let mut old = self.rules.take()?;
        let snapshot = self.live.freeze(now);
        let civil = self.civil();
        let writer = self.writer.as_ref();
        let base = |point| {
            writer.map_or(crate::control::Base::Unknown, |writer| writer.base(point, &snapshot))
        };
        let rested = self.keeper.as_ref().map(|keeper| keeper.rested(&program));
        let beside = plan::Beside {
            snapshot: &snapshot,
            points: &self.site.points,
            overrides: self.overrides.points(),
            base: &base,
            civil: &civil,
            rested: rested.unwrap_or_default(),
        };
        let plan = beside.plan(&mut old, program);
        self.rules = Some(old);
        Some(plan)
    }

    fn swap(&mut self, plan: Plan, texts: u64, now: Now) {
        let Plan { rules, outcome, .. } = plan;
        self.inputs = rules.inputs(self.site.points.len());
        if let (Some(old), Some(keeper)) = (&self.rules, &mut self.keeper) {
            self.journal.remember(keeper.all(old, now), now.wall);
            keeper.succeeded_by(&rules.program, now);
        }
        self.rules = Some(rules);
        self.outcome = outcome;
        self.since.forget_rules();
        if let Some(files) = &mut self.rule_files {
            files.texts = texts;
        }
        self.alarms.clear(&Subject::RuleFiles, now);
        let words = ("die geänderten Regeln gelten jetzt", "the changed rules have taken over");
        tracing::info!("{}", self.site.language.pick(words.0, words.1));
        self.soon();
    }
}
