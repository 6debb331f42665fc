//! What the engine gives to the history: readings as they come, and what changes
//! from cycle to cycle: decisions with level, rule and reason, overrides, alarms,
//! the rule set. Without a history in its setup it gives nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::alarm::{Cause, Subject};
use super::run::{Back, Running};
use crate::control::Decision;
use crate::field;
use crate::history::{
    Asked, Event, EventKind, HistoryError, LostBy, Manner, Meaning, Page, Recorder, Sample, Series,
    Settings, Told,
};
use crate::model::{Claim, Demand, Now, Origin, PointId, Snapshot};
use crate::rules::AlarmClass;
use crate::site::Site;
use crate::store::Store;
use crate::store::alarms::AlarmRecord;
use crate::store::records::{OverrideRecord, TargetRecord};

/// A page of what is not sealed, or why the store does not give it.
pub type Shown = Result<Page, HistoryError>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Past {
    recorder: Option<Recorder>,
    /// What was last recorded of each point that is commanded.
    decided: HashMap<PointId, Event>,
    overrides: BTreeMap<u64, OverrideRecord>,
    /// Of the rule files that run.
    rules: Option<u64>,
}

impl Past {
    /// Starts to record, where there is a store and a wish to.
    pub fn start(
        site: &Arc<Site>,
        store: Option<&Arc<dyn Store>>,
        settings: Option<Settings>,
        speed: f64,
        fresh_for: &[Duration],
        now: Now,
        back: tokio::sync::mpsc::UnboundedSender<Back>,
    ) -> Self {
        let (Some(store), Some(settings)) = (store, settings) else { return Self::default() };
        // Not more often than once a real second, whatever the speed.
        let second = Duration::try_from_secs_f64(speed).unwrap_or(settings.flush);
        let settings = Settings { flush: settings.flush.max(second), ..settings };
        let points = site.points.iter().zip(fresh_for).map(|((_, point), fresh_for)| {
            let series = Series { name: point.name.as_str().into(), meaning: Meaning::of(point) };
            (series, Manner { keep: point.keep, fresh_for: *fresh_for })
        });
        let tell = Box::new(move |told| drop(back.send(Back::History(told))));
        let folder = site.data.join("history");
        let recorder =
            Recorder::start(&folder, store.clone(), points.collect(), settings, now, tell);
        Self { recorder: Some(recorder), ..Self::default() }
    }

    /// Readings have come in; `corrected` is a moment on a clock that can be right.
    pub fn heard(&mut self, samples: &[field::Sample], corrected: impl Fn(Now) -> Now) {
        let Some(recorder) = &mut self.recorder else { return };
        for sample in samples {
            let wall = corrected(sample.at).wall;
            let kept = match sample.value {
                Ok(value) => Sample::new(wall, value, crate::model::Quality::Good),
                Err(quality) => Sample::gap(wall.as_millisecond(), quality),
            };
            recorder.heard(sample.point, kept);
        }
    }

    /// Alarms have changed.
    pub fn alarms(&mut self, records: &[AlarmRecord], now: Now) {
        let Some(recorder) = &mut self.recorder else { return };
        for record in records {
            let gone = record.gone.is_some();
            recorder.happened(Event {
                at_ms: record.gone.unwrap_or(now.wall).as_millisecond(),
                kind: EventKind::Alarm,
                point: record.about.get(1).map_or("", String::as_str).into(),
                value: Some(f64::from(u8::from(!gone))),
                level: record.class.clone(),
                by: format!("{}", record.number),
                text: record.text.clone(),
            });
        }
    }

    /// What a cycle decided, if it is something new.
    fn decisions<'a>(
        &mut self,
        decisions: impl Iterator<Item = &'a Decision>,
        site: &Site,
        now: Now,
    ) {
        let Some(recorder) = &mut self.recorder else { return };
        let mut seen = BTreeSet::new();
        for decision in decisions {
            seen.insert(decision.point);
            let event = decided(decision, site, now);
            let before = self.decided.get(&decision.point);
            // Nobody asks anything of it, and nobody did.
            let idle = before.is_none() && decision.target.is_none() && decision.claims.is_empty();
            if !idle && before.is_none_or(|before| !says_same(before, &event)) {
                self.decided.insert(decision.point, event.clone());
                recorder.happened(event);
            }
        }
        // Nobody claims anything of these any more.
        self.decided.retain(|point, event| {
            let stays = seen.contains(point);
            if !stays && event.value.is_some() {
                recorder.happened(nothing_asked(event, now));
            }
            stays
        });
    }

    fn overrides(&mut self, records: Vec<OverrideRecord>, now: Now) {
        let Some(recorder) = &mut self.recorder else { return };
        let records: BTreeMap<u64, OverrideRecord> =
            records.into_iter().map(|record| (record.id, record)).collect();
        for record in records.values().filter(|it| !self.overrides.contains_key(&it.id)) {
            recorder.happened(overridden(record, Some(record.value), now));
        }
        for record in self.overrides.values().filter(|it| !records.contains_key(&it.id)) {
            recorder.happened(overridden(record, None, now));
        }
        self.overrides = records;
    }

    fn rules(&mut self, texts: Option<u64>, now: Now) {
        let Some(recorder) = &mut self.recorder else { return };
        if texts == self.rules {
            return;
        }
        self.rules = texts;
        let version = texts.map_or_else(String::new, |texts| format!("{texts:016x}"));
        recorder.happened(Event {
            at_ms: now.wall.as_millisecond(),
            kind: EventKind::Rules,
            point: "".into(),
            value: None,
            level: String::new(),
            by: version,
            text: format!("hauswart {}", env!("CARGO_PKG_VERSION")),
        });
    }

    fn look(&mut self, snapshot: &Snapshot) {
        if let Some(recorder) = &mut self.recorder {
            recorder.look(snapshot);
        }
    }

    /// A page of what is not sealed yet; the answer comes once the disk has taken
    /// what was heard so far.
    pub fn unsealed(&mut self, asked: Asked, now: Now, reply: oneshot::Sender<Shown>) {
        let Some(recorder) = &mut self.recorder else {
            let _ = reply.send(Ok(Page::default()));
            return;
        };
        let shown = recorder.show(asked, now);
        tokio::task::spawn_blocking(move || {
            // Without a reply the asker hears that we have ended.
            if let Ok(page) = shown.recv() {
                let _ = reply.send(page);
            }
        });
    }

    /// Ends the record; the disk gets `patience` to take the rest.
    pub async fn end(self, now: Now, patience: Duration) {
        let Some(thread) = self.recorder.and_then(|recorder| recorder.end(now)) else { return };
        let written = tokio::task::spawn_blocking(move || thread.join());
        if tokio::time::timeout(patience, written).await.is_err() {
            tracing::error!("the disk does not take the last readings in time");
        }
    }
}

impl Running {
    /// A cycle is complete: what is new goes into the history.
    pub(super) fn record(&mut self, now: Now) {
        if self.past.recorder.is_none() {
            return;
        }
        let texts = self.rule_files.as_ref().map(|files| files.texts);
        self.past.rules(texts, now);
        self.past.overrides(self.overrides.records(&self.site), now);
        let decisions = if self.stopping { &[] } else { &*self.outcome.decisions };
        self.past.decisions(decisions.iter(), &self.site, now);
        self.past.look(&self.live.freeze(now));
    }
}

impl Running {
    /// What becomes of the history: journal and alarms.
    pub(super) fn history_told(&mut self, told: &Told, now: Now) {
        let Some(words) = told.words(self.site.language) else {
            self.alarms.clear(&Subject::History, now);
            let words = ("der Verlauf wird wieder aufgezeichnet", "the history is recorded again");
            tracing::info!("{}", self.site.language.pick(words.0, words.1));
            return;
        };
        let (subject, class) = match told {
            // Over already: it is said, and stands in the history.
            Told::Lost { why: LostBy::Killed, .. } => return tracing::warn!("{words}"),
            Told::Failing(_) | Told::Well => (Subject::History, AlarmClass::Fault),
            Told::Damaged(_) | Told::Lost { .. } => (Subject::HistoryGap, AlarmClass::Notice),
        };
        self.sound(subject, class, Cause::History(words), now);
    }
}

fn says_same(before: &Event, after: &Event) -> bool {
    Event { at_ms: before.at_ms, ..after.clone() } == *before
}

fn decided(decision: &Decision, site: &Site, now: Now) -> Event {
    let claim = decision.decided_by();
    let claims: Vec<String> = decision.claims.iter().map(|claim| claimed(claim, site)).collect();
    Event {
        at_ms: now.wall.as_millisecond(),
        kind: EventKind::Command,
        point: site.points.get(decision.point).name.as_str().into(),
        value: decision.target,
        level: claim.map(|claim| claim.level.to_string()).unwrap_or_default(),
        by: claim.map(|claim| claim.origin.to_string()).unwrap_or_default(),
        text: claims.join("; "),
    }
}

/// `normal: set 20.5 °C, Heizen (haus.rules:12)`
fn claimed(claim: &Claim, site: &Site) -> String {
    let show = |value| site.points.get(claim.point).kind.display(value);
    let demand = match claim.demand {
        Demand::Set(value) => format!("set {}", show(value)),
        Demand::AtLeast(value) => format!("at least {}", show(value)),
        Demand::AtMost(value) => format!("at most {}", show(value)),
    };
    let origin = match &*claim.origin {
        Origin::Rule { rule, file, line } => format!("{rule} ({file}:{line})"),
        Origin::Operator { user, why } => format!("{user} ({why})"),
    };
    format!("{}: {demand}, {origin}", claim.level)
}

fn nothing_asked(before: &Event, now: Now) -> Event {
    Event {
        at_ms: now.wall.as_millisecond(),
        value: None,
        level: String::new(),
        by: String::new(),
        text: String::new(),
        ..before.clone()
    }
}

fn overridden(record: &OverrideRecord, value: Option<f64>, now: Now) -> Event {
    let (TargetRecord::Point(name) | TargetRecord::Schedule(name)) = &record.target;
    let until: Timestamp = record.until;
    Event {
        at_ms: now.wall.as_millisecond(),
        kind: EventKind::Override,
        point: name.as_str().into(),
        value,
        level: format!("until {until}"),
        by: record.user.clone(),
        text: record.why.clone(),
    }
}
