//! Whether a building is occupied, by the schedule that the site file names for it. Of
//! today's rule files, for those of the past are not kept; overrides of the schedule are
//! not looked at.

use std::cell::RefCell;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::Schedule;
use crate::rules::Program;
use crate::site::Site;

/// Of all buildings of a site. Asked in order of time, it looks at each change once.
#[derive(Debug)]
pub struct Occupancy {
    zone: TimeZone,
    /// By building; `None`: it names none, or the rules do not have it.
    schedules: Vec<Option<Schedule>>,
    /// By building: what was found last, from when until when it holds.
    last: RefCell<Vec<Option<(Timestamp, Timestamp, bool)>>>,
}

impl Occupancy {
    /// `program`: the site's rules; `None`: they cannot be used.
    #[must_use]
    pub fn of(site: &Site, program: Option<&Program>) -> Self {
        let schedule = |building: &crate::site::Building| {
            let named = building.occupancy.as_ref()?;
            let own = format!("{}.{}", building.name, named.schedule);
            let program = program?;
            program.schedule(&own).or_else(|| program.schedule(&named.schedule)).cloned()
        };
        let schedules: Vec<Option<Schedule>> = site.buildings.iter().map(schedule).collect();
        let last = RefCell::new(vec![None; schedules.len()]);
        Self { zone: site.time_zone.clone(), schedules, last }
    }

    /// `None`: unknown.
    #[must_use]
    pub fn is_occupied(&self, building: usize, at: Timestamp) -> Option<bool> {
        let schedule = self.schedules.get(building)?.as_ref()?;
        let mut last = self.last.borrow_mut();
        if let Some((from, until, on)) = last[building]
            && (from..until).contains(&at)
        {
            return Some(on);
        }
        let (on, until) = schedule.state(at, &self.zone);
        last[building] = Some((at, until, on));
        Some(on)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::model::diagnostic::Source;
    use crate::rules;
    use crate::site;

    #[test]
    fn a_schedule_is_asked_once_a_change_and_tells_the_same() {
        let text = "format = 1\n[site]\nname = \"Stadt\"\ntime_zone = \"Europe/Berlin\"\n\
                    [[building]]\nname = \"Haus\"\noccupancy = \"Nutzung\"\n[[building]]\nname = \"Halle\"\n";
        let source = Source { file: "site.toml".into(), text: text.into() };
        let site = site::load(&source, Path::new("/anlage"), &[]).site.unwrap();
        let rules = "language 1\nbuilding Haus\n\nschedule Nutzung\n  Mo-Fr  07:00-17:00\n";
        let source = Source { file: "haus.rules".into(), text: rules.into() };
        let compiled = rules::compile(std::slice::from_ref(&source), &site);
        let program = compiled.program.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        let occupancy = Occupancy::of(&site, Some(&program));
        let first: Timestamp = "2026-03-23T00:00:00Z".parse().unwrap();
        let mut on = 0;
        for quarter in 0..7 * 96 {
            let at = first + jiff::SignedDuration::from_mins(15 * quarter);
            let fresh = program.schedule_on("Haus.Nutzung", at);
            assert_eq!(occupancy.is_occupied(0, at), fresh, "{at}");
            on += i32::from(fresh == Some(true));
        }
        assert_eq!(on, 5 * 40);
        assert_eq!(occupancy.is_occupied(0, first), Some(false), "back in time");
        assert_eq!(occupancy.is_occupied(1, first), None);
        assert_eq!(Occupancy::of(&site, None).is_occupied(0, first), None);
    }
}
