//! What a test gives: readings of points, and how schedules are.

use std::collections::HashSet;

use super::Checker;
use super::names::Symbol;
use crate::model::PointId;
use crate::rules::ast::{self, Name, Written};
use crate::rules::fault::TestFault;
use crate::rules::test_case::{Given, GivenSchedule};

impl Checker<'_> {
    pub(super) fn givens(&mut self, givens: &[ast::Given]) -> (Vec<Given>, Vec<GivenSchedule>) {
        let mut met = HashSet::new();
        let (mut points, mut schedules) = (Vec::new(), Vec::new());
        for given in givens {
            let symbol = self.look_up(&given.name.text);
            if matches!(symbol, Some(Symbol::Point(_) | Symbol::Schedule(_))) && !met.insert(symbol)
            {
                self.report(&given.name.place, TestFault::GivenTwice(given.name.text.clone()));
            }
            match symbol {
                Some(Symbol::Point(point)) => points.extend(self.given_point(given, point)),
                Some(Symbol::Schedule(_)) => schedules.extend(self.given_schedule(given, symbol)),
                Some(Symbol::Opaque) => {}
                Some(_) => {
                    let fault = TestFault::GivenNotAPoint(given.name.text.clone());
                    self.report(&given.name.place, fault);
                }
                None => self.report_unknown(&given.name),
            }
        }
        (points, schedules)
    }

    fn given_point(&mut self, given: &ast::Given, point: PointId) -> Option<Given> {
        let value = match &given.value {
            None => None,
            Some(written) => Some(self.given_value(&given.name, point, written)?),
        };
        Some(Given { point, value })
    }

    fn given_schedule(
        &mut self,
        given: &ast::Given,
        symbol: Option<Symbol>,
    ) -> Option<GivenSchedule> {
        let Some(written) = &given.value else {
            let name = given.name.text.clone();
            self.report(&given.name.place, TestFault::ScheduleNeverBad(name));
            return None;
        };
        let (name, kind) = self.expected_name(&given.name, symbol)?;
        let on = self.value_written(&given.name, &kind, written)? == 1.0;
        Some(GivenSchedule { name, on })
    }

    fn given_value(&mut self, name: &Name, point: PointId, written: &Written) -> Option<f64> {
        let site = self.site();
        let point = site.points.get(point);
        let value = self.value_written(name, &point.kind, written)?;
        if let Some((low, high)) = point.range
            && !(low..=high).contains(&value)
        {
            let (low, high) = (point.kind.display(low), point.kind.display(high));
            let fault = TestFault::GivenOutOfRange { point: name.text.clone(), low, high };
            self.report(written.place(), fault);
            return None;
        }
        Some(value)
    }
}
