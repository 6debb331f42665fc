//! The drill: for a while the program plays dead, as if this PC were unplugged.
//! Connections are closed, nothing is read, evaluated or written; then what
//! each commanded device made of it is read once, and all goes on.
//!
//! ```text
//!   none ──start──▶ dead ──time over, ended──▶ looking ──read──▶ none
//!                     └───────── stop ────────────┴────────────▶ none
//! ```
//! Rules, floors and safety do nothing meanwhile: that is what is tried.

use std::time::Duration;

use super::ask::Refusal;
use super::dispatch;
use super::run::{Back, Running};
use crate::control::agree;
use crate::control::writer::Stage;
use crate::field::Sample;
use crate::model::{Now, PointId, Release};
use crate::store::drills::{DrillOutcome, DrillRecord, DrilledPoint};

/// Where nothing promises to fall back.
const USUAL: Duration = Duration::from_secs(300);
/// Devices are waited for so long before control goes on without an answer.
const PATIENCE: Duration = Duration::from_secs(120);
/// Longer than any watchdog that is known; nobody controls so long.
const LONGEST: Duration = Duration::from_secs(2 * 3600);

/// One that runs.
#[derive(Debug)]
pub(super) struct Drill {
    user: String,
    begun: Now,
    /// Steady.
    ends: Duration,
    /// What stood in the devices because of us.
    stood: Vec<(PointId, f64)>,
    looking: bool,
}

impl Drill {
    /// When control goes on, by the wall clock as it was at the beginning.
    pub fn until(&self) -> jiff::Timestamp {
        let lasts = self.ends.saturating_sub(self.begun.steady);
        self.begun.wall.checked_add(lasts).unwrap_or(self.begun.wall)
    }
}

impl Running {
    /// Plays dead for so long, or for as long as the slowest device promises to
    /// take to fall back.
    pub(super) fn start_drill(
        &mut self,
        user: String,
        lasts: Option<Duration>,
    ) -> Result<(), Refusal> {
        if self.stopping {
            return Err(Refusal::Stopping);
        }
        let Some(writer) = &self.writer else { return Err(Refusal::ReadOnly) };
        if self.drill.is_some() {
            return Err(Refusal::DrillRuns);
        }
        if lasts.is_some_and(|lasts| lasts > LONGEST || lasts.is_zero()) {
            return Err(Refusal::DrillTooLong);
        }
        let commanded = self.site.points.iter().filter_map(|(point, _)| {
            let standing = writer.standing(point)?;
            (standing.stage == Stage::Confirmed && standing.yielded.is_none())
                .then_some((point, standing.value?))
        });
        let stood: Vec<_> = commanded.collect();
        if stood.is_empty() {
            return Err(Refusal::NothingCommanded);
        }
        let promised = stood.iter().filter_map(|(point, _)| self.promise(*point)).max();
        let lasts = lasts.unwrap_or_else(|| promised.map_or(USUAL, |slowest| slowest * 11 / 10));
        let (now, minutes) = (self.now(), lasts.as_secs().div_ceil(60));
        let words = self.site.language.pick(
            format!("Übung von {user}: {minutes} min lang, als wäre dieser Rechner ausgesteckt"),
            format!("drill by {user}: for {minutes} min as if this PC were unplugged"),
        );
        tracing::warn!("{words}");
        self.drivers.rest();
        let ends = now.steady + lasts.min(LONGEST);
        self.drill = Some(Drill { user, begun: now, ends, stood, looking: false });
        Ok(())
    }

    fn promise(&self, point: PointId) -> Option<Duration> {
        self.site.points.get(point).command.as_ref()?.abandoned.falls_back
    }

    /// Ends it before its time; what is found then is told all the same.
    pub(super) fn end_drill(&mut self) -> Result<(), Refusal> {
        let now = self.now().steady;
        let Some(drill) = &mut self.drill else { return Err(Refusal::NoDrill) };
        drill.ends = drill.ends.min(now);
        self.soon();
        Ok(())
    }

    /// One cycle of a drill: true while it lasts.
    pub(super) fn drills(&mut self, now: Now) -> bool {
        let Some(drill) = &mut self.drill else { return false };
        if drill.looking && now.steady > drill.ends + PATIENCE {
            self.drilled(&[]);
            return false;
        }
        if now.steady < drill.ends || drill.looking {
            return true;
        }
        drill.looking = true;
        // What rules read as well: else they let go for want of it.
        let inputs = self.site.points.iter().map(|(point, _)| point);
        let mut points: Vec<_> = inputs.filter(|point| self.inputs[point.index()]).collect();
        for (point, _) in &drill.stood {
            points.push(*point);
            if let Some(Release::Action { point: level, .. }) = release(&self.site, *point) {
                points.push(level);
            }
        }
        points.retain(|point| self.site.points.get(*point).readable);
        points.sort_unstable();
        points.dedup();
        self.drivers.wake();
        let reading = dispatch::read(&self.site, &self.drivers, &points, &*self.clock);
        let back = self.back.clone();
        tokio::spawn(async move {
            let _ = back.send(Back::Drilled(reading.await));
        });
        true
    }

    /// What was found: recorded and told; control goes on.
    pub(super) fn drilled(&mut self, samples: &[Sample]) {
        let Some(drill) = self.drill.take() else { return };
        let now = self.now();
        self.live.take(samples, |point| self.inputs[point.index()]);
        let lasted = now.steady.saturating_sub(drill.begun.steady);
        let points = drill.stood.iter().map(|(point, ours)| {
            let outcome = self.outcome_of(*point, *ours, samples, lasted);
            let kind = &self.site.points.get(*point).kind;
            DrilledPoint {
                point: self.site.points.get(*point).name.clone(),
                ours: kind.display(*ours),
                found: found(samples, *point).map(|value| kind.display(value)),
                falls_back_s: self.promise(*point).map(|promise| promise.as_secs()),
                outcome,
            }
        });
        let record = DrillRecord {
            points: points.collect(),
            begun: drill.begun.wall,
            lasted_s: lasted.as_secs(),
            user: drill.user,
        };
        let failed = record.points.iter().filter(|point| point.outcome.failed());
        let failed: Vec<&str> = failed.map(|point| point.point.as_str()).collect();
        let language = self.site.language;
        if failed.is_empty() {
            tracing::warn!(
                "{}",
                language.pick("Übung zu Ende: alles wie angenommen", "drill over: all as assumed")
            );
        } else {
            let names = failed.join(", ");
            let words = language
                .pick("Übung zu Ende, anders als angenommen:", "drill over, not as assumed:");
            tracing::error!("{words} {names}");
        }
        self.journal.keep_drill(record.clone());
        self.past_drills.push(record);
        for device in 0..self.site.devices.len() {
            self.interrupted(device);
        }
        self.soon();
    }

    /// What became of our command on `point`: the level it stood at is gone, or
    /// the value is another.
    fn outcome_of(
        &self,
        point: PointId,
        ours: f64,
        samples: &[Sample],
        lasted: Duration,
    ) -> DrillOutcome {
        let tolerance =
            self.site.points.get(point).command.as_ref().map_or(0.0, |command| command.tolerance);
        let by_level = match release(&self.site, point) {
            Some(Release::Action { point: level, value }) => {
                found(samples, level).map(|stands| agree(stands, value, 0.0))
            }
            _ => None,
        };
        let by_value = found(samples, point).map(|stands| !agree(stands, ours, tolerance));
        let gone = match (by_level, by_value) {
            (Some(level), Some(value)) => Some(level || value),
            (one, other) => one.or(other),
        };
        match (gone, self.promise(point)) {
            (None, _) => DrillOutcome::Unknown,
            (Some(true), _) => DrillOutcome::FellBack,
            (Some(false), None) => DrillOutcome::Stays,
            (Some(false), Some(promise)) if lasted < promise => DrillOutcome::TooShort,
            (Some(false), Some(_)) => DrillOutcome::StaysAgainstPromise,
        }
    }
}

fn release(site: &crate::site::Site, point: PointId) -> Option<Release> {
    site.points.get(point).command.as_ref().map(|command| command.release)
}

fn found(samples: &[Sample], point: PointId) -> Option<f64> {
    samples.iter().find(|sample| sample.point == point)?.value.ok()
}
