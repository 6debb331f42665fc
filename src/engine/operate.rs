//! What the loop does with each thing that reaches it: reports, outcomes of
//! commands, questions, and the cycle's own decisions.

use tokio::sync::oneshot;

use super::alarm::{Alarm, Cause, Subject};
use super::ask::{Ask, Placed, Refusal};
use super::dispatch;
use super::memory::Keeper;
use super::run::{Back, Running};
use crate::control::{Done, Event, Writer};
use crate::cycle::{self, Rules};
use crate::field::{DeviceState, News};
use crate::model::{Busy, Now, Origin, PointId, Snapshot};
use crate::rules::{AlarmClass, Civil, Standing};

impl Running {
    /// What a driver tells.
    pub(super) fn take_news(&mut self, news: News) {
        match news {
            News::Samples(samples) => {
                self.past.heard(&samples, |at| self.plausible.corrected(at));
                if self.live.take(&samples, |point| self.inputs[point.index()]) {
                    self.soon();
                }
            }
            News::Device { device, state } => self.device(device, state),
            News::Reconnected { device } => self.interrupted(device),
        }
    }

    /// A device was out of hearing until now.
    pub(super) fn interrupted(&mut self, device: usize) {
        let now = self.now().steady;
        let Some(writer) = &mut self.writer else { return };
        let points = self.site.points.iter().filter(|(_, point)| point.device == device);
        points.for_each(|(point, _)| writer.interrupted(point, now));
    }

    fn device(&mut self, device: usize, state: DeviceState) {
        let now = self.now();
        let name = self.site.device_name(device);
        let subject = Subject::Device(name.clone());
        if matches!(state, DeviceState::Silent(_)) {
            self.interrupted(device);
        }
        if self.live.device(device, state.clone(), now) {
            let language = self.site.language;
            let pick = |german, english| language.pick(german, english);
            match &state {
                DeviceState::Answers => {
                    tracing::info!(DEVICE = %name, "{name} {}", pick("antwortet", "answers"));
                }
                DeviceState::Silent(why) => {
                    let words = pick("antwortet nicht", "does not answer");
                    tracing::warn!(DEVICE = %name, "{name} {words}: {why}");
                }
            }
        }
        match state {
            DeviceState::Answers => {
                self.alarms.clear(&subject, now);
            }
            DeviceState::Silent(why) => {
                let cause = Cause::Silent(why);
                let class = self.silence_matters(device, now);
                self.alarms.raise(subject, class, cause, now);
            }
        }
    }

    /// What the engine's own tasks bring back.
    pub(super) fn returned(&mut self, back: Back) -> Busy {
        let now = self.now();
        match back {
            Back::Done { point, done, busy } => {
                if matches!(done, Done::Commander(_)) {
                    self.soon(); // our slot may have to be written again
                }
                let events = self.writer.as_mut().map(|writer| writer.outcome(point, done, now));
                self.tell(&events.unwrap_or_default(), now);
                if self.stopping {
                    self.command(&self.live.freeze(now));
                }
                busy
            }
            Back::Beat { point, done, busy } => {
                self.beaten(point, done, now);
                busy
            }
            Back::Stilled(busy) => {
                self.stilling -= 1;
                busy
            }
            Back::Read { points, samples, reply } => {
                self.past.heard(&samples, |at| self.plausible.corrected(at));
                self.live.take(&samples, |point| self.inputs[point.index()]);
                let snapshot = self.live.freeze(now);
                let pictures = points.iter().map(|point| self.picture_of(*point, &snapshot));
                let _ = reply.send(pictures.collect());
                self.clock.busy()
            }
            Back::Journal(Ok(())) => {
                if self.alarms.clear(&Subject::Journal, now) {
                    let words = ("Befehle werden wieder gesichert", "commands are recorded again");
                    tracing::info!("{}", self.site.language.pick(words.0, words.1));
                }
                self.clock.busy()
            }
            Back::History(told) => {
                self.history_told(&told, now);
                self.clock.busy()
            }
            Back::Drilled(samples) => {
                self.drilled(&samples);
                self.clock.busy()
            }
            Back::Posted { to, ids, given_up } => {
                self.posted(to, ids, given_up);
                self.clock.busy()
            }
            Back::Unposted { to, why, failures } => {
                self.unposted(to, why, failures);
                self.clock.busy()
            }
            Back::Mailed { job, to, recorded } => {
                self.mailed(job, to, recorded);
                self.clock.busy()
            }
            Back::Late { job } => {
                self.late(job);
                self.clock.busy()
            }
            Back::Reported { job, ended, busy } => {
                self.reported(job, ended);
                busy
            }
            Back::LifeSign { taken, failures } => {
                self.life_sign(taken, failures);
                self.clock.busy()
            }
            Back::Loaded(loaded, busy) => {
                self.loaded(*loaded);
                busy
            }
            Back::Journal(Err(why)) => {
                self.keeper.iter_mut().for_each(Keeper::doubt);
                self.alarms.doubt();
                let why = why.words(self.site.language);
                self.sound(Subject::Journal, AlarmClass::Urgent, Cause::JournalFailed(why), now);
                self.clock.busy()
            }
        }
    }

    /// A question.
    pub(super) fn asked(&mut self, ask: Ask) -> Busy {
        match ask {
            Ask::Status(reply) => {
                let _ = reply.send(self.status());
            }
            Ask::Read(points, reply) => self.read(points, reply),
            Ask::Known(points, reply) => {
                let snapshot = self.live.freeze(self.clock.now());
                let picture = |point: &PointId| self.picture_of(*point, &snapshot);
                let _ = reply.send(points.iter().map(picture).collect());
            }
            Ask::Explain(name, reply) => drop(reply.send(self.explain(&name))),
            Ask::Override(order, reply) => match self.place_override(order) {
                // Answered only once it would survive a restart, or cannot.
                Ok((placed, recorded)) => drop(tokio::spawn(async move {
                    let recorded = recorded.await;
                    let _ = reply.send(Ok(Placed { recorded, ..placed }));
                })),
                Err(refusal) => drop(reply.send(Err(refusal))),
            },
            Ask::Release(id, reply) => match self.end_override(id) {
                Ok(kept) => drop(tokio::spawn(async move {
                    let kept = kept.await;
                    let _ = reply.send(kept.then_some(()).ok_or(Refusal::EndNotKept));
                })),
                Err(refusal) => drop(reply.send(Err(refusal))),
            },
            Ask::Alarms(reply) => drop(reply.send(self.alarm_pictures(Alarm::is_listed))),
            Ask::TryLetters(user, reply) => drop(reply.send(self.try_letters(&user))),
            Ask::Acknowledge(order, reply) => match self.acknowledge(&order) {
                Ok((acknowledged, recorded)) => drop(tokio::spawn(async move {
                    let kept = recorded.await;
                    let _ = reply.send(kept.then_some(acknowledged).ok_or(Refusal::NotKept));
                })),
                Err(refusal) => drop(reply.send(Err(refusal))),
            },
            Ask::Reload(order, reply) => self.reload(order, reply),
            Ask::StartDrill(user, lasts, reply) => {
                let started = self.start_drill(user, lasts);
                let _ = reply.send(started.map(|()| self.drill_pictures()));
            }
            Ask::EndDrill(reply) => drop(reply.send(self.end_drill())),
            Ask::Unsealed(asked, reply) => {
                let now = self.now();
                self.past.unsealed(asked, now, reply);
            }
            Ask::Bring(import, reply) => self.past.bring(import, self.now(), reply),
            Ask::Drills(reply) => drop(reply.send(self.drill_pictures())),
            Ask::Listening(listens, reply) => {
                self.listening(listens);
                let _ = reply.send(());
            }
        }
        self.clock.busy()
    }

    fn read(&self, points: Vec<PointId>, reply: oneshot::Sender<Vec<super::picture::PointStatus>>) {
        let reading = dispatch::read(&self.site, &self.drivers, &points, &*self.clock);
        let back = self.back.clone();
        tokio::spawn(async move {
            let samples = reading.await;
            let _ = back.send(Back::Read { points, samples, reply });
        });
    }

    /// Evaluates the rules and commands what differs.
    pub(super) fn evaluate(&mut self, now: Now) {
        let snapshot = self.live.freeze(now);
        self.expire_overrides(now);
        self.adopt_leftovers(now);
        if self.stopping {
            self.command(&snapshot);
            return;
        }
        let writer = self.writer.as_ref();
        let base = |point| {
            writer.map_or(crate::control::Base::Unknown, |writer| writer.base(point, &snapshot))
        };
        cycle::cycle(
            &snapshot,
            self.rules.as_mut(),
            &self.site.points,
            self.overrides.points(),
            &base,
            &mut self.outcome,
        );
        self.tell_shadows(&snapshot);
        self.await_claims(now);
        self.raise_rule_alarms(now);
        self.raise_decision_alarms(now);
        self.weigh_silences(now);
        self.settle_alarms(now);
        self.tell_recipients(now);
        self.tell_the_day(now);
        self.command(&snapshot);
        self.since.note(&self.outcome, now.wall);
        if let Some(watch) = &mut self.watch {
            watch(&snapshot, &self.outcome);
        }
        self.frozen = Some(snapshot);
    }

    /// Takes over what a former process left commanded, before anything is
    /// commanded anew: what stood there first is in those records.
    fn adopt_leftovers(&mut self, now: Now) {
        let Some(writer) = &mut self.writer else { return };
        let mut events = Vec::new();
        for left in std::mem::take(&mut self.leftovers) {
            let name = &self.site.points.get(left.point).name;
            let words = self.site.language.pick(
                "ist noch von einem früheren Lauf gestellt",
                "is still commanded by a former run",
            );
            tracing::warn!(POINT = %name, "{name} {words}");
            events.extend(writer.adopt(left));
        }
        self.tell(&events, now);
    }

    /// Leftovers are let go of once every rule has had its inputs: then it is
    /// known what is still claimed.
    fn await_claims(&mut self, now: Now) {
        let to_come = now.steady.saturating_sub(self.started.steady) < self.site.grace
            && self.outcome.verdict.rules.iter().any(|rule| rule.standing == Standing::Waiting);
        if let Some(writer) = &mut self.writer {
            writer.claims_to_come(to_come);
        }
    }

    /// Lets the writer compare, and sends what it asks for. At the end nothing
    /// is asked of any point.
    fn command(&mut self, snapshot: &Snapshot) {
        let at_least = self.plausible.at_least(snapshot.now);
        let Some(writer) = &mut self.writer else { return };
        writer.time_is_at_least(at_least);
        let decisions = if self.stopping { &[] } else { &*self.outcome.decisions };
        let (rules, wall) = (self.rules.as_ref(), snapshot.now.wall);
        let schedules = |point| rules?.program.schedule_change(&rules?.state, point, wall);
        let step = writer.step(decisions, snapshot, &schedules);
        self.tell(&step.events, snapshot.now);
        self.keep(snapshot.now, !step.actions.is_empty());
        self.dispatch(step.actions);
    }

    /// Brings what the rules remember to the store, where it is time for it:
    /// ahead of the commands that hang on it.
    fn keep(&mut self, now: Now, commanding: bool) {
        let (Some(rules), Some(keeper)) = (&self.rules, &mut self.keeper) else { return };
        if let Some(changes) = keeper.changes(rules, now, commanding) {
            self.journal.remember(changes, now.wall);
        }
    }

    /// The wall clock is looked at, and told of where it cannot be right.
    pub(super) fn look_at_clock(&mut self) {
        let now = self.clock.now();
        let was_doubtful = self.plausible.is_doubtful();
        if self.plausible.look(now) != was_doubtful {
            self.clock_changed(now);
        }
    }

    /// Somebody says that the wall clock is right.
    pub(super) fn accept_clock(&mut self) {
        let now = self.clock.now();
        let was_doubtful = self.plausible.is_doubtful();
        self.plausible.accept(now);
        if was_doubtful {
            self.clock_changed(now);
        }
    }

    pub(super) fn clock_changed(&mut self, shown: Now) {
        let now = self.now();
        if self.plausible.is_doubtful() {
            let expected = (now.wall != shown.wall).then_some(now.wall);
            let cause = Cause::ClockDoubtful(shown.wall, expected);
            self.sound(Subject::Clock, AlarmClass::Fault, cause, now);
        } else if self.alarms.clear(&Subject::Clock, now) {
            let words = ("die Uhr geht wieder richtig", "the clock is right again");
            tracing::info!("{}", self.site.language.pick(words.0, words.1));
        }
        self.tell_civil();
    }

    /// What the rules are told of civil time.
    pub(super) fn civil(&self) -> Civil {
        Civil { doubtful: self.plausible.is_doubtful(), laid: self.overrides.laid() }
    }

    pub(super) fn tell_civil(&mut self) {
        let civil = self.civil();
        if let Some(Rules { program, state, .. }) = &mut self.rules {
            state.tell(program, &civil);
        }
    }

    /// From now on everything is let go of.
    pub(super) fn begin_stop(&mut self) {
        self.stopping = true;
        self.drill = None;
        self.drivers.wake();
        let now = self.now();
        if let (Some(rules), Some(keeper)) = (&self.rules, &mut self.keeper) {
            self.journal.remember(keeper.all(rules, now), now.wall);
        }
        // What a former process left is let go of with the rest.
        self.adopt_leftovers(now);
        if let Some(writer) = &mut self.writer {
            writer.stop();
        }
        self.still();
        self.command(&self.live.freeze(now));
    }

    /// Journals, tells and alarms what the writer says.
    pub(super) fn tell(&mut self, events: &[Event], now: Now) {
        for event in events {
            let words = event.words(self.site.language, &self.site.points, &self.site.time_zone);
            let point = self.site.points.get(event.point()).name.as_str();
            let of_wear = event.is_of_wear();
            let kind = if of_wear { Subject::Wear } else { Subject::Command };
            let subject = kind(point.to_owned());
            let rule = self.commanded_by(event.point());
            if matches!(event, Event::CannotRelease { .. }) {
                self.left.insert(self.site.points.get(event.point()).name.clone());
            }
            if event.is_alarm() {
                tracing::error!(POINT = point, RULE = rule, "{words}");
                let cause = Cause::Command(event.clone());
                self.alarms.raise(subject, AlarmClass::Fault, cause, now);
            } else {
                tracing::info!(POINT = point, RULE = rule, "{words}");
                if event.ends_alarm() {
                    self.alarms.clear(&subject, now);
                }
            }
            let record = self.writer.as_ref().and_then(|writer| writer.record(event.point()));
            if let Some(record) = record.filter(|_| event.changes_record()) {
                self.journal.keep(&self.site, &record);
            }
            if event.lets_go() {
                self.journal.let_go(&self.site.points.get(event.point()).name);
            }
        }
    }

    /// The rule whose claim a point follows; `None` where nobody or a person
    /// commands.
    fn commanded_by(&self, point: PointId) -> Option<String> {
        let claim = self.outcome.decisions.on(point)?.decided_by()?;
        matches!(*claim.origin, Origin::Rule { .. }).then(|| claim.origin.to_string())
    }

    /// Starts drivers that have died anew.
    pub(super) fn revive_drivers(&mut self) {
        let now = self.now();
        let revived = self.drivers.revive(now.steady);
        for connection in revived.started_anew {
            self.sound(Subject::Driver(connection), AlarmClass::Fault, Cause::Revived, now);
        }
        for connection in revived.sound_again {
            self.alarms.clear(&Subject::Driver(connection), now);
        }
    }

    /// Whether nothing of ours is left in any device.
    pub(super) fn is_idle(&self) -> bool {
        self.stilling == 0 && self.writer.as_ref().is_none_or(Writer::idle)
    }
}
