//! What the engine gives to the history: readings as they come, and what changes
//! from cycle to cycle: decisions with level, rule and reason, overrides, alarms,
//! the rule set. Without a history in its setup it gives nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::alarm::{Cause, Subject};
use super::happenings::Happenings;
use super::run::{Back, Running};
use crate::field;
use crate::history::span::day_of;
use crate::history::{
    Asked, DayBrought, Event, EventKind, HistoryError, Import, LostBy, Manner, Meaning, Page,
    Recorder, Sample, Series, Settings, Told, Unfit,
};
use crate::model::{Now, Snapshot};
use crate::rules::AlarmClass;
use crate::site::Site;
use crate::store::Store;
use crate::store::alarms::AlarmRecord;

/// What became of a day from elsewhere.
pub type Brought = Result<DayBrought, HistoryError>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Past {
    recorder: Option<Recorder>,
    happenings: Happenings,
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
        // The store's lock is what makes this the only writer.
        let (Some(_), Some(settings)) = (store, settings) else { return Self::default() };
        // Not more often than once a real second, whatever the speed.
        let second = Duration::try_from_secs_f64(speed).unwrap_or(settings.flush);
        let settings = Settings { flush: settings.flush.max(second), ..settings };
        let points = site.points.iter().zip(fresh_for).map(|((_, point), fresh_for)| {
            let series = Series { name: point.name.as_str().into(), meaning: Meaning::of(point) };
            (series, Manner { keep: point.keep, fresh_for: *fresh_for })
        });
        let tell = Box::new(move |told| drop(back.send(Back::History(told))));
        let folder = site.data.join("history");
        let recorder = Recorder::start(&folder, points.collect(), settings, now, tell);
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

    fn look(&mut self, snapshot: &Snapshot) {
        if let Some(recorder) = &mut self.recorder {
            recorder.look(snapshot);
        }
    }

    /// A page of what is not sealed yet; the answer comes once the disk has taken
    /// what was heard so far.
    pub fn unsealed(&mut self, asked: Asked, now: Now, reply: oneshot::Sender<Page>) {
        let Some(recorder) = &mut self.recorder else {
            let _ = reply.send(Page::default());
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

    /// Takes in a day from elsewhere, of those that are over.
    pub fn bring(&self, import: Import, now: Now, reply: oneshot::Sender<Brought>) {
        if day_of(import.day_ms).until_ms > now.wall.as_millisecond() {
            let _ = reply.send(Err(HistoryError::Unfit(Unfit::Running)));
            return;
        }
        let Some(recorder) = &self.recorder else { return };
        let brought = recorder.bring(import);
        tokio::task::spawn_blocking(move || {
            if let Ok(brought) = brought.recv() {
                let _ = reply.send(brought);
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
        let Past { recorder: Some(recorder), happenings } = &mut self.past else { return };
        let texts = self.rule_files.as_ref().map(|files| files.texts);
        happenings.rules(texts, now, |event| recorder.happened(event));
        let overrides = self.overrides.records(&self.site);
        happenings.overrides(overrides, now, |event| recorder.happened(event));
        let decisions = if self.stopping { &[] } else { &*self.outcome.decisions };
        happenings.decisions(decisions.iter(), &self.site, now, |event| recorder.happened(event));
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
