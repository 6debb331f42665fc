//! The alarms that are held, as a small state machine without clock and disk:
//! raise, clear, acknowledge, and what time alone does. Hours are counted on
//! the steady clock, so that a stepped wall clock forgets nothing.
//!
//! An alarm is told again with each coming, and a word that it has been seen
//! counts for one coming only; but one that comes more than [`FOLDED_FROM`]
//! times in an hour is held as one and told once, until it is quiet for an
//! hour. A class that rises is a new alarm to people.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::cause::{Cause, Subject};
use crate::model::Now;
use crate::rules::AlarmClass;
use crate::store::alarms::Turn;

/// More comings than these within [`HOUR`] are folded into one alarm.
pub const FOLDED_FROM: usize = 5;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// One that went stays for a day, for the digest, also for that of the long
/// day of a clock change; an urgent one until somebody has seen it.
const KEPT: SignedDuration = SignedDuration::from_hours(25);
/// What only counts up is brought to the store this often.
const COUNTS_EVERY: Duration = Duration::from_secs(300);

/// A moment on both clocks; on the steady one it may lie before this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub wall: Timestamp,
    steady: SignedDuration,
}

impl Stamp {
    #[must_use]
    pub fn of(now: Now) -> Self {
        Self { wall: now.wall, steady: steady(now) }
    }

    /// A moment of a former run; none lies in the future.
    #[must_use]
    pub fn recalled(wall: Timestamp, now: Now) -> Self {
        let ago = wall.duration_until(now.wall).max(SignedDuration::ZERO);
        Self { wall, steady: steady(now).saturating_sub(ago) }
    }

    fn passed(self, now: Now) -> SignedDuration {
        steady(now).saturating_sub(self.steady)
    }
}

fn steady(now: Now) -> SignedDuration {
    SignedDuration::try_from(now.steady).unwrap_or(SignedDuration::MAX)
}

/// Comes and goes, and is held as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flaps {
    /// How often it came.
    pub times: u64,
    pub since: Stamp,
}

/// Somebody's word that it has been seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub by: String,
    pub at: Timestamp,
    pub why: String,
}

/// One alarm that is held.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// By which people call it; never given again.
    pub number: u64,
    pub class: AlarmClass,
    pub cause: Cause,
    /// When it came, the last time; of one that flaps or flapped until it went,
    /// the first.
    pub since: Stamp,
    /// When it went; `None`: it stands.
    pub gone: Option<Stamp>,
    pub flaps: Option<Flaps>,
    pub seen: Option<Seen>,
    /// Addresses of those who have been told of this coming.
    pub(super) told: BTreeSet<String>,
    /// Of those who know of it from before: it came again, or grew worse.
    pub(super) knew: BTreeSet<String>,
    /// Whether its cause is there now; while it flaps it stands regardless.
    pub(super) present: bool,
    /// When its cause last came or went.
    pub(super) turned: Stamp,
    /// Within the last hour, oldest first.
    pub(super) comings: Vec<Stamp>,
    /// Of a former run, and its cause neither seen nor known to be gone yet.
    pub(super) unheard: bool,
}

impl Alarm {
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.gone.is_none()
    }

    /// Whether somebody should look: it stands, or it is urgent and nobody has
    /// seen it.
    #[must_use]
    pub fn presses(&self) -> bool {
        self.stands() || (self.class == AlarmClass::Urgent && self.seen.is_none())
    }

    /// Whether people are shown it: one that went, until it is acknowledged.
    #[must_use]
    pub const fn is_listed(&self) -> bool {
        self.stands() || self.seen.is_none()
    }

    fn new(number: u64, class: AlarmClass, cause: Cause, at: Stamp) -> Self {
        Self {
            number,
            class,
            cause,
            since: at,
            gone: None,
            flaps: None,
            seen: None,
            told: BTreeSet::new(),
            knew: BTreeSet::new(),
            present: true,
            turned: at,
            comings: vec![at],
            unheard: false,
        }
    }

    /// Its cause is there again; true if people are told.
    fn comes(&mut self, at: Stamp) -> bool {
        (self.present, self.turned) = (true, at);
        if let Some(flaps) = &mut self.flaps {
            flaps.times += 1;
            return false;
        }
        self.comings.retain(|coming| at.steady.saturating_sub(coming.steady) < HOUR);
        self.comings.push(at);
        (self.since, self.gone, self.seen) = (at, None, None);
        self.knew.append(&mut self.told);
        if self.comings.len() > FOLDED_FROM {
            self.since = self.comings[0];
            self.flaps = Some(Flaps { times: self.comings.len() as u64, since: self.since });
            self.comings.clear();
        }
        true
    }

    /// Its cause is gone; true if people are told.
    fn goes(&mut self, at: Stamp) -> bool {
        (self.present, self.turned) = (false, at);
        if self.flaps.is_none() {
            self.gone = Some(at);
        }
        self.flaps.is_none()
    }

    /// Ends folding after a quiet hour; true if it did.
    fn quiet(&mut self, now: Now) -> bool {
        if self.flaps.is_none() || self.turned.passed(now) < HOUR {
            return false;
        }
        self.flaps = None;
        if self.present {
            self.since = self.turned;
        } else {
            self.gone = Some(self.turned);
        }
        true
    }

    fn is_over(&self, now: Now) -> bool {
        let untold = !self.told.is_empty() || !self.knew.is_empty();
        !self.presses() && !untold && self.gone.is_some_and(|gone| gone.passed(now) >= KEPT)
    }
}

/// Why an alarm was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSeen {
    NoSuch,
    /// By this account already.
    Already(String),
}

/// What is to be brought to the store.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub changed: Vec<Subject>,
    /// Numbers of those forgotten.
    pub forgotten: Vec<u64>,
}

/// All alarms that are held.
#[derive(Debug, Default)]
pub struct Alarms {
    held: BTreeMap<Subject, Alarm>,
    last: u64,
    /// Not in the store as they are.
    changed: BTreeSet<Subject>,
    /// Of these only a count or a word has changed.
    counted: BTreeSet<Subject>,
    forgotten: Vec<u64>,
    /// Steady time at which counts were last brought to the store.
    counts: Duration,
}

impl Alarms {
    /// Those that a former run left; `last`: the last number it gave.
    #[must_use]
    pub fn of(held: impl IntoIterator<Item = (Subject, Alarm)>, last: u64) -> Self {
        let mut alarms = Self { last, ..Self::default() };
        for (subject, alarm) in held {
            alarms.last = alarms.last.max(alarm.number);
            // Two of one subject: a point was renamed to another's name.
            if let Some(other) = alarms.held.insert(subject, alarm) {
                alarms.forgotten.push(other.number);
            }
        }
        alarms
    }

    /// Raises an alarm; one that stands keeps its time. True if people are to
    /// be told.
    pub fn raise(&mut self, subject: Subject, class: AlarmClass, cause: Cause, now: Now) -> bool {
        let at = Stamp::of(now);
        let Some(alarm) = self.held.get_mut(&subject) else {
            self.last += 1;
            self.held.insert(subject.clone(), Alarm::new(self.last, class, cause, at));
            self.changed.insert(subject);
            return true;
        };
        let was = (alarm.class, alarm.flaps.is_some());
        let comes = !alarm.present;
        let mut told = comes && alarm.comes(at);
        if class > alarm.class {
            (alarm.seen, told) = (None, true);
            alarm.knew.append(&mut alarm.told);
        }
        let heard = std::mem::take(&mut alarm.unheard);
        let reworded = alarm.cause != cause;
        (alarm.class, alarm.cause) = (class, cause);
        if told || was != (class, alarm.flaps.is_some()) {
            self.changed.insert(subject);
        } else if comes || heard || reworded {
            self.counted.insert(subject);
        }
        told
    }

    /// Its cause is gone; true if people are to be told.
    pub fn clear(&mut self, subject: &Subject, now: Now) -> bool {
        let Some(alarm) = self.held.get_mut(subject).filter(|alarm| alarm.present) else {
            return false;
        };
        alarm.unheard = false;
        let told = alarm.goes(Stamp::of(now));
        let changes = if told { &mut self.changed } else { &mut self.counted };
        changes.insert(subject.clone());
        told
    }

    /// Of the subjects that `about` picks, clears those that are not in
    /// `still`; not those of a former run, which [`settle`](Self::settle)
    /// judges. Gives those that people are to be told of.
    pub fn clear_others(
        &mut self,
        about: impl Fn(&Subject) -> bool,
        still: &BTreeSet<Subject>,
        now: Now,
    ) -> Vec<Subject> {
        let is_gone = |(subject, alarm): &(&Subject, &Alarm)| {
            alarm.present && !alarm.unheard && about(subject) && !still.contains(subject)
        };
        let gone: Vec<Subject> = self.held.iter().filter(is_gone).map(|it| it.0.clone()).collect();
        gone.into_iter().filter(|subject| self.clear(subject, now)).collect()
    }

    /// Clears those of a former run whose cause `is_gone` knows to be gone.
    /// Gives those that people are to be told of.
    pub fn settle(&mut self, is_gone: impl Fn(&Subject) -> bool, now: Now) -> Vec<Subject> {
        let unheard = self.held.iter().filter(|(_, alarm)| alarm.unheard);
        let gone: Vec<Subject> =
            unheard.map(|it| it.0).filter(|subject| is_gone(subject)).cloned().collect();
        gone.into_iter().filter(|subject| self.clear(subject, now)).collect()
    }

    /// What time alone does: ends folding, forgets. Gives those that have
    /// gone by it.
    pub fn pass(&mut self, now: Now) -> Vec<Subject> {
        let mut gone = Vec::new();
        for (subject, alarm) in &mut self.held {
            if alarm.quiet(now) {
                self.changed.insert(subject.clone());
                if !alarm.stands() {
                    gone.push(subject.clone());
                }
            }
        }
        let forgotten = &mut self.forgotten;
        self.held.retain(|subject, alarm| {
            // Whoever was told that it came is to hear first that it went.
            let over = alarm.is_over(now) && !gone.contains(subject);
            if over {
                forgotten.push(alarm.number);
            }
            !over
        });
        gone
    }

    /// Somebody has seen it.
    ///
    /// # Errors
    /// [`NotSeen`].
    pub fn acknowledge(&mut self, number: u64, seen: Seen) -> Result<&Subject, NotSeen> {
        let found = self.held.iter_mut().find(|(_, alarm)| alarm.number == number);
        let Some((subject, alarm)) = found else { return Err(NotSeen::NoSuch) };
        if let Some(seen) = &alarm.seen {
            return Err(NotSeen::Already(seen.by.clone()));
        }
        alarm.seen = Some(seen);
        self.changed.insert(subject.clone());
        Ok(subject)
    }

    /// Numbers of those that this rule or value has raised and nobody has seen.
    #[must_use]
    pub fn of_rule(&self, rule: &str) -> Vec<u64> {
        let own = self
            .held
            .iter()
            .filter(|(subject, _)| matches!(subject, Subject::Rule(name, _) if **name == *rule));
        own.filter(|(_, alarm)| alarm.seen.is_none()).map(|(_, alarm)| alarm.number).collect()
    }

    /// All that are held: most pressing first, what stands before what has
    /// gone, then the oldest.
    #[must_use]
    pub fn held(&self) -> Vec<(&Subject, &Alarm)> {
        let mut all: Vec<_> = self.held.iter().collect();
        all.sort_by_key(|(_, alarm)| {
            (Reverse(alarm.class), !alarm.stands(), alarm.since.wall, alarm.number)
        });
        all
    }

    #[must_use]
    pub fn get(&self, subject: &Subject) -> Option<&Alarm> {
        self.held.get(subject)
    }

    /// Whether it is raised, and not cleared since.
    #[must_use]
    pub fn stands(&self, subject: &Subject) -> bool {
        self.held.get(subject).is_some_and(|alarm| alarm.present)
    }

    /// The last number given.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.last
    }

    /// Whether something has happened that people may have to be told of.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Who is to be told what, and is from now on: of what stands and nobody
    /// has seen, those of `recipients` who hear of it (`hears`, with their
    /// index); of what has gone, those who were told that it came.
    pub fn tell(
        &mut self,
        recipients: &[&str],
        hears: impl Fn(usize, &Subject, &Alarm) -> bool,
    ) -> Vec<(Subject, Turn, BTreeSet<String>)> {
        let mut telling = Vec::new();
        for (subject, alarm) in &mut self.held {
            let (turn, to) = if alarm.gone.is_some() {
                alarm.knew.append(&mut alarm.told);
                (Turn::Went, std::mem::take(&mut alarm.knew))
            } else if alarm.seen.is_some() {
                continue;
            } else {
                let new = recipients.iter().enumerate().filter(|(index, recipient)| {
                    !alarm.told.contains(**recipient) && hears(*index, subject, alarm)
                });
                // One address may stand there twice, with other hours.
                let new: BTreeSet<String> = new.map(|it| (*it.1).to_owned()).collect();
                alarm.told.extend(new.iter().cloned());
                (if alarm.flaps.is_some() { Turn::Flaps } else { Turn::Came }, new)
            };
            if !to.is_empty() {
                self.changed.insert(subject.clone());
                telling.push((subject.clone(), turn, to));
            }
        }
        telling
    }

    /// What is to be brought to the store now; counts only from time to time.
    pub fn take_changes(&mut self, now: Now) -> Option<Changes> {
        if now.steady.saturating_sub(self.counts) >= COUNTS_EVERY {
            self.counts = now.steady;
            self.changed.append(&mut self.counted);
        }
        if self.changed.is_empty() && self.forgotten.is_empty() {
            return None;
        }
        let changed = std::mem::take(&mut self.changed);
        self.counted.retain(|subject| !changed.contains(subject));
        let forgotten = std::mem::take(&mut self.forgotten);
        Some(Changes { changed: changed.into_iter().collect(), forgotten })
    }

    /// A write failed: all of them are written again, but not at once.
    pub fn doubt(&mut self) {
        self.counted.extend(self.held.keys().cloned());
    }
}
