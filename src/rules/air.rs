//! Moist air: dew point and water content. Saturation over water by the Magnus
//! formula with Sonntag's constants (WMO-No. 8, Guide to Instruments, annex
//! 4.B; −45 to 60 °C). Used by the evaluation, and by the checker for bounds.

/// Of the Magnus formula: hPa, 1, °C.
const AT_ZERO_HPA: f64 = 6.112;
const SLOPE: f64 = 17.62;
const POLE_C: f64 = 243.12;

/// The standard atmosphere (ISO 2533).
const PRESSURE_HPA: f64 = 1013.25;

/// Molar mass of water over that of dry air, in g/kg.
const MOLAR_RATIO_G_KG: f64 = 621.98;

/// ln of the vapour pressure over that at 0 °C; `None` where there is no such
/// air. More than 100 % is a sensor's error: no air holds more.
fn vapour(air_c: f64, relative_percent: f64) -> Option<f64> {
    let exists = air_c > -POLE_C && relative_percent >= 0.0;
    let relative = relative_percent.min(100.0) / 100.0;
    exists.then(|| relative.ln() + SLOPE * air_c / (POLE_C + air_c))
}

/// The dew point in °C; NaN where either is unknown, and of dry air.
pub(super) fn dew_point(air_c: f64, relative_percent: f64) -> f64 {
    let dew = |vapour: f64| POLE_C * vapour / (SLOPE - vapour);
    vapour(air_c, relative_percent).map(dew).filter(|dew| dew.is_finite()).unwrap_or(f64::NAN)
}

/// Water in g a kg of dry air, at standard pressure; NaN where either is
/// unknown, and where water boils.
pub(super) fn humidity(air_c: f64, relative_percent: f64) -> f64 {
    let Some(vapour) = vapour(air_c, relative_percent) else { return f64::NAN };
    let vapour_hpa = AT_ZERO_HPA * vapour.exp();
    let dry_hpa = PRESSURE_HPA - vapour_hpa;
    if dry_hpa > 0.0 { MOLAR_RATIO_G_KG * vapour_hpa / dry_hpa } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Air, relative humidity, dew point: DIN 4108-3, table of dew points, to
    /// 0.1 K.
    const DEW_POINTS: [(f64, f64, f64); 14] = [
        (30.0, 30.0, 10.5),
        (30.0, 55.0, 20.0),
        (30.0, 95.0, 29.1),
        (25.0, 50.0, 13.9),
        (25.0, 60.0, 16.7),
        (24.0, 60.0, 15.8),
        (22.0, 45.0, 9.5),
        (22.0, 70.0, 16.3),
        (20.0, 30.0, 1.9),
        (20.0, 50.0, 9.3),
        (20.0, 70.0, 14.4),
        (20.0, 95.0, 19.2),
        (10.0, 80.0, 6.7),
        (10.0, 90.0, 8.4),
    ];

    #[test]
    fn dew_points_are_those_of_the_table() {
        for (air, relative, dew) in DEW_POINTS {
            let found = dew_point(air, relative);
            assert!((found - dew).abs() < 0.11, "{air} °C, {relative} %: {found}, not {dew}");
        }
    }

    /// Saturated air at 101.325 kPa, g/kg: ASHRAE Fundamentals, Psychrometrics,
    /// table 2. It takes air as a real gas, about 0.5 % above the ideal one.
    const SATURATED: [(f64, f64); 6] = [
        (0.0, 3.789),
        (10.0, 7.661),
        (15.0, 10.694),
        (20.0, 14.758),
        (25.0, 20.170),
        (30.0, 27.329),
    ];

    #[test]
    fn saturated_air_holds_what_the_table_says() {
        for (air, water) in SATURATED {
            let found = humidity(air, 100.0);
            assert!((found / water - 1.0).abs() < 0.01, "{air} °C: {found}, not {water}");
            assert!((dew_point(air, 100.0) - air).abs() < 1e-9);
            assert_eq!(humidity(air, 104.0), found, "no air holds more");
        }
    }

    #[test]
    fn the_edges_are_unknown_and_never_infinite() {
        assert!(dew_point(20.0, 0.0).is_nan());
        assert_eq!(humidity(20.0, 0.0), 0.0);
        assert!(dew_point(20.0, -1.0).is_nan() && humidity(20.0, -1.0).is_nan());
        assert!(dew_point(f64::NAN, 50.0).is_nan() && humidity(20.0, f64::NAN).is_nan());
        assert!(dew_point(-243.12, 50.0).is_nan() && humidity(-300.0, 50.0).is_nan());
        assert!(humidity(120.0, 100.0).is_nan(), "steam");
    }
}
