//! Shadow rules in the journal: a line where one would command something else
//! than before, and what is commanded instead. A value that moves all the time
//! is told of once a minute.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::run::Running;
use crate::control::{Base, Writer};
use crate::cycle::shadow::{self, Would};
use crate::model::{Now, Snapshot};
use crate::rules::Standing;

const SELDOM: Duration = Duration::from_secs(60);

/// What was told last of each rule and point, by name, and when.
#[derive(Debug, Default)]
pub struct Shadows {
    told: BTreeMap<(Arc<str>, String), (Option<String>, Duration)>,
}

impl Shadows {
    /// Whether this is worth a line.
    fn is_new(&mut self, key: (Arc<str>, String), would: Option<&String>, now: Now) -> bool {
        let told = self.told.get(&key);
        let due = told.is_none_or(|(before, at)| {
            before.as_ref() != would && now.steady.saturating_sub(*at) >= SELDOM
        });
        if due {
            self.told.insert(key, (would.cloned(), now.steady));
        }
        due
    }
}

impl Running {
    /// Tells what shadow rules would do, after a cycle.
    pub(super) fn tell_shadows(&mut self, snapshot: &Snapshot) {
        let Some(rules) = &self.rules else { return };
        if rules.program.shadows().next().is_none() {
            return;
        }
        let writer = self.writer.as_ref();
        let base =
            |point| writer.map_or(Base::Unknown, |writer: &Writer| writer.base(point, snapshot));
        let overrides = self.overrides.points();
        let points = &self.site.points;
        let all = shadow::would(rules, &self.outcome, points, overrides, &base, snapshot.now);
        for would in all {
            let status = &self.outcome.verdict.rules[would.rule];
            if status.standing == Standing::Waiting {
                continue;
            }
            let point = points.get(would.point);
            let show = |value: Option<f64>| value.map(|value| point.kind.display(value));
            let (shown, commanded) = (show(would.target), show(would.decided));
            let key = (Arc::from(status.rule.to_string()), point.name.clone());
            if self.shadows.is_new(key, shown.as_ref(), snapshot.now) {
                let words = self.words(would, shown, commanded);
                tracing::info!(rule = %status.rule, "{words}");
            }
        }
    }

    fn words(&self, would: Would, shown: Option<String>, commanded: Option<String>) -> String {
        let language = self.site.language;
        let released = || language.pick("freigegeben", "released").to_owned();
        let point = &self.site.points.get(would.point).name;
        let same = shown == commanded;
        let (shown, now) = (shown.unwrap_or_else(released), commanded.unwrap_or_else(released));
        if same {
            return language.pick(
                format!("nur gerechnet: {point} wäre {shown}, wie jetzt"),
                format!("only computed: {point} would be {shown}, as it is now"),
            );
        }
        language.pick(
            format!("nur gerechnet: {point} wäre {shown} statt {now}"),
            format!("only computed: {point} would be {shown} instead of {now}"),
        )
    }
}
