//! Summer, setback, curve, valves against each other.

use jiff::civil::{DateTime, Weekday};

use super::super::What;
use super::*;
use crate::history::Rollup;
use crate::model::Language;

/// Sixty days of a cold winter: 0 °C.
fn winter() -> Bench {
    Bench::new(date(2026, 1, 5), 60, |_| 0.0)
}

/// A room that is heated as its setpoint says: down by 0.25 K an hour at most, up
/// within two hours.
fn follows(at: DateTime) -> f64 {
    let since = (f64::from(at.hour()) + f64::from(at.minute()) / 60.0 - 17.0).rem_euclid(24.0);
    let weekend = matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday);
    match at.hour() {
        5..7 if !weekend => 18.0 + f64::from(at.hour() - 4),
        7..17 if !weekend => 21.0,
        _ => (21.0 - 0.25 * since).max(17.5),
    }
}

fn setpoint(at: DateTime) -> f64 {
    let weekend = matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday);
    if !weekend && (5..17).contains(&at.hour()) { 21.0 } else { 17.0 }
}

#[test]
fn nothing_is_lowered() {
    let mut bench = winter();
    bench.point("HK1.Raum", |at| about(at, 21.2)).point("HK1.Raum_Soll", |_| steady(21.0));
    let found = bench.find();
    assert_eq!(codes(&found), ["no-setback"]);
    let measure = &found.measures[0];
    assert_eq!(measure.points, ["Schule.HK1.Raum_Soll"]);
    let What::NoSetback { rests, of, circuits } = measure.what else { panic!() };
    // After each of 44 working days but the last, whose night is cut off.
    assert_eq!((rests, of, circuits), (43, 43, 1), "{measure:?}");
    assert!(measure.coverage > 0.99 && measure.saving.is_none(), "no meter of heat");
    assert!(measure.evidence(Language::De).starts_with("In 43 von 43 kalten Nächten"));

    // The setpoint is lowered.
    bench
        .point("HK1.Raum_Soll", |at| steady(setpoint(at)))
        .point("HK1.Raum", |at| steady(follows(at)));
    assert_eq!(codes(&bench.find()), [""; 0]);
    // It is not, but the mode is, the pump, or the room shows it.
    bench.point("HK1.Raum_Soll", |_| steady(21.0));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.point("HK1.Raum", |at| about(at, 21.2));
    bench.point("HK1.Betriebsart", |at| steady(if opened(at) { 2.0 } else { 3.0 }));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.point("HK1.Betriebsart", |_| steady(0.0));
    bench.point("HK1.Pumpe", |at| steady(f64::from(u8::from(at.hour() >= 5))));
    assert_eq!(codes(&bench.find()), [""; 0]);
}

#[test]
fn whether_anything_is_lowered_is_not_told_where_little_is_known() {
    let mut bench = winter();
    bench.point("HK1.Raum", |at| about(at, 21.2));
    assert_eq!(codes(&bench.find()), [""; 0], "a room alone may be slow to cool");
    bench.point("HK1.Raum_Soll", |at| steady(21.0).filter(|_| at.hour() != 23 && at.hour() > 1));
    assert_eq!(codes(&bench.find()), [""; 0], "part of each night is missing");
    bench.point("HK1.Raum_Soll", |_| steady(21.0));
    bench.occupied = |at| (at.hour() != 20).then_some(opened(at));
    assert_eq!(codes(&bench.find()), [""; 0], "nobody knows when it is occupied");
    let mut mild = Bench::new(date(2026, 1, 5), 60, |_| 11.0);
    mild.point("HK1.Raum_Soll", |_| steady(21.0));
    assert_eq!(codes(&mild.find()), [""; 0]);
    let mut short = Bench::new(date(2026, 1, 5), 21, |_| 0.0);
    short.point("HK1.Raum_Soll", |_| steady(21.0));
    assert_eq!(codes(&short.find()), [""; 0]);
}

#[test]
fn a_flow_that_is_lowered_counts_by_the_weather_of_the_night() {
    // Nights are 8 K colder: the flow rises by 12 K, or by 7 K with the setback.
    let outdoor = |at: DateTime| if (7..19).contains(&at.hour()) { 4.0 } else { -4.0 };
    let flow = move |at: DateTime, lower: f64| {
        let wobble = f64::from(at.day() % 5);
        let lower = if opened(at) { 0.0 } else { lower };
        steady(55.0 - 1.5 * (outdoor(at) + wobble) - lower)
    };
    let mut bench = winter();
    bench.point("HK1.Aussen", move |at| steady(outdoor(at) + f64::from(at.day() % 5)));
    bench.point("HK1.Vorlauf", move |at| flow(at, 0.0));
    assert_eq!(codes(&bench.find()), ["no-setback"]);
    bench.point("HK1.Vorlauf", move |at| flow(at, 5.0));
    assert_eq!(codes(&bench.find()), [""; 0]);
}

#[test]
fn a_setback_that_does_not_reach_the_room() {
    let mut bench = winter();
    bench.point("HK1.Raum_Soll", |at| steady(setpoint(at)));
    bench.point("HK1.Raum", |at| steady(if opened(at) { 21.0 } else { 20.9 }));
    let found = bench.find();
    assert!(codes(&found).contains(&"setback-not-reached"), "{:?}", codes(&found));
    let reached = found.measures.iter().find(|it| it.what.code() == "setback-not-reached").unwrap();
    let What::SetbackNotReached { lowered_k, fell_k, would_k, .. } = reached.what else { panic!() };
    assert!((lowered_k - 4.0).abs() < 0.01 && fell_k < 0.2 && would_k > 0.6, "{reached:?}");
    assert_eq!(reached.points, ["Schule.HK1.Raum", "Schule.HK1.Raum_Soll"]);
    // As a building does, however slow; and one of which nights are missing.
    bench.point("HK1.Raum", |at| steady(follows(at)));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.point("HK1.Raum", |at| steady(20.9).filter(|_| (6..20).contains(&at.hour())));
    assert_eq!(codes(&bench.find()), [""; 0]);
}

#[test]
fn a_room_that_is_warm_long_before_anybody_comes() {
    let early = |at: DateTime| {
        let weekend = matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday);
        !weekend && (1..17).contains(&at.hour())
    };
    let mut bench = winter();
    bench.point("HK1.Raum_Soll", move |at| steady(if early(at) { 21.0 } else { 17.0 }));
    bench.point("HK1.Raum", move |at| steady(if early(at) { 21.0 } else { 18.0 }));
    let found = bench.find();
    assert_eq!(codes(&found), ["setback-ends-early"]);
    let What::SetbackEndsEarly { early_h, .. } = found.measures[0].what else { panic!() };
    assert!((early_h - 6.0).abs() < 0.01);
    // It takes from 1 to 6 to be warm: that is no fault.
    let slow = move |at: DateTime| match at.hour() {
        _ if !early(at) => 18.0,
        hour @ 1..6 => 18.0 + 0.5 * f64::from(hour),
        _ => 21.0,
    };
    bench.point("HK1.Raum", move |at| steady(slow(at)));
    assert_eq!(codes(&bench.find()), [""; 0]);
}

/// A year whose summer has 20 °C.
fn year() -> Bench {
    Bench::new(date(2025, 1, 1), 365, |day| if (5..10).contains(&day.month()) { 20.0 } else { 2.0 })
}

fn summer(at: DateTime) -> bool {
    (5..10).contains(&at.month())
}

#[test]
fn heating_that_runs_in_summer() {
    let mut bench = year();
    bench.point("HK1.Pumpe", |_| steady(1.0));
    bench.meter("Waerme", |at| Some(if summer(at) { 5_000.0 } else { 20_000.0 }));
    let found = bench.find();
    assert_eq!(codes(&found), ["summer-heating"]);
    let measure = &found.measures[0];
    let What::SummerHeating { days, hours_a_day, kwh } = measure.what else { panic!() };
    // The first warm day has a cold one before it.
    assert_eq!((days, hours_a_day), (152, Some(24.0)));
    assert!(
        (kwh.unwrap() - 152.0 * 120.0).abs() < 1.0 && measure.saving.unwrap().a_year > 18_000.0
    );
    assert_eq!(measure.points, ["Schule.HK1.Pumpe", "Schule.HK1.Ventil", "Waerme"]);
    // The meter alone, and the pump alone.
    bench.point("HK1.Pumpe", |_| None);
    assert_eq!(codes(&bench.find()), ["summer-heating"]);
    let mut pump = year();
    pump.point("HK1.Pumpe", |_| steady(1.0));
    let found = pump.find();
    assert_eq!((codes(&found), found.measures[0].saving), (vec!["summer-heating"], None));
}

#[test]
fn a_summer_without_heating_and_one_of_which_little_is_known() {
    let mut bench = year();
    bench.point("HK1.Pumpe", |at| {
        // A pump that is exercised for a quarter hour a day.
        steady(f64::from(u8::from(!summer(at) || (at.hour(), at.minute()) == (3, 0))))
    });
    bench.meter("Waerme", |at| Some(if summer(at) { 100.0 } else { 20_000.0 }));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.point("HK1.Pumpe", |at| steady(1.0).filter(|_| at.hour() > 5));
    assert_eq!(codes(&bench.find()), [""; 0], "a quarter of each day is missing");
    bench.point("HK1.Pumpe", |_| None);
    bench.meter("Waerme", |at| Some(5_000.0).filter(|_| !summer(at) || at.day() < 2));
    assert_eq!(codes(&bench.find()), [""; 0]);
    let mut spell = Bench::new(date(2025, 4, 1), 30, |day| if day.day() < 10 { 17.0 } else { 8.0 });
    spell.point("HK1.Pumpe", |_| steady(1.0));
    assert_eq!(codes(&spell.find()), [""; 0], "a warm spell in spring");
}

#[test]
fn a_curve_that_is_too_high() {
    let outdoor = |at: DateTime| f64::from(at.day() % 10) - 2.0;
    let mut bench = winter();
    bench.point("HK1.Aussen", move |at| steady(outdoor(at)));
    bench.point("HK1.Vorlauf", move |at| {
        steady(60.0 - 1.5 * outdoor(at) - if opened(at) { 0.0 } else { 15.0 })
    });
    bench.point("HK1.Raum_Soll", |_| steady(20.0));
    bench.point("HK1.Raum", |at| about(at, 22.0));
    let found = bench.find();
    assert_eq!(codes(&found), ["curve-too-steep"]);
    let What::CurveTooSteep { slope, excess_k } = found.measures[0].what else { panic!() };
    assert!((slope - 1.5).abs() < 1e-3 && (excess_k - 2.05).abs() < 1e-3);
    // Warm by other things: the valve is shut.
    bench.point("HK1.Ventil", |_| steady(10.0));
    assert_eq!(codes(&bench.find()), [""; 0]);
    // As warm as asked for; then with a return that is too warm; and without weather.
    bench.point("HK1.Ventil", |_| None).point("HK1.Raum", |at| about(at, 20.3));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.point("HK1.Ruecklauf", |at| about(at, 55.0));
    assert_eq!(codes(&bench.find()), ["return-too-warm"]);
    bench.point("HK1.Aussen", |_| None).point("HK1.Raum", |at| about(at, 22.0));
    assert_eq!(codes(&bench.find()), [""; 0]);
}

#[test]
fn valves_that_work_against_each_other() {
    let mut bench = Bench::new(date(2026, 4, 1), 30, |_| 12.0);
    bench.point("RLT.Erhitzer", |at| steady(if at.hour() < 6 { 40.0 } else { 0.0 }));
    bench.point("RLT.Kühler", |at| steady(if at.hour() >= 4 { 30.0 } else { 0.0 }));
    let found = bench.find();
    assert_eq!(codes(&found), ["heating-and-cooling"]);
    assert_eq!(found.measures[0].what, What::HeatingAndCooling { hours: 60.0, open_h: 720.0 });
    // In turns, within a quarter hour too.
    bench.point("RLT.Kühler", |at| steady(if at.hour() >= 6 { 30.0 } else { 0.0 }));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.point("RLT.Kühler", |_| Some(Rollup { min: Some(0.0), ..steady(30.0)? }));
    assert_eq!(codes(&bench.find()), [""; 0]);
    bench.point("RLT.Kühler", |at| steady(30.0).filter(|_| at.day() < 4));
    assert_eq!(codes(&bench.find()), [""; 0], "of three days 18 h are known");
}
