//! Buildings whose truth is known.

use proptest::prelude::*;

use super::*;

/// A number between −1 and 1 that is the same each time.
fn noise(place: usize) -> f64 {
    let mut seed = place as u64 ^ 0x9e37_79b9_7f4a_7c15;
    for _ in 0..3 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
    }
    (seed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// A year of a building: °C with the season and the day's weather.
fn year(kwh: impl Fn(f64, bool, usize) -> f64) -> Vec<Day> {
    let day = |place: usize| {
        let season = (place as f64 / 365.0 * std::f64::consts::TAU).cos();
        let mean_c = 10.0 - 10.0 * season + 4.0 * noise(place);
        let occupied = place % 7 < 5;
        Day { mean_c, occupied, kwh: kwh(mean_c, occupied, place) }
    };
    (0..365).map(day).collect()
}

fn school(mean_c: f64, occupied: bool) -> f64 {
    let occupied = if occupied { 120.0 } else { 0.0 };
    80.0 + occupied + 45.0 * (15.0 - mean_c).max(0.0)
}

#[test]
fn a_building_that_is_heated_is_found_again() {
    let days =
        year(|mean, occupied, place| school(mean, occupied) * (1.0 + 0.05 * noise(place + 9)));
    let baseline = Baseline::fit(&days).unwrap();
    let heating = baseline.heating.unwrap();
    assert!((heating.balance_c - 15.0).abs() <= 1.0, "{baseline:?}");
    assert!((heating.kwh_per_k - 45.0).abs() < 2.0, "{baseline:?}");
    assert!((baseline.occupied - 120.0).abs() < 15.0 && baseline.cooling.is_none(), "{baseline:?}");
    assert!(baseline.fit.r2 > 0.98 && baseline.fit.cv_rmse < 0.06, "{baseline:?}");
}

#[test]
fn what_the_rules_saved_is_found_with_its_band() {
    let baseline = Baseline::fit(&year(|mean, occupied, place| {
        school(mean, occupied) + 40.0 * noise(place + 3)
    }))
    .unwrap();
    // The year after is colder, and less is used: 15 %.
    let after: Vec<Day> = year(|_, _, _| 0.0)
        .into_iter()
        .enumerate()
        .map(|(place, day)| {
            let mean_c = day.mean_c - 2.0;
            let kwh = 0.85 * school(mean_c, day.occupied) + 40.0 * noise(place + 77);
            Day { mean_c, kwh, ..day }
        })
        .collect();
    let saving = baseline.saving(&after);
    let share = saving.share().unwrap();
    assert!((share - 0.15).abs() < 0.01, "{saving:?}");
    assert!(saving.is_certain() && saving.band < 0.02 * saving.expected, "{saving:?}");
    // More than before, though less was saved: by weather alone it would seem so.
    let before: f64 =
        year(|mean, occupied, _| school(mean, occupied)).iter().map(|it| it.kwh).sum();
    assert!(saving.actual > 0.9 * before);
}

#[test]
fn nothing_saved_is_no_claim() {
    let wild = |seed: usize| {
        year(move |mean, occupied, place| school(mean, occupied) + 220.0 * noise(place * 3 + seed))
    };
    let baseline = Baseline::fit(&wild(1)).unwrap();
    let saving = baseline.saving(&wild(50_000)[..60]);
    assert!(!saving.is_certain(), "{saving:?}");
}

#[test]
fn what_carries_no_baseline_says_why() {
    let short = &year(|mean, occupied, _| school(mean, occupied))[..100];
    assert_eq!(Baseline::fit(short), Err(NoBaseline::FewDays { days: 100 }));
    assert_eq!(Baseline::fit(&year(|_, _, _| 0.0)), Err(NoBaseline::Idle));
    let chance = year(|_, _, place| 100.0 + 100.0 * noise(place * 7 + 1));
    assert!(matches!(Baseline::fit(&chance), Err(NoBaseline::Scatter { .. })));
    let why = NoBaseline::FewDays { days: 100 }.words(Language::En);
    assert!(why.contains("100 days"), "{why}");
}

#[test]
fn weather_that_does_not_matter_is_left_out() {
    let even =
        year(|_, occupied, place| if occupied { 200.0 } else { 50.0 } + 5.0 * noise(place + 1));
    let baseline = Baseline::fit(&even).unwrap();
    assert_eq!((baseline.heating, baseline.cooling), (None, None));
    assert!((baseline.base - 50.0).abs() < 2.0 && (baseline.occupied - 150.0).abs() < 2.0);
    let always: Vec<Day> =
        even.into_iter().map(|day| Day { occupied: true, kwh: 70.0, ..day }).collect();
    let flat = Baseline::fit(&always).unwrap();
    assert!((flat.expected(-5.0, true) - 70.0).abs() < 1e-6);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn heated_and_cooled_buildings_are_told_within_a_percent(
        base in 20.0..400.0_f64,
        more in 20.0..300.0_f64,
        heating in 5.0..80.0_f64,
        balance in 10.0..17.0_f64,
        cooling in 10.0..60.0_f64,
    ) {
        let truth = |mean: f64, occupied: bool| {
            let occupied = if occupied { more } else { 0.0 };
            base + occupied
                + heating * (balance - mean).max(0.0)
                + cooling * (mean - balance - 3.0).max(0.0)
        };
        let days = year(|mean, occupied, _| truth(mean, occupied));
        let baseline = Baseline::fit(&days).unwrap();
        let other: Vec<Day> = days
            .iter()
            .map(|day| Day { mean_c: day.mean_c + 1.0, kwh: truth(day.mean_c + 1.0, day.occupied), ..*day })
            .collect();
        let share = baseline.saving(&other).share().unwrap();
        prop_assert!(share.abs() < 0.01, "{share} {baseline:?}");
    }
}
