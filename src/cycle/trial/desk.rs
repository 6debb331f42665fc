//! A building on a desk: points that read what a test gives them, or what they
//! were commanded to; a clock that is stepped; the rules.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::Pace;
use crate::control::{Base, Decision};
use crate::cycle::beat::{next_cycle, up_to};
use crate::cycle::explain::{self, Basis, Explanation, Scene, Subject};
use crate::cycle::since::Since;
use crate::cycle::{Outcome, Rules, cycle, quiet, shadow};
use crate::model::layers::Layer;
use crate::model::{Kind, Now, Origin, PointId, Quality, Reading, Release, Snapshot};
use crate::rules::{Civil, Given, GivenSchedule, Program};
use crate::site::Site;

/// Commands that are read back lead to another cycle at the same moment; so
/// often at most, should they chase each other in a circle.
const MOST_ROUNDS: usize = 8;
/// How a point stands.
#[derive(Debug, Clone, Copy, Default)]
struct Stand {
    /// What the device does by itself, as far as the test says.
    own: Option<f64>,
    reads: Option<f64>,
    bad: bool,
    commanded: Option<f64>,
}

pub(super) struct Desk<'a> {
    pub site: &'a Site,
    pub rules: Rules,
    pub outcome: Outcome,
    since: Since,
    snapshot: Snapshot,
    /// Of the points that were given or commanded.
    points: BTreeMap<PointId, Stand>,
    /// What the test says of schedules, laid over their lines.
    civil: Civil,
    begin: Now,
    beat: Duration,
    pace: Pace,
}

impl<'a> Desk<'a> {
    /// A desk whose clock stands `run_up` before `start`, or a little more:
    /// the beat of the cycles meets the start.
    pub fn new(
        site: &'a Site,
        program: &Program,
        start: Timestamp,
        run_up: Duration,
        pace: Pace,
    ) -> Self {
        let beat = site.cycle.max(Duration::from_secs(1));
        let run_up = up_to(run_up, beat);
        // Not at zero: steady clocks do not begin with the rules.
        let begin = Now {
            wall: start.checked_sub(run_up).unwrap_or(Timestamp::MIN),
            steady: Duration::from_secs(3600),
        };
        Self {
            site,
            rules: Rules::new(program.clone()),
            outcome: Outcome::default(),
            since: Since::default(),
            snapshot: Snapshot::never(begin, site.points.len()),
            points: BTreeMap::new(),
            civil: Civil::default(),
            begin,
            beat,
            pace,
        }
    }

    pub const fn now(&self) -> Now {
        self.snapshot.now
    }

    pub fn decision(&self, point: PointId) -> Option<&Decision> {
        self.outcome.decisions.on(point)
    }

    /// What the point is commanded to.
    pub fn target(&self, point: PointId) -> Option<f64> {
        self.decision(point)?.target
    }

    /// The kind and present value of a named value or schedule.
    pub fn named(&self, name: &str) -> Option<(&Kind, Option<f64>)> {
        let values = &self.outcome.verdict.values;
        values.iter().find(|named| &*named.name == name).map(|named| (&*named.kind, named.value))
    }

    /// Whether nothing was ever said about it.
    pub fn is_unset(&self, point: PointId) -> bool {
        self.snapshot.reading(point).quality == Quality::NeverRead
    }

    pub fn give(&mut self, givens: &[Given]) {
        for given in givens {
            let stand = self.points.entry(given.point).or_default();
            stand.bad = given.value.is_none();
            if given.value.is_some() {
                stand.reads = given.value;
                if stand.commanded.is_none() {
                    stand.own = given.value;
                }
            }
        }
    }

    /// These schedules are so from now on; before the first cycle: for ever.
    pub fn lay(&mut self, givens: &[GivenSchedule]) {
        let now = self.now().wall;
        let from = if now == self.begin.wall { Timestamp::MIN } else { now };
        for given in givens {
            let before = self.civil.laid.iter_mut().filter(|(name, _)| **name == *given.name);
            before.for_each(|(_, layer)| layer.until = layer.until.min(now));
            let id = self.civil.laid.len() as u64;
            let layer = Layer { id, from, until: Timestamp::MAX, on: given.on };
            self.civil.laid.push((given.name.to_string(), layer));
        }
        let Rules { program, state, .. } = &mut self.rules;
        state.tell(program, &self.civil);
    }

    /// What a shadow rule would make of a point, and the rule's place.
    pub fn would(&self, rule: usize, point: PointId) -> (Option<f64>, Option<Arc<Origin>>) {
        let base = |point| base(self.site, &self.points, point);
        let (points, now) = (&self.site.points, self.now());
        let all = shadow::would(&self.rules, &self.outcome, points, &[], &base, now);
        let would = all.into_iter().find(|would| (would.rule, would.point) == (rule, point));
        let origin = self.outcome.verdict.rules.get(rule).map(|status| status.rule.clone());
        (would.and_then(|would| would.target), origin)
    }

    /// Somebody acknowledges what waits in this rule or value.
    pub fn acknowledge(&mut self, name: &str) {
        let Rules { program, state, .. } = &mut self.rules;
        state.acknowledge(program, name, "test");
    }

    /// Goes on to `to`, cycle by cycle, each seen by `watch`; the cycle at `to`
    /// itself is the caller's.
    pub fn pass(&mut self, to: Timestamp, mut watch: impl FnMut(&Self)) {
        let since = |desk: &Self| desk.now().steady - desk.begin.steady;
        let left = Duration::try_from(to.duration_since(self.now().wall)).unwrap_or_default();
        let end = since(self) + left;
        while let Some(next) = next_cycle(since(self), self.due(), end, self.beat) {
            self.step(next - since(self));
            self.cycle();
            watch(self);
        }
        self.step(end - since(self));
    }

    /// Since the beginning: before then nothing changes, unless a reading does.
    fn due(&self) -> Duration {
        if self.pace == Pace::All {
            return Duration::ZERO;
        }
        let now = self.now();
        let Rules { program, state, guards } = &self.rules;
        let quiet = quiet(program, state, guards);
        let civil = Duration::try_from(quiet.wall.duration_since(now.wall)).unwrap_or_default();
        let civil = now.steady.saturating_add(civil);
        quiet.steady.map_or(civil, |timer| timer.min(civil)).saturating_sub(self.begin.steady)
    }

    fn step(&mut self, by: Duration) {
        let now = &mut self.snapshot.now;
        now.steady += by;
        now.wall = now.wall.checked_add(by).unwrap_or(Timestamp::MAX);
    }

    /// A cycle, and others at the same moment until all that is commanded has
    /// been read back.
    pub fn cycle(&mut self) {
        for _ in 0..MOST_ROUNDS {
            self.read();
            let Self { site, rules, snapshot, points, outcome, .. } = self;
            let base = |point| base(site, points, point);
            cycle(snapshot, Some(rules), &site.points, &[], &base, outcome);
            if !self.obey() {
                break;
            }
        }
        self.since.note(&self.outcome, self.snapshot.now.wall);
    }

    pub fn explain(&self, subject: Subject) -> Option<Explanation> {
        let scene = Scene {
            site: self.site,
            rules: Some(&self.rules),
            snapshot: &self.snapshot,
            outcome: &self.outcome,
            since: &self.since,
            overrides: &[],
            base: &|point| base(self.site, &self.points, point),
            standing: None,
            silent: &|_| None,
            basis: Basis::Test,
        };
        explain::explain(&scene, subject)
    }

    fn read(&mut self) {
        let at = self.snapshot.now;
        for (point, stand) in &self.points {
            let reading = &mut self.snapshot.readings[point.index()];
            *reading = match stand.reads {
                _ if stand.bad => Reading { value: f64::NAN, quality: Quality::Faulty, at },
                Some(value) => Reading { value, quality: Quality::Good, at },
                None => Reading::never(at),
            };
        }
    }

    /// Devices do as they are told; true if a point reads otherwise now.
    fn obey(&mut self) -> bool {
        let targets = self.outcome.decisions.iter();
        let targets: BTreeMap<PointId, f64> =
            targets.filter_map(|it| Some((it.point, it.target?))).collect();
        let mut changed = false;
        for (point, target) in &targets {
            let stand = self.points.entry(*point).or_default();
            if stand.commanded.is_none() && stand.bad {
                stand.own = None; // taken over unread
            }
            if stand.commanded != Some(*target) {
                changed |= stand.reads != Some(*target) && !stand.bad;
                (stand.commanded, stand.reads) = (Some(*target), Some(*target));
            }
        }
        for (point, stand) in &mut self.points {
            if stand.commanded.is_some() && !targets.contains_key(point) {
                let command = self.site.points.get(*point).command.as_ref();
                if let Some(Release::Value(value)) = command.map(|command| command.release) {
                    stand.own = Some(value);
                }
                let before = stand.reads;
                stand.commanded = None;
                stand.reads = stand.own.or_else(|| command.and_then(|command| command.released));
                changed |= stand.reads != before && !stand.bad;
            }
        }
        changed
    }
}

/// What a point would do if it were let go, as far as site and test say.
fn base(site: &Site, points: &BTreeMap<PointId, Stand>, point: PointId) -> Base {
    let Some(command) = &site.points.get(point).command else { return Base::Unknown };
    let stand = points.get(&point).copied().unwrap_or_default();
    let value = match command.release {
        _ if command.released.is_some() => command.released,
        Release::Value(value) if stand.commanded.is_some() => Some(value),
        // Nobody can say what a device does that does not answer.
        _ if stand.bad && stand.commanded.is_none() => None,
        _ => stand.own,
    };
    value.map_or(Base::Unknown, Base::Known)
}
