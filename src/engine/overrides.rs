//! Operators' overrides of points and schedules: placed with an end, kept over
//! restarts, gone when their time is over. Those of points are claims at level
//! manual like any other; those of schedules lie over what its lines say.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use super::ask::{Ends, OverrideOrder, Placed, Refusal, Target};
use super::find;
use super::forgotten::{How, KEPT, forgotten};
use super::journal::{Journal, Kept};
use super::picture::{ForgottenHow, ForgottenStatus, Overridden, OverrideStatus};
use super::run::Running;
use crate::control::Override;
use crate::model::layers::Layer;
use crate::model::point::state_index;
use crate::model::{Kind, Now, OutOfService, PointId};
use crate::site::Site;
use crate::store::records::{self, OverrideRecord, PastRecord, TargetRecord};

/// Nobody overrides for longer; a standing wish belongs into a rule.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);
/// Nor earlier than this before it begins.
const AHEAD: Duration = Duration::from_secs(366 * 86_400);
/// Bytes of a reason: a sentence, not a file.
pub(super) const LONGEST_WHY: usize = 1000;

/// An operator's word that a schedule is on or off for a while.
#[derive(Debug, Clone)]
pub struct ScheduleOverride {
    /// With its building. The rules need not have it: it may come back.
    pub schedule: String,
    pub layer: Layer,
    pub user: String,
    pub why: String,
}

/// All overrides that have not ended.
#[derive(Debug, Default)]
pub struct Overrides {
    points: Vec<Override>,
    schedules: Vec<ScheduleOverride>,
    /// Those that have ended in the last weeks.
    past: Vec<PastRecord>,
    next: u64,
}

impl Overrides {
    /// Those that a former run recorded and that have not ended; points that
    /// the site no longer has are left out.
    pub fn restored(site: &Site, kept: &Kept, journal: &Journal, now: Now) -> Self {
        let past = kept.past().to_vec();
        let mut restored = Self { next: kept.next_override(), past, ..Self::default() };
        for record in kept.overrides() {
            if record.until <= now.wall || !restored.take(site, record) {
                let id = record.id;
                let words = site.language.pick(
                    "endete, während nichts lief, oder was sie stellte, ist nicht mehr da",
                    "ended while nothing ran, or what it commanded is gone",
                );
                tracing::info!("{} {id} {words}", site.language.pick("Übersteuerung", "override"));
                drop(restored.lay_aside(record.clone(), now, journal));
            }
        }
        restored
    }

    /// One has ended. Had it begun, it is remembered for some weeks. The future
    /// ends when that is on the disk.
    fn lay_aside(
        &mut self,
        over: OverrideRecord,
        now: Now,
        journal: &Journal,
    ) -> impl Future<Output = bool> + Send + use<> {
        let (id, ended) = (over.id, over.until.min(now.wall));
        let past = (over.from <= now.wall).then_some(PastRecord { over, ended });
        let kept = journal.end_override(id, past.clone());
        self.past.extend(past);
        let is_old = |past: &PastRecord| {
            let ago = Duration::try_from(past.ended.duration_until(now.wall));
            ago.is_ok_and(|ago| ago > KEPT)
        };
        let old: Vec<u64> =
            self.past.iter().filter(|past| is_old(past)).map(|past| past.over.id).collect();
        if !old.is_empty() {
            self.past.retain(|past| !old.contains(&past.over.id));
            journal.remove_past(old);
        }
        kept
    }

    /// As it is recorded.
    pub(super) fn records(&self, site: &Site) -> Vec<OverrideRecord> {
        let points = self.points.iter().map(|over| OverrideRecord {
            id: over.id,
            target: TargetRecord::Point(site.points.get(over.point).name.clone()),
            value: over.value,
            from: over.from,
            until: over.until,
            user: over.user.clone(),
            why: over.why.clone(),
        });
        let schedules = self.schedules.iter().map(|over| OverrideRecord {
            id: over.layer.id,
            target: TargetRecord::Schedule(over.schedule.clone()),
            value: f64::from(over.layer.on),
            from: over.layer.from,
            until: over.layer.until,
            user: over.user.clone(),
            why: over.why.clone(),
        });
        points.chain(schedules).collect()
    }

    /// Those that somebody forgot to make into a rule, in words.
    #[must_use]
    pub fn forgotten(&self, site: &Site, now: Now) -> Vec<ForgottenStatus> {
        let zone = &site.time_zone;
        let found = forgotten(&self.records(site), &self.past, zone, now.wall);
        let told = found.into_iter().map(|found| {
            let (name, shown) = match &found.target {
                TargetRecord::Schedule(name) => (name, on_off(is_on(found.value)).to_owned()),
                TargetRecord::Point(name) => {
                    let point = records::find(&site.points, name);
                    let kind = point.map(|point| &site.points.get(point).kind);
                    (name, kind.map_or_else(|| "?".to_owned(), |kind| kind.display(found.value)))
                }
            };
            ForgottenStatus {
                point: name.clone(),
                how: match found.how {
                    How::Extended { .. } => ForgottenHow::Extended,
                    How::Weekly { .. } => ForgottenHow::Weekly,
                },
                text: found.words(&shown, site.language, zone),
                shown,
            }
        });
        told.collect()
    }

    fn take(&mut self, site: &Site, record: &OverrideRecord) -> bool {
        let OverrideRecord { id, target, value, from, until, user, why } = record.clone();
        match target {
            TargetRecord::Point(name) => {
                let Some(point) = records::find(&site.points, &name) else { return false };
                self.points.push(Override { id, point, value, from, until, user, why });
            }
            TargetRecord::Schedule(schedule) => {
                let layer = Layer { id, from, until, on: is_on(value) };
                self.schedules.push(ScheduleOverride { schedule, layer, user, why });
            }
        }
        true
    }

    /// Those of points.
    #[must_use]
    pub fn points(&self) -> &[Override] {
        &self.points
    }

    /// What lies over the schedules.
    #[must_use]
    pub fn laid(&self) -> Vec<(String, Layer)> {
        self.schedules.iter().map(|over| (over.schedule.clone(), over.layer)).collect()
    }

    /// Each with its target and its time.
    fn spans(&self) -> impl Iterator<Item = (u64, TargetId<'_>, Timestamp, Timestamp)> {
        let points = self.points.iter();
        let points =
            points.map(|over| (over.id, TargetId::Point(over.point), over.from, over.until));
        let schedules = self.schedules.iter().map(|over| {
            let Layer { id, from, until, .. } = over.layer;
            (id, TargetId::Schedule(&over.schedule), from, until)
        });
        points.chain(schedules)
    }

    /// For the socket and the terminal, in order of ids.
    #[must_use]
    pub fn pictures(&self, site: &Site, now: Now) -> Vec<OverrideStatus> {
        let points = self.points.iter().map(|over| {
            let point = site.points.get(over.point);
            OverrideStatus {
                id: over.id,
                kind: Overridden::Point,
                point: point.name.clone(),
                shown: point.kind.display(over.value),
                from: over.from,
                until: over.until,
                active: over.from <= now.wall,
                user: over.user.clone(),
                why: over.why.clone(),
            }
        });
        let schedules = self.schedules.iter().map(|over| OverrideStatus {
            id: over.layer.id,
            kind: Overridden::Schedule,
            point: over.schedule.clone(),
            shown: on_off(over.layer.on).to_owned(),
            from: over.layer.from,
            until: over.layer.until,
            active: over.layer.from <= now.wall,
            user: over.user.clone(),
            why: over.why.clone(),
        });
        let mut all: Vec<OverrideStatus> = points.chain(schedules).collect();
        all.sort_by_key(|over| over.id);
        all
    }
}

#[derive(Debug, PartialEq, Eq)]
enum TargetId<'a> {
    Point(PointId),
    Schedule(&'a str),
}

/// The state of a schedule as it is stored.
fn is_on(value: f64) -> bool {
    value > 0.5
}

const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// `5 °C … 30 °C`, or the one end that there is.
fn limits(kind: &Kind, low: f64, high: f64) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, false) => format!("≥ {}", kind.display(low)),
        (false, true) => format!("≤ {}", kind.display(high)),
        _ => format!("{} … {}", kind.display(low), kind.display(high)),
    }
}

impl Running {
    /// Places an override, or says why not.
    pub(super) fn place_override(
        &mut self,
        order: OverrideOrder,
    ) -> Result<(Placed, impl Future<Output = bool> + Send + use<>), Refusal> {
        if self.stopping {
            return Err(Refusal::Stopping);
        }
        if self.writer.is_none() {
            return Err(Refusal::ReadOnly);
        }
        let target = self.target(&order)?;
        let now = self.now();
        let (from, until) = span(&order, now)?;
        if order.why.len() > LONGEST_WHY {
            return Err(Refusal::WhyTooLong);
        }
        let OverrideOrder { value, user, why, .. } = order;
        let record =
            OverrideRecord { id: self.overrides.next, target, value, from, until, user, why };
        if from <= now.wall {
            self.replace_active(&record.target, now);
        }
        self.overrides.next += 1;
        self.overrides.take(&self.site, &record);
        let placed = self.placed(&record);
        tracing::info!("{}", self.told(&placed, &record));
        let recorded = self.journal.put_override(record);
        self.tell_civil();
        self.soon();
        Ok((placed, recorded))
    }

    /// What is meant, if it can be overridden.
    fn target(&self, order: &OverrideOrder) -> Result<TargetRecord, Refusal> {
        match &order.target {
            Target::Point(id) => {
                self.may_override(*id, order)?;
                Ok(TargetRecord::Point(self.site.points.get(*id).name.clone()))
            }
            Target::Schedule(name) => {
                let program = self.rules.as_ref().map(|rules| &rules.program);
                let names: Vec<&str> = program.iter().flat_map(|it| it.schedules()).collect();
                let found = find::named(&self.site, names.iter().copied(), name);
                found.map(TargetRecord::Schedule).map_err(Refusal::NotFound)
            }
        }
    }

    /// A new one that begins now ends those of its target that stand.
    fn replace_active(&mut self, target: &TargetRecord, now: Now) {
        let target = match target {
            TargetRecord::Point(name) => self.site.points.find(name).map(TargetId::Point),
            TargetRecord::Schedule(name) => Some(TargetId::Schedule(name)),
        };
        let all = self.overrides.spans();
        let replaced =
            all.filter(|(_, own, from, _)| Some(own) == target.as_ref() && *from <= now.wall);
        let replaced: Vec<u64> = replaced.map(|over| over.0).collect();
        for id in replaced {
            drop(self.forget(id));
        }
    }

    fn placed(&self, record: &OverrideRecord) -> Placed {
        let (name, shown) = match &record.target {
            TargetRecord::Point(name) => {
                let point = self.site.points.find(name).map(|id| self.site.points.get(id));
                let shown = point.map(|point| point.kind.display(record.value));
                (name.clone(), shown.unwrap_or_default())
            }
            TargetRecord::Schedule(name) => (name.clone(), on_off(is_on(record.value)).to_owned()),
        };
        let (from, until) = (record.from, record.until);
        Placed { id: record.id, name, shown, from, until, recorded: false }
    }

    fn may_override(&self, id: PointId, order: &OverrideOrder) -> Result<(), Refusal> {
        let value = order.value;
        let point = self.site.points.get(id);
        let Some(command) = &point.command else {
            return Err(Refusal::NotCommandable(point.name.clone()));
        };
        if command.heartbeat.is_some() {
            return Err(Refusal::Heartbeat(point.name.clone()));
        }
        let begins = order.from.unwrap_or_else(|| self.now().wall);
        if let Some(OutOfService { until, by, why, .. }) = command.out_of_service_at(begins) {
            let (by, why) = (by.clone(), why.clone());
            return Err(Refusal::OutOfService {
                point: point.name.clone(),
                until: *until,
                by,
                why,
            });
        }
        if matches!(point.kind, Kind::States(_))
            && state_index(value).is_none_or(|state| !self.site.takes_state(id, state))
        {
            let (point, value) = (point.name.clone(), point.kind.display(value));
            return Err(Refusal::NotSettable { point, value });
        }
        let low = [command.limits.map(|limits| limits.0), command.floor];
        let high = [command.limits.map(|limits| limits.1), command.ceiling];
        let low = low.into_iter().flatten().fold(f64::NEG_INFINITY, f64::max);
        let high = high.into_iter().flatten().fold(f64::INFINITY, f64::min);
        if value < low || value > high {
            return Err(Refusal::OutOfLimits {
                point: point.name.clone(),
                value: point.kind.display(value),
                limits: limits(&point.kind, low, high),
            });
        }
        Ok(())
    }

    /// Ends an override before its time; the future ends when that is on the
    /// disk, with false if it could not be put there.
    pub(super) fn end_override(
        &mut self,
        id: u64,
    ) -> Result<impl Future<Output = bool> + Send + use<>, Refusal> {
        if !self.overrides.spans().any(|over| over.0 == id) {
            return Err(Refusal::NoSuchOverride(id));
        }
        let kept = self.forget(id);
        self.soon();
        Ok(kept)
    }

    /// An override for the journal.
    fn told(&self, placed: &Placed, record: &OverrideRecord) -> String {
        let zone = &self.site.time_zone;
        let local = |at: Timestamp| {
            at.to_zoned_datetime(zone.clone()).strftime("%d.%m.%Y %H:%M").to_string()
        };
        let (from, until) = (local(record.from), local(record.until));
        let (id, user) = (placed.id, &record.user);
        let (name, shown) = (&placed.name, &placed.shown);
        self.site.language.pick(
            format!("Übersteuerung {id} von {user}: {name} auf {shown}, {from} bis {until}"),
            format!("override {id} by {user}: {name} to {shown}, {from} until {until}"),
        )
    }

    /// Forgets those whose time is over.
    pub(super) fn expire_overrides(&mut self, now: Now) {
        let over: Vec<u64> =
            self.overrides.spans().filter(|over| over.3 <= now.wall).map(|over| over.0).collect();
        for id in over {
            let words = self.site.language.pick(
                format!("Übersteuerung {id} ist zu Ende"),
                format!("override {id} has ended"),
            );
            tracing::info!("{words}");
            drop(self.forget(id));
        }
    }

    fn forget(&mut self, id: u64) -> impl Future<Output = bool> + Send + use<> {
        let record = self.overrides.records(&self.site).into_iter().find(|over| over.id == id);
        self.overrides.points.retain(|over| over.id != id);
        let schedules = self.overrides.schedules.len();
        self.overrides.schedules.retain(|over| over.layer.id != id);
        let now = self.now();
        let kept = record.map(|record| self.overrides.lay_aside(record, now, &self.journal));
        if self.overrides.schedules.len() != schedules {
            self.tell_civil();
        }
        async move {
            match kept {
                Some(kept) => kept.await,
                None => true,
            }
        }
    }
}

/// From when until when, on the wall clock.
fn span(order: &OverrideOrder, now: Now) -> Result<(Timestamp, Timestamp), Refusal> {
    let from = order.from.unwrap_or(now.wall).max(now.wall);
    let until = match order.ends {
        Ends::After(lasts) => from.checked_add(lasts).map_err(|_| Refusal::TooLong)?,
        Ends::At(until) => until,
    };
    let lasts = Duration::try_from(from.duration_until(until)).unwrap_or_default();
    let ahead = Duration::try_from(now.wall.duration_until(from)).unwrap_or_default();
    if lasts.is_zero() {
        return Err(Refusal::Over);
    }
    if lasts > LONGEST {
        return Err(Refusal::TooLong);
    }
    if ahead > AHEAD {
        return Err(Refusal::TooFar);
    }
    Ok((from, until))
}
