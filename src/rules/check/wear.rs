//! Registers that wear out: whether the rules write them so often that they do
//! not last. Only what is to be expected is warned of: what schedules do, and
//! what follows a reading; a threshold that could be crossed every minute is
//! not crossed every minute, and the writer spares the register then.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Checker;
use super::protect::usual_line;
use crate::model::wear::{Allowance, LIFETIME, YEAR};
use crate::model::{Diagnostic, PointId};
use crate::rules::ast::Name;
use crate::rules::fault::WearFault;

/// Where no day is given, a year like any other.
const SOME_DAY: Date = Date::constant(2026, 1, 1);

impl Checker<'_> {
    /// Notes where a point that wears out is commanded first.
    pub(super) fn note_worn(&mut self, name: &Name, id: PointId) {
        let command = self.site().points.get(id).command.as_ref();
        if command.is_some_and(|command| command.endures.is_some()) {
            let file = self.here.source.file.clone();
            let place = (name.text.clone(), file, name.place.clone());
            self.worn.entry(id).or_insert(place);
        }
    }

    /// Warns of those that do not last.
    pub(super) fn check_worn(&mut self) {
        let day = self.texts.today.unwrap_or(SOME_DAY);
        let zone = &self.site().time_zone;
        let from = zone.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::UNIX_EPOCH);
        for (id, (name, file, place)) in std::mem::take(&mut self.worn) {
            let point = self.site().points.get(id);
            let endures = point.command.as_ref().and_then(|command| command.endures);
            let (Some(endures), pace) = (endures, self.program.pace(id, point, from)) else {
                continue;
            };
            let years = Allowance::of(endures).years(pace.a_year);
            let goal = LIFETIME.as_secs_f64() / YEAR.as_secs_f64();
            if !pace.expected || years >= goal {
                continue;
            }
            let held = self.protection_of(id).is_some_and(|it| it.step.is_some());
            let step = (pace.follows && !held).then(|| usual_line(point));
            let fault = WearFault { point: name, a_year: pace.a_year, endures, years, step };
            self.diagnostics.push(Diagnostic::warning(&file, place, fault));
        }
    }
}
