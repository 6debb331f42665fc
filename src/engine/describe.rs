//! The running system as plain data, for the socket and the terminal.

use jiff::Timestamp;

use super::alarm::{Alarm, Flaps, Seen, Subject};
use super::drill::Drill;
use super::picture::{
    AlarmStatus, ClosureStatus, CommandStatus, DeviceStatus, DrillsStatus, FlapsStatus,
    PointStatus, ScheduleStatus, SeenStatus, Status, WearStatus,
};
use super::run::Running;
use crate::control::writer::{Stage, Standing, Wear};
use crate::control::{Beating, Yielded, agree};
use crate::cycle::Rules;
use crate::field::DeviceState;
use crate::model::priority::usual_meaning;
use crate::model::unit::spoken_length;
use crate::model::wear::Allowance;
use crate::model::{Kind, Now, Origin, OutOfService, PointId, Quality, Snapshot};
use crate::rules;
use crate::site::{Closure, Site};

impl Running {
    /// The whole picture as it is now.
    pub(super) fn status(&self) -> Status {
        let snapshot = self.live.freeze(self.now());
        let rules = &self.outcome.verdict.rules;
        Status {
            site: self.site.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: snapshot.now.wall,
            started: self.started.wall,
            read_only: self.site.read_only,
            stopping: self.stopping,
            cycles: self.cycles,
            rules: rules.len(),
            rules_unknown: rules.iter().filter(|rule| is_unknown(rule.standing)).count(),
            devices: self.device_pictures(&snapshot),
            points: self
                .site
                .points
                .iter()
                .map(|(point, _)| self.picture_of(point, &snapshot))
                .collect(),
            schedules: self.schedule_pictures(snapshot.now),
            overrides: self.overrides.pictures(&self.site, snapshot.now),
            forgotten: self.overrides.forgotten(&self.site, snapshot.now),
            out_of_service: self.site.out_of_service.iter().map(closure).collect(),
            awaiting: self.awaiting(),
            drill_until: self.drill.as_ref().map(Drill::until),
            alarms: self.alarm_pictures(Alarm::presses),
            // Not the engine's: whoever serves it knows.
            web: None,
            jobs: self.jobs.pictures(&self.site, snapshot.now.wall),
        }
    }

    pub(super) fn drill_pictures(&self) -> DrillsStatus {
        DrillsStatus {
            now: self.now().wall,
            until: self.drill.as_ref().map(Drill::until),
            past: self.past_drills.clone(),
        }
    }

    fn device_pictures(&self, snapshot: &Snapshot) -> Vec<DeviceStatus> {
        let devices = self.site.devices.iter().zip(self.live.devices()).enumerate();
        devices
            .map(|(index, (device, heard))| DeviceStatus {
                name: self.site.device_name(index),
                connection: self.site.connections[device.connection].name.clone(),
                answers: heard.state.as_ref().map(|state| *state == DeviceState::Answers),
                since: heard.since.wall,
                why: match &heard.state {
                    Some(DeviceState::Silent(why)) => Some(why.clone()),
                    _ => None,
                },
                points: device.points.len(),
                points_known: device
                    .points
                    .iter()
                    .filter(|point| snapshot.known(**point).is_some())
                    .count(),
            })
            .collect()
    }

    /// One point with what commands it.
    pub(super) fn picture_of(&self, id: PointId, snapshot: &Snapshot) -> PointStatus {
        let point = self.site.points.get(id);
        let reading = snapshot.reading(id);
        let read = reading.quality != Quality::NeverRead;
        let unit = match &point.kind {
            Kind::Number(unit) if !unit.symbol.is_empty() => Some(unit.symbol.clone()),
            _ => None,
        };
        PointStatus {
            name: point.name.clone(),
            value: reading.known().map(|value| match &point.kind {
                Kind::Number(unit) => unit.shown(value),
                Kind::States(_) => value,
            }),
            shown: reading.known().map_or_else(|| "?".to_owned(), |v| point.kind.display(v)),
            unit,
            quality: reading.quality,
            age_s: read.then(|| reading.age(snapshot.now).as_secs_f64()),
            command: self.command_picture(id, &point.kind),
            wear: self.wear_picture(id, snapshot.now),
        }
    }

    fn wear_picture(&self, id: PointId, now: Now) -> Option<WearStatus> {
        let Wear { worn, endures, waits_until } = self.writer.as_ref()?.standing(id)?.wear?;
        let a_year = worn.and_then(|worn| worn.a_year(now.wall)).filter(|a_year| *a_year > 0.0);
        Some(WearStatus {
            writes: worn.map_or(0, |worn| worn.writes),
            endures,
            since: worn.map(|worn| worn.since),
            lasts_years: a_year.map(|a_year| Allowance::of(endures).years(a_year)),
            waits_until,
        })
    }

    fn heartbeat_picture(&self, beating: Beating, kind: &Kind) -> CommandStatus {
        let pick =
            |german: &str, english: &str| self.site.language.pick(german, english).to_owned();
        let every = spoken_length(beating.every);
        CommandStatus {
            shown: beating.taken.map_or_else(String::new, |on| kind.display(f64::from(on))),
            level: None,
            by: None,
            place: None,
            confirmed: beating.taken.is_some() && !beating.alarmed,
            state: if beating.alarmed {
                pick("Lebenszeichen wird nicht übernommen", "heartbeat is not taken")
            } else {
                format!("{} {every}", pick("Lebenszeichen, alle", "heartbeat, every"))
            },
        }
    }

    fn command_picture(&self, id: PointId, kind: &Kind) -> Option<CommandStatus> {
        if let Some(beating) = self.hearts.standing(id) {
            return Some(self.heartbeat_picture(beating, kind));
        }
        let decision = self.outcome.decisions.on(id);
        let standing = self.writer.as_ref().and_then(|writer| writer.standing(id));
        let target = decision.and_then(|decision| decision.target);
        let value = match standing {
            Some(standing) if standing.stage != Stage::Free => standing.value.or(target)?,
            _ => target?,
        };
        // Confirmed is then another value than the one wanted now: the device
        // bears no more frequent writes.
        let waits = standing.is_some_and(|it| it.stage == Stage::Confirmed)
            && target.is_some_and(|target| !agree(target, value, 0.0));
        let command = self.site.points.get(id).command.as_ref();
        let closed = command.and_then(|command| command.out_of_service_at(self.now().wall));
        let spared = standing.and_then(|it| it.wear?.waits_until);
        let claim = decision.and_then(|decision| decision.decided_by());
        let place = claim.and_then(|claim| match &*claim.origin {
            Origin::Rule { file, line, .. } => Some(format!("{file}:{line}")),
            Origin::Operator { .. } => None,
        });
        Some(CommandStatus {
            shown: kind.display(value),
            level: claim.map(|claim| claim.level),
            by: claim.map(|claim| claim.origin.to_string()),
            place,
            confirmed: standing.is_some_and(is_ours) && !waits,
            state: match standing {
                _ if closed.is_some() => self.closed(closed),
                _ if spared.is_some() => self.spared(spared),
                _ if waits => self.waits().to_owned(),
                Some(standing) => words(&standing, &self.site),
                None => String::new(),
            },
        })
    }

    fn waits(&self) -> &'static str {
        self.site.language.pick(
            "neuer Wert wartet auf den nächsten erlaubten Schreibvorgang",
            "new value waits for the next write the device allows",
        )
    }

    fn closed(&self, closed: Option<&OutOfService>) -> String {
        let Some(closed) = closed else { return String::new() };
        let until = closed.until.strftime("%d.%m.%Y");
        self.site.language.pick(
            format!("außer Betrieb bis {until}, wird nicht gestellt"),
            format!("out of service until {until}, not commanded"),
        )
    }

    fn spared(&self, until: Option<Timestamp>) -> String {
        let Some(until) = until else { return String::new() };
        let until = until.to_zoned_datetime(self.site.time_zone.clone()).strftime("%d.%m. %H:%M");
        self.site.language.pick(
            format!("neuer Wert wartet bis {until}: das Register wird geschont"),
            format!("new value waits until {until}: its register is spared"),
        )
    }

    fn schedule_pictures(&self, now: Now) -> Vec<ScheduleStatus> {
        let Some(Rules { program, state, .. }) = &self.rules else { return Vec::new() };
        let names = program.schedules();
        names
            .map(|name| {
                let known = state.schedule(program, name, now.wall);
                ScheduleStatus {
                    name: name.to_owned(),
                    on: known.map(|known| known.on),
                    changes: known.and_then(|known| known.until),
                    by_hand: known.is_some_and(|known| known.by_hand),
                }
            })
            .collect()
    }

    pub(super) fn awaiting(&self) -> Vec<String> {
        let rules = self.rules.as_ref().map(|Rules { program, state, .. }| state.awaiting(program));
        rules.into_iter().flatten().map(str::to_owned).collect()
    }

    /// The alarms held that are `wanted`, most pressing first.
    pub(super) fn alarm_pictures(&self, wanted: impl Fn(&Alarm) -> bool) -> Vec<AlarmStatus> {
        let held = self.alarms.held().into_iter().filter(|(_, alarm)| wanted(alarm));
        held.map(|(subject, alarm)| self.alarm_picture(subject, alarm)).collect()
    }

    fn alarm_picture(&self, subject: &Subject, alarm: &Alarm) -> AlarmStatus {
        let language = self.site.language;
        let flaps =
            alarm.flaps.map(|Flaps { times, since }| FlapsStatus { times, since: since.wall });
        let seen = alarm.seen.clone().map(|Seen { by, at, why }| SeenStatus { by, at, why });
        AlarmStatus {
            number: alarm.number,
            class: alarm.class,
            since: alarm.since.wall,
            gone: alarm.gone.map(|gone| gone.wall),
            flaps,
            acknowledged: seen,
            text: alarm.cause.words(subject, language, &self.site),
            done: alarm.cause.done(language),
        }
    }
}

fn closure(closure: &Closure) -> ClosureStatus {
    let OutOfService { begins, ends, by, why, .. } = &*closure.closed;
    ClosureStatus {
        name: closure.name.clone(),
        begins: *begins,
        ends: *ends,
        by: by.clone(),
        why: why.clone(),
    }
}

const fn is_unknown(standing: rules::Standing) -> bool {
    !matches!(standing, rules::Standing::Active(_) | rules::Standing::Idle)
}

/// Whether the point holds what we want, and nobody at the device has it.
const fn is_ours(standing: Standing) -> bool {
    matches!(standing.stage, Stage::Confirmed) && standing.yielded.is_none() && !standing.by_hand
}

fn words(standing: &Standing, site: &Site) -> String {
    let language = site.language;
    if standing.by_hand {
        return language.pick("Schalter am Gerät auf Hand", "switch at the device by hand").into();
    }
    if let Some(Yielded { until, .. }) = standing.yielded {
        let until = until.to_zoned_datetime(site.time_zone.clone()).strftime("%d.%m. %H:%M");
        return language.pick(
            format!("am Gerät verstellt, bleibt bis {until}"),
            format!("set at the device, left until {until}"),
        );
    }
    if let Some((slot, _)) = standing.above {
        let meaning = usual_meaning(slot, language);
        let meaning = meaning.map_or_else(String::new, |meaning| format!(" ({meaning})"));
        return language.pick(
            format!("wartet: Priorität {slot} gilt{meaning}"),
            format!("waits: slot {slot} counts{meaning}"),
        );
    }
    if standing.overruled {
        return language.pick("am Gerät übersteuert", "overruled at the device").to_owned();
    }
    let (german, english) = match standing.stage {
        Stage::Free => ("", ""),
        Stage::AwaitsReading => ("wartet auf Messwert", "awaits a reading"),
        Stage::Writing => ("wird geschrieben", "writing"),
        Stage::Confirmed => ("✓", "✓"),
        Stage::Unconfirmed => ("nicht bestätigt", "not confirmed"),
        Stage::Releasing => ("wird freigegeben", "letting go"),
    };
    language.pick(german, english).to_owned()
}
