//! Alarms on their way to the store and back.

use super::cause::{Cause, Subject};
use super::standing::{Alarm, Changes, Flaps, Seen, Stamp};
use super::{Alarms, words};
use crate::model::Now;
use crate::site::Site;
use crate::store::alarms::{AlarmChanges, AlarmRecord, FlapsRecord, News, SeenRecord, Turn};

/// Letters of a sentence that are stored: with all else below the 16 KB that the
/// store takes.
const LONGEST: usize = 1000;

impl Alarms {
    /// Those that a former run left.
    #[must_use]
    pub fn restored(records: Vec<AlarmRecord>, last: u64, site: &Site, now: Now) -> Self {
        let read = |record: AlarmRecord| {
            let subject = Subject::read(&record.about, site)?;
            Some((subject, alarm(record, now)))
        };
        Self::of(records.into_iter().filter_map(read), last)
    }

    /// These changes for the store, in the site's language.
    #[must_use]
    pub fn records(&self, changes: &Changes, site: &Site) -> AlarmChanges {
        let held = changes.changed.iter().filter_map(|subject| Some((subject, self.get(subject)?)));
        AlarmChanges {
            put: held.map(|(subject, alarm)| record(subject, alarm, site)).collect(),
            forget: changes.forgotten.clone(),
            last: self.last(),
            ..AlarmChanges::default()
        }
    }
}

fn record(subject: &Subject, alarm: &Alarm, site: &Site) -> AlarmRecord {
    let language = site.language;
    AlarmRecord {
        number: alarm.number,
        about: subject.about(),
        class: alarm.class.keyword().to_owned(),
        text: cut(&alarm.cause.words(subject, language, site)),
        done: cut(&alarm.cause.done(language)),
        since: alarm.since.wall,
        gone: alarm.gone.map(|gone| gone.wall),
        present: alarm.present,
        turned: alarm.turned.wall,
        comings: alarm.comings.iter().map(|coming| coming.wall).collect(),
        flaps: alarm.flaps.map(|Flaps { times, since }| FlapsRecord { times, since: since.wall }),
        seen: alarm.seen.clone().map(|Seen { by, at, why }| SeenRecord { by, at, why }),
        told: alarm.told.iter().cloned().collect(),
        knew: alarm.knew.iter().cloned().collect(),
    }
}

fn alarm(record: AlarmRecord, now: Now) -> Alarm {
    let stamp = |wall| Stamp::recalled(wall, now);
    Alarm {
        number: record.number,
        class: words::class_of(&record.class),
        cause: Cause::Former { text: record.text, done: record.done },
        since: stamp(record.since),
        gone: record.gone.map(stamp),
        flaps: record
            .flaps
            .map(|FlapsRecord { times, since }| Flaps { times, since: stamp(since) }),
        seen: record.seen.map(|SeenRecord { by, at, why }| Seen { by, at, why }),
        present: record.present,
        turned: stamp(record.turned),
        comings: record.comings.into_iter().map(stamp).collect(),
        told: record.told.into_iter().collect(),
        knew: record.knew.into_iter().collect(),
        unheard: record.present,
    }
}

/// An alarm as a letter tells of it.
#[must_use]
pub fn news(subject: &Subject, alarm: &Alarm, turn: Turn, site: &Site) -> News {
    News {
        turn,
        number: alarm.number,
        class: alarm.class.keyword().to_owned(),
        text: cut(&alarm.cause.words(subject, site.language, site)),
        done: cut(&alarm.cause.done(site.language)),
        since: alarm.since.wall,
        gone: alarm.gone.map(|gone| gone.wall),
    }
}

fn cut(text: &str) -> String {
    // A control character would be six letters in JSON.
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).take(LONGEST).collect()
}
