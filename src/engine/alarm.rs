//! Alarms: what is wrong now, since when, in the words of the people who must
//! mend it. Raised while their cause lasts, cleared with it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::reload::NotTaken;
use crate::control::{Event, Note};
use crate::model::{Language, PointId};
use crate::rules::{AlarmCause, AlarmClass, RaisedAlarm};
use crate::site::Site;

/// What an alarm is about; one of each subject stands at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Something a rule says, by rule and a word that tells its causes apart.
    Rule(Arc<str>, String),
    /// Index into the site's devices.
    Device(usize),
    Command(PointId),
    /// A register that is written more than it endures.
    Wear(PointId),
    /// A decision that needs a look.
    Decision(PointId),
    /// A connection's task.
    Driver(String),
    Journal,
    /// Commands in the store that cannot be let go of from here.
    Store,
    /// Records in the store that cannot be read.
    Records,
    /// What was lost when the store was opened.
    Lost,
    /// Changed rule files that do not run.
    RuleFiles,
    /// The wall clock.
    Clock,
}

/// What is said of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    Rule(RaisedAlarm),
    Silent(String),
    /// A point that does not do as commanded.
    Command(Event),
    Decision(Note),
    /// A driver died and was started anew.
    Revived,
    /// The store could not take a record.
    JournalFailed(String),
    /// The store had to be mended, or holds what cannot be read.
    Store(String),
    /// These points are recorded as commanded by a former run, and cannot be
    /// let go of: gone from the site file, or the site is read-only now.
    NotOurs(String),
    /// The old rules go on.
    RulesNotTaken(NotTaken),
    /// They would change so many points, and wait for somebody's word.
    RulesWait {
        points: usize,
    },
    /// It shows this and cannot be right; the second: what it should show.
    ClockDoubtful(Timestamp, Option<Timestamp>),
}

/// One alarm that stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    pub class: AlarmClass,
    pub cause: Cause,
    pub since: Timestamp,
}

impl Alarm {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, subject: &Subject, language: Language, site: &Site) -> String {
        match (&self.cause, subject) {
            (Cause::Rule(alarm), _) => {
                let text = alarm.text(language, &site.points);
                match alarm.cause {
                    AlarmCause::Written(_) => format!("{}: {text}", alarm.rule),
                    _ => text,
                }
            }
            (Cause::Silent(why), Subject::Device(device)) => {
                let name = site.device_name(*device);
                language.pick(
                    format!("Gerät {name} antwortet nicht ({why}); es wird weiter versucht"),
                    format!("device {name} does not answer ({why}); trying on"),
                )
            }
            (Cause::Command(event), _) => event.words(language, &site.points, &site.time_zone),
            (Cause::Decision(note), Subject::Decision(point)) => {
                let point = site.points.get(*point);
                format!("{}: {}", point.name, note.words(language, &point.kind))
            }
            (Cause::Revived, Subject::Driver(connection)) => language.pick(
                format!("Verbindung {connection}: der Treiber ist abgebrochen und neu gestartet"),
                format!("connection {connection}: its driver had died and was started anew"),
            ),
            (Cause::JournalFailed(why), _) => language.pick(
                format!("Befehle können nicht gesichert werden: {why}. Die Regelung läuft weiter"),
                format!("commands cannot be recorded: {why}. Control goes on"),
            ),
            (Cause::NotOurs(points), _) => language.pick(
                format!("{points}: von einem früheren Lauf gestellt und von hier nicht freizugeben; bitte von Hand zurücknehmen"),
                format!("{points}: commanded by a former run and not to be released from here; please take back by hand"),
            ),
            (Cause::RulesNotTaken(why), _) => {
                let why = why.words(language);
                language.pick(
                    format!("geänderte Regeln nicht übernommen, die alten laufen weiter: {why}"),
                    format!("changed rules not taken up, the old ones go on: {why}"),
                )
            }
            (Cause::RulesWait { points }, _) => language.pick(
                format!("geänderte Regeln warten auf „hauswart reload“ (es ändern sich dann {points} Punkte); sonst gelten sie ab dem nächsten Start"),
                format!("changed rules wait for \"hauswart reload\" ({points} points change then); else they count from the next start on"),
            ),
            (Cause::ClockDoubtful(shown, expected), _) => {
                doubtful(*shown, *expected, language, &site.time_zone)
            }
            (Cause::Store(what) | Cause::Silent(what), _) => what.clone(),
            (Cause::Revived | Cause::Decision(_), _) => String::new(),
        }
    }
}

fn doubtful(
    shown: Timestamp,
    expected: Option<Timestamp>,
    language: Language,
    zone: &TimeZone,
) -> String {
    let local =
        |at: Timestamp| at.to_zoned_datetime(zone.clone()).strftime("%d.%m.%Y %H:%M").to_string();
    let (shown, expected) = (local(shown), expected.map(local));
    match expected {
        Some(expected) => language.pick(
            format!("die Uhr zeigt {shown}, es müsste {expected} sein: Zeitpläne sind unbekannt. Uhr stellen; geht sie richtig: „hauswart reload“"),
            format!("the clock shows {shown}, it should be {expected}: schedules are unknown. Set the clock; if it is right: \"hauswart reload\""),
        ),
        None => language.pick(
            format!("die Uhr zeigt {shown}, das kann nicht sein: Zeitpläne sind unbekannt. Uhr stellen"),
            format!("the clock shows {shown}, which cannot be: schedules are unknown. Set the clock"),
        ),
    }
}

/// All alarms that stand.
#[derive(Debug, Default)]
pub struct Alarms {
    standing: BTreeMap<Subject, Alarm>,
}

impl Alarms {
    /// Raises an alarm; one that stands keeps its time. True if it is new.
    pub fn raise(
        &mut self,
        subject: Subject,
        class: AlarmClass,
        cause: Cause,
        now: Timestamp,
    ) -> bool {
        let since = self.standing.get(&subject).map(|alarm| alarm.since);
        let alarm = Alarm { class, cause, since: since.unwrap_or(now) };
        self.standing.insert(subject, alarm);
        since.is_none()
    }

    /// Clears it; true if it stood.
    pub fn clear(&mut self, subject: &Subject) -> bool {
        self.standing.remove(subject).is_some()
    }

    /// Of the subjects that `about` picks, clears those that are not in
    /// `still`; gives those cleared.
    pub fn clear_others(
        &mut self,
        about: impl Fn(&Subject) -> bool,
        still: &BTreeSet<Subject>,
    ) -> Vec<Subject> {
        let gone: Vec<Subject> = self
            .standing
            .keys()
            .filter(|subject| about(subject) && !still.contains(subject))
            .cloned()
            .collect();
        for subject in &gone {
            self.standing.remove(subject);
        }
        gone
    }

    /// Most pressing first, then by subject.
    #[must_use]
    pub fn standing(&self) -> Vec<(&Subject, &Alarm)> {
        let mut all: Vec<_> = self.standing.iter().collect();
        all.sort_by_key(|(_, alarm)| Reverse(alarm.class));
        all
    }

    #[must_use]
    pub fn get(&self, subject: &Subject) -> Option<&Alarm> {
        self.standing.get(subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_keeps_the_time_it_was_raised_until_it_is_cleared() {
        let mut alarms = Alarms::default();
        let subject = Subject::Device(3);
        let cause = || Cause::Silent("time-out".into());
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(alarms.raise(subject.clone(), AlarmClass::Fault, cause(), at(10)));
        assert!(!alarms.raise(subject.clone(), AlarmClass::Fault, cause(), at(20)));
        assert_eq!(alarms.get(&subject).unwrap().since, at(10));
        let gone =
            alarms.clear_others(|subject| matches!(subject, Subject::Device(_)), &BTreeSet::new());
        assert_eq!(gone, [subject]);
    }
}
