//! Burners, heat pumps, pumps and fans that start too often for the time they run.
//! Counted are only starts that are certain, so that no run is shorter than told.

use super::Asked;
use super::measure::{Measure, Sure, What};
use super::operation::Operation;
use crate::model::Role;

/// Fewer are those of commissioning and service.
const LEAST_STARTS: u32 = 200;
const LEAST_HOURS: f64 = 20.0;
const LEAST_COVERAGE: f64 = 0.5;

/// Shorter than this in the mean, in hours, starts wear out the machine and cost more
/// than the run gives. Practice values: a burner's purge and start take some minutes of
/// each run, makers of compressors ask for 6 to 10 min.
const fn least_run_h(role: Role) -> Option<f64> {
    match role {
        Role::Burner | Role::Boiler | Role::HeatPump | Role::Compressor => Some(10.0 / 60.0),
        Role::Pump | Role::Fan => Some(5.0 / 60.0),
        _ => None,
    }
}

/// Those that do.
pub fn find(asked: &Asked<'_>, operation: &[Operation]) -> Vec<Measure> {
    let measure = |it: &Operation| {
        let run_h = it.run_h().filter(|run_h| least_run_h(it.role).is_some_and(|it| *run_h < it));
        let enough = it.certain_starts >= LEAST_STARTS
            && it.hours >= LEAST_HOURS
            && it.coverage() >= LEAST_COVERAGE;
        run_h.filter(|_| enough)?;
        Some(Measure {
            what: What::ShortCycling { starts: it.certain_starts, hours: it.hours },
            building: asked.building,
            points: vec![it.point.clone()],
            span: asked.span,
            coverage: it.coverage(),
            sure: Sure::Certain,
            saving: None,
        })
    };
    operation.iter().filter_map(measure).collect()
}
