//! Alarms as the loop raises and clears them: what rules and decisions say in a
//! cycle, what a former run left, and that all of it is on the disk.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::alarm::{Cause, Subject};
use super::run::Running;
use crate::model::Now;
use crate::model::fingerprint::{EMPTY, fingerprint};
use crate::rules::{AlarmCause, AlarmClass, Standing};

/// After a start, a command or a substitute may take this long, beyond the
/// grace, to be found wanting again.
const TRIED_FOR: Duration = Duration::from_secs(300);
/// Bytes of a rule's own words that tell its alarms apart as they are.
const LONGEST_WORDS: usize = 200;
const SUBSTITUTED: &str = "substituted";

impl Running {
    /// Raises an alarm, and says so in the journal if people are told.
    pub(super) fn sound(&mut self, subject: Subject, class: AlarmClass, cause: Cause, now: Now) {
        if self.alarms.raise(subject.clone(), class, cause, now)
            && let Some(words) = self.alarm_words(&subject)
        {
            tracing::error!("{words}");
        }
    }

    /// An alarm in the site's language.
    fn alarm_words(&self, subject: &Subject) -> Option<String> {
        let alarm = self.alarms.get(subject)?;
        Some(alarm.cause.words(subject, self.site.language, &self.site))
    }

    /// Whether the HTTP API listens.
    pub(super) fn listening(&mut self, listens: Result<(), String>) {
        let now = self.now();
        match listens {
            Ok(()) => drop(self.alarms.clear(&Subject::Web, now)),
            Err(why) => {
                self.sound(Subject::Web, AlarmClass::Fault, Cause::NotListening(why), now);
            }
        }
    }

    /// Says in the journal that these have gone.
    fn say_gone(&self, gone: &[Subject]) {
        for subject in gone {
            let words = self.alarm_words(subject).unwrap_or_default();
            let over = self.site.language.pick("behoben", "cleared");
            tracing::info!("{over}: {words}");
        }
    }

    pub(super) fn raise_rule_alarms(&mut self, now: Now) {
        let mut still = BTreeSet::new();
        for alarm in self.outcome.verdict.alarms.iter() {
            let what = match &alarm.cause {
                AlarmCause::Written(text) if text.len() > LONGEST_WORDS => {
                    format!("{:016x}", fingerprint(EMPTY, text.as_bytes()))
                }
                AlarmCause::Written(text) => text.to_string(),
                AlarmCause::RuleUnknown { .. } => "unknown".to_owned(),
                AlarmCause::Substituted { .. } => SUBSTITUTED.to_owned(),
            };
            let subject = Subject::Rule(Arc::from(alarm.rule.to_string()), what);
            still.insert(subject.clone());
            let cause = Cause::Rule(alarm.clone());
            if self.alarms.raise(subject, alarm.class, cause, now) {
                let words = alarm.text(self.site.language, &self.site.points);
                tracing::warn!(RULE = %alarm.rule, rule = %alarm.rule, "{words}");
            }
        }
        let of_rules = |subject: &Subject| matches!(subject, Subject::Rule(..));
        let gone = self.alarms.clear_others(of_rules, &still, now);
        self.say_gone(&gone);
    }

    pub(super) fn raise_decision_alarms(&mut self, now: Now) {
        let mut still = BTreeSet::new();
        for decision in self.outcome.decisions.iter() {
            if let Some(note) = decision.notes.iter().find(|note| note.is_alarm()) {
                let point = self.site.points.get(decision.point).name.clone();
                let subject = Subject::Decision(point);
                still.insert(subject.clone());
                let cause = Cause::Decision(note.clone());
                self.alarms.raise(subject, AlarmClass::Notice, cause, now);
            }
        }
        let of_decisions = |subject: &Subject| matches!(subject, Subject::Decision(_));
        let gone = self.alarms.clear_others(of_decisions, &still, now);
        self.say_gone(&gone);
    }

    /// What a former run left is cleared once it is known to be gone; and what
    /// time alone does.
    pub(super) fn settle_alarms(&mut self, now: Now) {
        let mut alarms = std::mem::take(&mut self.alarms);
        let mut gone = alarms.settle(|subject| self.is_gone(subject, now), now);
        gone.extend(alarms.pass(now));
        self.alarms = alarms;
        self.say_gone(&gone);
    }

    /// Whether an alarm of a former run, which has not been raised again, is
    /// known to be over.
    fn is_gone(&self, subject: &Subject, now: Now) -> bool {
        let passed = now.steady.saturating_sub(self.started.steady);
        let tried = passed > self.site.grace + TRIED_FOR;
        match subject {
            // Its driver says how it is, silent or not.
            Subject::Device(name) => {
                !(0..self.site.devices.len()).any(|it| self.site.device_name(it) == *name)
            }
            Subject::Rule(rule, what) => {
                let rules = &self.outcome.verdict.rules;
                let named = |it: &&crate::rules::RuleStatus| it.rule.to_string() == **rule;
                match rules.iter().find(named).map(|it| it.standing) {
                    // A value, or no more.
                    None => tried,
                    Some(Standing::Waiting | Standing::Kept(_)) => false,
                    Some(_) => tried || what != SUBSTITUTED,
                }
            }
            Subject::Command(_) | Subject::Wear(_) | Subject::Decision(_) => tried,
            // What was wrong with the start before, or would have been found
            // at this one.
            Subject::Post(to) => {
                tried || !self.site.alarms.recipients.iter().any(|it| it.label() == to)
            }
            Subject::Web => tried || self.site.web.is_none(),
            Subject::Job(name) => self.is_job_well(name),
            Subject::LifeSign => tried || self.site.alarms.life_sign.is_none(),
            Subject::Driver(_)
            | Subject::Journal
            | Subject::Store
            | Subject::Records
            | Subject::Lost
            | Subject::History
            | Subject::HistoryGap
            | Subject::RuleFiles
            | Subject::Clock => true,
        }
    }

    /// Brings what has changed to the store. Called after all that the loop
    /// does, so that no alarm is lost that anybody has been told of.
    pub(super) fn keep_alarms(&mut self) {
        let now = self.now();
        let changes = self.alarm_changes(now);
        if !changes.is_empty() {
            self.past.alarms(&changes.put, now);
            drop(self.journal.keep_alarms(changes));
        }
    }
}
