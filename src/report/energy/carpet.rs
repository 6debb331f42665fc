//! The hours of days as the clock on the wall has them: mean power of each, for a
//! carpet. The hour that comes twice in autumn is the mean of both; the one that is left
//! out in spring is unknown.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::report::{By, period};

use super::period::Period;
use super::used::{Counted, KWH};

/// From the period's first day on: kW of each hour. `None`: no hour of it is known.
#[must_use]
pub fn carpet(
    meters: &[(usize, &Counted<'_>, f64)],
    of: Period,
    zone: &TimeZone,
) -> Option<Vec<[Option<f32>; 24]>> {
    let hours = period::parts(of.span(zone), By::Hour, zone);
    let mut sums: Vec<Option<f64>> = vec![Some(0.0); hours.len()];
    for (_, counted, sign) in meters {
        let series = crate::report::series(&counted.profile(), &hours);
        for (sum, used) in sums.iter_mut().zip(series) {
            // A dial tells nothing of an hour.
            let known = used.is_covered() && !used.is_estimated() && counted.unit() == KWH;
            let watts = used.amount.map(|joules| joules / (used.span.length_ms() as f64 / 1000.0));
            *sum = sum.zip(watts.filter(|_| known)).map(|(sum, watts)| sum + watts * sign);
        }
    }
    let mut days = vec![[None; 24]; of.days() as usize];
    let mut any = false;
    for (hour, watts) in hours.iter().zip(sums) {
        let Some(watts) = watts else { continue };
        let at = jiff::Timestamp::from_millisecond(hour.from_ms).unwrap_or_default();
        let local = zone.to_datetime(at);
        let place = usize::try_from(days_between(of.first, local.date())).ok();
        let Some(day) = place.and_then(|place| days.get_mut(place)) else { continue };
        let Some(cell) = usize::try_from(local.hour()).ok().and_then(|hour| day.get_mut(hour))
        else {
            continue;
        };
        let kilowatts = (watts / 1000.0) as f32;
        *cell = Some(cell.map_or(kilowatts, |first: f32| f32::midpoint(first, kilowatts)));
        any = true;
    }
    any.then_some(days)
}

fn days_between(first: Date, day: Date) -> i32 {
    day.since(first).map_or(-1, |span| span.get_days())
}
