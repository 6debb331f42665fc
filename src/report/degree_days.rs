//! Degree days of VDI 3807 and VDI 2067: G20/15, by which heat is corrected for the
//! weather, and heating degree days HGT15. Of daily means of the outdoor temperature;
//! a day of which nothing is known counts as unknown, not as warm.

/// From this daily mean on, in °C, nobody heats.
pub const HEATING_LIMIT_C: f64 = 15.0;
/// What rooms are heated to, in °C.
const ROOM_C: f64 = 20.0;

/// K·d of one day with this mean: 20 °C less it, below 15 °C.
#[must_use]
pub fn g20_15(mean_c: f64) -> f64 {
    if mean_c < HEATING_LIMIT_C { ROOM_C - mean_c } else { 0.0 }
}

/// K·d of one day with this mean: 15 °C less it, below 15 °C.
#[must_use]
pub fn hgt15(mean_c: f64) -> f64 {
    (HEATING_LIMIT_C - mean_c).max(0.0)
}

/// Of a period.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DegreeDays {
    /// K·d, of the days that are known.
    pub g20_15: f64,
    pub hgt15: f64,
    /// Days below 15 °C.
    pub heating_days: u32,
    pub known_days: u32,
    pub days: u32,
}

impl DegreeDays {
    /// Of the daily means of a period in °C, one for each of its days; `None`:
    /// unknown.
    #[must_use]
    pub fn of(means: &[Option<f64>]) -> Self {
        let mut sum = Self::default();
        for mean in means {
            sum.days += 1;
            let Some(mean) = mean.filter(|mean| mean.is_finite()) else { continue };
            sum.known_days += 1;
            sum.heating_days += u32::from(mean < HEATING_LIMIT_C);
            sum.g20_15 += g20_15(mean);
            sum.hgt15 += hgt15(mean);
        }
        sum
    }

    /// Share of the days that are known, 0–1.
    #[must_use]
    pub fn coverage(&self) -> f64 {
        f64::from(self.known_days) / f64::from(self.days.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_as_the_guide_has_them() {
        // ENERGY, test vector 1.
        for (mean, expected) in [(14.0, 6.0), (0.0, 20.0), (12.0, 8.0), (17.0, 0.0)] {
            assert_eq!(g20_15(mean), expected, "{mean} °C");
        }
        assert_eq!((g20_15(15.0), hgt15(15.0)), (0.0, 0.0), "exactly 15 °C counts not");
        assert_eq!((g20_15(14.99).round(), hgt15(14.0)), (5.0, 1.0));
        let january = DegreeDays::of(&[Some(0.0); 31]);
        assert_eq!((january.g20_15, january.heating_days), (620.0, 31));
    }

    #[test]
    fn an_unknown_day_is_none_of_the_warm_ones() {
        let some = DegreeDays::of(&[Some(10.0), None, Some(f64::NAN), Some(18.0)]);
        assert_eq!((some.g20_15, some.known_days, some.days), (10.0, 2, 4));
        assert_eq!(some.coverage(), 0.5);
        assert_eq!(DegreeDays::of(&[]).coverage(), 0.0);
    }
}
