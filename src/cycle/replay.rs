//! The rules over readings of the past: the same cycle as the daemon's, on a clock
//! that is moved from reading to reading. What is commanded changes nothing: the
//! building does not answer back. Called by `hauswart backtest`, which knows where
//! the readings lie; pure.
//!
//! ```text
//! pass(to): the beats until then, as far as something may change ─▶ to
//! read, override, lay …                         what is known from then on
//! cycle: evaluate, arbitrate, protect           what would be commanded
//! ```

use std::time::Duration;

use jiff::Timestamp;

use super::beat::next_cycle;
use super::explain::{self, Basis, Explanation, NotFound, Scene};
use super::since::Since;
use super::{Outcome, Rules, cycle, quiet};
use crate::control::{Base, Override};
use crate::model::{Now, PointId, Quality, Reading, Release, Snapshot};
use crate::rules::{Civil, Program, Standing};
use crate::site::Site;

/// See the module.
#[derive(Debug)]
pub struct Replay<'a> {
    site: &'a Site,
    rules: Rules,
    outcome: Outcome,
    snapshot: Snapshot,
    overrides: Vec<Override>,
    /// What a point read last while nobody commanded it; by point.
    own: Vec<Option<f64>>,
    beat: Duration,
    /// Since when things are so, where somebody will ask.
    since: Option<Since>,
}

impl<'a> Replay<'a> {
    /// Rules that begin at `start`, of which nothing is known yet. The beat of
    /// the cycles is that of the site, on whole multiples of it.
    #[must_use]
    pub fn new(site: &'a Site, program: Program, start: Timestamp) -> Self {
        let now = Now { wall: start, steady: since_epoch(start) };
        Self {
            site,
            rules: Rules::new(program),
            outcome: Outcome::default(),
            snapshot: Snapshot::never(now, site.points.len()),
            overrides: Vec::new(),
            own: vec![None; site.points.len()],
            beat: site.cycle.max(Duration::from_secs(1)),
            since: None,
        }
    }

    /// From now on it is kept since when things are so, for [`explain`](Self::explain).
    pub fn keep_since(&mut self) {
        self.since = Some(Since::default());
    }

    #[must_use]
    pub const fn now(&self) -> Now {
        self.snapshot.now
    }

    /// What the last cycle came to.
    #[must_use]
    pub const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    #[must_use]
    pub const fn program(&self) -> &Program {
        &self.rules.program
    }

    /// What is known of a point.
    #[must_use]
    pub fn reading(&self, point: PointId) -> &Reading {
        self.snapshot.reading(point)
    }

    /// Whether a rule of this index cannot decide.
    #[must_use]
    pub fn is_unknown(&self, rule: usize) -> bool {
        let rules = &self.outcome.verdict.rules;
        let standing = rules.get(rule).map(|rule| rule.standing);
        !matches!(standing, Some(Standing::Active(_) | Standing::Idle))
    }

    /// From now on a point reads this, or is unknown for this reason; `free`:
    /// nobody commanded it then.
    pub fn read(&mut self, point: PointId, value: Option<f64>, quality: Quality, free: bool) {
        let at = self.snapshot.now;
        let value_or_last = value.unwrap_or(self.reading(point).value);
        self.snapshot.readings[point.index()] = Reading { value: value_or_last, quality, at };
        if free {
            self.own[point.index()] = value;
        }
    }

    /// These overrides of points count, each in its time.
    pub fn override_points(&mut self, overrides: Vec<Override>) {
        self.overrides = overrides;
    }

    /// What lies over schedules.
    pub fn tell(&mut self, civil: &Civil) {
        let Rules { program, state, .. } = &mut self.rules;
        state.tell(program, civil);
    }

    /// Goes on to `to`, cycle by cycle, each seen by `watch`; the cycle at `to`
    /// itself is the caller's. What is known holds on.
    pub fn pass(&mut self, to: Timestamp, mut watch: impl FnMut(&Self)) {
        let end = since_epoch(to);
        while let Some(next) = next_cycle(self.now().steady, self.due(), end, self.beat) {
            self.go_to(next);
            self.cycle();
            watch(self);
        }
        self.go_to(end);
    }

    fn go_to(&mut self, steady: Duration) {
        let wall = Timestamp::UNIX_EPOCH.checked_add(steady).unwrap_or(Timestamp::MAX);
        self.snapshot.now = Now { wall, steady };
    }

    /// One cycle at the present moment.
    pub fn cycle(&mut self) {
        let Self { site, rules, outcome, snapshot, overrides, own, .. } = self;
        let base = |point| base(site, own, point);
        cycle(snapshot, Some(rules), &site.points, overrides, &base, outcome);
        if let Some(since) = &mut self.since {
            since.note(&self.outcome, self.snapshot.now.wall);
        }
    }

    /// Explains the point, value or rule called `name`, after a cycle.
    ///
    /// # Errors
    /// If nothing is called so.
    pub fn explain(&self, name: &str) -> Result<Option<Explanation>, NotFound> {
        let nothing = Since::default();
        let subject = explain::find(self.site, &self.outcome, name)?;
        let scene = Scene {
            site: self.site,
            rules: Some(&self.rules),
            snapshot: &self.snapshot,
            outcome: &self.outcome,
            since: self.since.as_ref().unwrap_or(&nothing),
            overrides: &self.overrides,
            base: &|point| base(self.site, &self.own, point),
            standing: None,
            silent: &|_| None,
            basis: Basis::Replayed,
        };
        Ok(explain::explain(&scene, subject))
    }

    /// Before then nothing changes, unless a reading does.
    fn due(&self) -> Duration {
        let now = self.now();
        let Rules { program, state, guards } = &self.rules;
        let quiet = quiet(program, state, guards);
        let edges = self.overrides.iter().flat_map(|over| [over.from, over.until]);
        let wall = edges.filter(|edge| *edge > now.wall).fold(quiet.wall, Timestamp::min);
        quiet.steady.map_or(since_epoch(wall), |timer| timer.min(since_epoch(wall)))
    }
}

/// Steady time here is that since 1970: so the beats lie on whole multiples.
fn since_epoch(at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default()
}

/// What a point would do by itself, as far as the site and the record say.
fn base(site: &Site, own: &[Option<f64>], point: PointId) -> Base {
    let Some(command) = &site.points.get(point).command else { return Base::Unknown };
    let let_go = match command.release {
        Release::Value(value) => Some(value),
        _ => None,
    };
    let value = command.released.or(let_go).or(own[point.index()]);
    value.map_or(Base::Unknown, Base::Known)
}
