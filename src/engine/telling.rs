//! Who is told of alarms: letters to those on call, the daily digest, and what
//! the postmen bring back. A message that does not go out is an alarm itself,
//! told by another way than its own.

use std::collections::BTreeSet;

use super::alarm::digest::{self, Due};
use super::alarm::{Alarm, Cause, Subject, news};
use super::ask::Refusal;
use super::find;
use super::run::Running;
use crate::cycle::Rules;
use crate::model::{AlarmClass, Now};
use crate::post::PostError;
use crate::site::{Recipient, shown};
use crate::store::alarms::{AlarmChanges, Content};

/// So many failures in a row are no hiccup.
const HICCUPS: u32 = 2;

impl Running {
    /// Writes the letters that are due: to those on call who hear of an alarm
    /// and have not been told of it, and that it is gone to those who have.
    pub(super) fn tell_recipients(&mut self, now: Now) {
        let site = self.site.clone();
        let recipients = &site.alarms.recipients;
        let on_call: Vec<bool> = recipients.iter().map(|it| self.is_on_call(it, now)).collect();
        let labels: Vec<&str> = recipients.iter().map(Recipient::label).collect();
        let hears = |index: usize, subject: &Subject, alarm: &Alarm| {
            let recipient = &recipients[index];
            on_call[index]
                && recipient.classes.contains(&alarm.class)
                && is_another_way(recipient, subject, recipients)
        };
        for (subject, turn, to) in self.alarms.tell(&labels, hears) {
            let Some(alarm) = self.alarms.get(&subject) else { continue };
            let news = news(&subject, alarm, turn, &site);
            for to in to {
                self.outbox.put(to, Content::News(news.clone()));
            }
        }
    }

    /// Whether alarms go to this recipient now; a schedule that is not known
    /// keeps nothing from anybody.
    fn is_on_call(&self, recipient: &Recipient, now: Now) -> bool {
        let Some(on_call) = &recipient.on_call else { return true };
        let Some(Rules { program, state, .. }) = &self.rules else { return true };
        let names: Vec<&str> = program.schedules().collect();
        let named = find::named(&self.site, names.iter().copied(), &on_call.schedule);
        let known = named.ok().and_then(|name| state.schedule(program, &name, now.wall));
        known.is_none_or(|known| known.on)
    }

    /// A letter to each recipient, whatever the hour and the classes, to try
    /// whether it arrives.
    pub(super) fn try_letters(&mut self, user: &str) -> Result<Vec<String>, Refusal> {
        let recipients = self.site.alarms.recipients.iter();
        let labels: BTreeSet<String> = recipients.map(|it| it.label().to_owned()).collect();
        if labels.is_empty() {
            return Err(Refusal::NobodyHears);
        }
        for to in &labels {
            self.outbox.put(to.clone(), Content::Trial { by: user.to_owned() });
        }
        Ok(labels.into_iter().collect())
    }

    /// The digest of a day, once it is due. Not on a clock that cannot be
    /// right.
    pub(super) fn tell_the_day(&mut self, now: Now) {
        let site = self.site.clone();
        let Some(time) = site.alarms.digest else { return };
        let readers = site.alarms.recipients.iter().filter(|recipient| recipient.digest);
        let readers: BTreeSet<&str> = readers.map(Recipient::label).collect();
        if readers.is_empty() || self.plausible.is_doubtful() {
            return;
        }
        match digest::due(time, self.last_digest, now.wall, &site.time_zone) {
            Due::No => return,
            Due::Begin(day) => self.last_digest = Some(day),
            Due::Send(day) => {
                self.last_digest = Some(day);
                let picture = digest::Picture {
                    day,
                    now: now.wall,
                    alarms: &self.alarm_pictures(|_| true),
                    awaiting: &self.awaiting(),
                    overrides: &self.overrides.pictures(&site, now),
                    forgotten: &self.overrides.forgotten(&site, now),
                };
                let (subject, body) = (picture.subject(&site), picture.body(&site));
                for reader in readers {
                    let (subject, body) = (subject.clone(), body.clone());
                    let content = Content::Digest { day, subject, body };
                    self.outbox.put(reader.to_owned(), content);
                }
            }
        }
        self.digest_changed = true;
    }

    /// What is to be brought to the store: alarms, and the letters about them
    /// in the same step.
    pub(super) fn alarm_changes(&mut self, now: Now) -> AlarmChanges {
        if self.alarms.has_changed() {
            self.tell_recipients(now);
        }
        let changes = self.alarms.take_changes(now).unwrap_or_default();
        let letters = self.outbox.take();
        let digest = std::mem::take(&mut self.digest_changed).then_some(self.last_digest);
        AlarmChanges {
            letters,
            last_letter: self.outbox.last(),
            digest: digest.flatten(),
            ..self.alarms.records(&changes, &self.site)
        }
    }

    /// Letters have gone out.
    pub(super) fn posted(&mut self, to: String, ids: Vec<u64>, given_up: bool) {
        self.journal.remove_letters(ids);
        if !given_up {
            let now = self.now();
            self.alarms.clear(&Subject::Post(to), now);
        }
    }

    /// Letters have not gone out, and are tried on.
    pub(super) fn unposted(&mut self, to: String, why: PostError, failures: u32) {
        let words = why.words(self.site.language);
        tracing::warn!(to = shown(&to), failures, "{words}");
        if failures > HICCUPS {
            let now = self.now();
            self.sound(Subject::Post(to), AlarmClass::Fault, Cause::Unsent(why), now);
        }
    }

    /// A life sign has been taken, or has not.
    pub(super) fn life_sign(&mut self, taken: Result<(), PostError>, failures: u32) {
        let now = self.now();
        match taken {
            Ok(()) => {
                self.alarms.clear(&Subject::LifeSign, now);
            }
            Err(why) if failures > HICCUPS => {
                self.sound(Subject::LifeSign, AlarmClass::Fault, Cause::Unsent(why), now);
            }
            Err(_) => {}
        }
    }
}

/// Mail that fails is told by webhook alone, a webhook that fails by any other.
fn is_another_way(recipient: &Recipient, subject: &Subject, all: &[Recipient]) -> bool {
    let Subject::Post(to) = subject else { return true };
    let failing_is_mail = all.iter().any(|it| it.by_mail() && it.label() == to);
    recipient.label() != to && !(failing_is_mail && recipient.by_mail())
}
