//! Sensors that stand, overrides that were forgotten.

use super::super::{Sure, What};
use super::*;
use crate::history::{Event, EventKind};

/// A room that moves by its last digit from hour to hour, and by 4 K over some days.
fn moving(at: jiff::civil::DateTime) -> f64 {
    18.0 + f64::from(at.day() % 5) + f64::from(at.hour()) * 0.1
}

#[test]
fn a_sensor_that_stands_while_others_move() {
    let mut bench = Bench::new(date(2026, 2, 1), 30, |_| 0.0);
    bench.point("HK1.Raum", |at| {
        steady(if (6..12).contains(&at.day()) { 20.3 } else { moving(at) })
    });
    bench.point("HK2.Raum", |at| steady(moving(at)));
    let found = bench.find();
    assert_eq!(codes(&found), ["sensor-stuck"]);
    let measure = &found.measures[0];
    assert_eq!(measure.points, ["Schule.HK1.Raum"]);
    let What::SensorStuck { shown, days, others } = &measure.what else { panic!() };
    assert_eq!((shown.as_str(), days.round(), others.as_deref()), ("20.3 °C", 6.0, Some("6 K")));
    assert_eq!(measure.sure, Sure::Likely);

    // The others stand as well: nobody was there.
    bench.point("HK2.Raum", |at| {
        steady(if (5..13).contains(&at.day()) { 19.0 } else { moving(at) })
    });
    assert_eq!(codes(&bench.find()), [""; 0]);
    // Two days only; six with a day in between of which nothing is known.
    bench.point("HK2.Raum", |at| steady(moving(at)));
    bench
        .point("HK1.Raum", |at| steady(if (6..8).contains(&at.day()) { 20.3 } else { moving(at) }));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.point("HK1.Raum", |at| {
        steady(if (6..11).contains(&at.day()) { 20.3 } else { moving(at) })
            .filter(|_| at.day() != 8)
    });
    assert_eq!(codes(&bench.find()), [""; 0]);
}

#[test]
fn a_sensor_of_half_degrees_may_stand_for_longer() {
    let mut bench = Bench::new(date(2026, 2, 1), 30, |_| 0.0);
    let coarse = |at: jiff::civil::DateTime, until: i8| {
        steady(if (6..until).contains(&at.day()) { 20.0 } else { (moving(at) * 2.0).round() / 2.0 })
    };
    bench.point("HK1.Raum", move |at| coarse(at, 11)).point("HK2.Raum", |at| steady(moving(at)));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.point("HK1.Raum", move |at| coarse(at, 14));
    assert_eq!(codes(&bench.find()), ["sensor-stuck"]);
}

#[test]
fn a_sensor_without_any_other_has_to_stand_for_two_weeks() {
    let mut bench = Bench::new(date(2026, 2, 1), 28, |_| 0.0);
    bench.point("RLT.CO2", |at| steady(if at.day() < 13 { 430.0 } else { 400.0 + moving(at) }));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.point("RLT.CO2", |at| steady(if at.day() < 16 { 430.0 } else { 400.0 + moving(at) }));
    let found = bench.find();
    assert_eq!((codes(&found), found.measures[0].sure), (vec!["sensor-stuck"], Sure::Hint));
    // The weather moved, the sensor outdoors did not.
    let mut outdoor = Bench::new(date(2026, 2, 1), 28, |day| f64::from(day.day() % 10));
    outdoor.point("HK1.Aussen", |_| steady(5.0));
    assert_eq!(codes(&outdoor.find()), ["sensor-stuck"]);
}

fn event(bench: &Bench, day: i64, value: Option<f64>, level: &str) -> Event {
    Event {
        at_ms: bench.span.from_ms + day * DAY_MS,
        kind: EventKind::Override,
        point: "Schule.HK1.Raum_Soll".into(),
        value,
        level: level.to_owned(),
        by: "meier".to_owned(),
        text: "Basar".to_owned(),
    }
}

#[test]
fn an_override_that_nobody_ended() {
    let mut bench = Bench::new(date(2026, 2, 1), 28, |_| 0.0);
    let begun = |bench: &Bench| event(bench, 3, Some(23.0), "until 2026-12-31T00:00:00Z");
    bench.events = vec![begun(&bench)];
    let found = bench.find();
    assert_eq!(codes(&found), ["override-forgotten"]);
    let What::OverrideForgotten { shown, days, over, .. } = &found.measures[0].what else {
        panic!()
    };
    assert_eq!((shown.as_str(), *days, *over), ("23 °C", 25.0, false));
    // Ended after a day; ended after ten; that it ends by itself is in its own words.
    bench.events.push(event(&bench, 4, None, "until 2026-12-31T00:00:00Z"));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.events[1].at_ms += 9 * DAY_MS;
    let found = bench.find();
    assert!(matches!(
        found.measures[0].what,
        What::OverrideForgotten { days: 10.0, over: true, .. }
    ));
    bench.events = vec![event(&bench, 3, Some(23.0), "until 2026-02-05T00:00:00Z")];
    assert_eq!(codes(&bench.find()), [""; 0]);
    // Planned, and not yet begun; before the period; another building's.
    bench.events =
        vec![event(&bench, 1, Some(23.0), "from 2026-02-27T00:00:00Z until 2026-12-31T00:00:00Z")];
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.events = vec![event(&bench, -20, Some(23.0), "until 2026-01-31T00:00:00Z")];
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.events = vec![Event { point: "Halle.HK1.Raum_Soll".into(), ..begun(&bench) }];
    assert_eq!(codes(&bench.find()), [""; 0]);
}
