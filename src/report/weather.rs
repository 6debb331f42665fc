//! Heat as it would have been in a usual year. Only what depends on the weather is
//! corrected: hot water is taken off before and added again. Either by degree days
//! (norm over actual, of one station) or by the climate factor of the DWD, never by
//! both. Where the data do not carry it, the answer is why.

use super::degree_days::DegreeDays;
use crate::model::Language;

/// Shorter than a heating period nothing is corrected: a month without degree days
/// would divide by zero, and one with a few by chance.
pub const SHORTEST_DAYS: u32 = 180;
/// Less of the days known, and the degree days are those of another period.
pub const LEAST_COVERAGE: f64 = 0.95;

/// What correction goes by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Basis<'a> {
    /// Of one station: K·d of the usual year (or the same months of it), and those
    /// of the period.
    DegreeDays { norm: f64, norm_station: &'a str, actual: DegreeDays, station: &'a str },
    /// The DWD's climate factor of the place and the twelve months.
    ClimateFactor(f64),
}

/// What of the heat is hot water.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HotWater {
    /// The meter has none of it.
    None,
    /// kWh, measured or by [`hot_water`].
    Kwh(f64),
    /// It has, and nobody knows how much.
    Unknown,
}

/// Why heat is not corrected.
#[derive(Debug, Clone, PartialEq)]
pub enum Uncorrected {
    /// So many days are too few.
    Short {
        days: u32,
    },
    /// Share of the days of which the temperature is known.
    Coverage {
        share: f64,
    },
    NoDegreeDays,
    OtherStation {
        norm: String,
        actual: String,
    },
    HotWaterUnknown,
    /// Not twelve months: the usual year is one of all seasons.
    NotAYear,
    /// The site file says neither the usual year nor a climate factor.
    NoUsualYear,
    /// There are no outdoor temperatures of the period, or only those of a wall of
    /// which nobody knows how warm it is.
    NoTemperatures,
    /// Share of the time in which heat was counted.
    HeatIncomplete {
        share: f64,
    },
    /// kWh: more hot water than heat.
    HotWaterAbove {
        hot_water: f64,
        heat: f64,
    },
}

impl Uncorrected {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::Short { days } => (
                format!("nicht witterungsbereinigt: {days} Tage sind weniger als eine Heizperiode"),
                format!("not weather-corrected: {days} days are less than a heating period"),
            ),
            Self::Coverage { share } => {
                let percent = share * 100.0;
                (
                    format!(
                        "nicht witterungsbereinigt: die Außentemperatur ist nur für {percent:.0} % der Tage bekannt"
                    ),
                    format!(
                        "not weather-corrected: the outdoor temperature is known of {percent:.0} % of the days only"
                    ),
                )
            }
            Self::NoDegreeDays => (
                "nicht witterungsbereinigt: in diesem Zeitraum liegt kein Heiztag".to_owned(),
                "not weather-corrected: there is no heating day in this period".to_owned(),
            ),
            Self::OtherStation { norm, actual } => (
                format!(
                    "nicht witterungsbereinigt: das langjährige Mittel ist von {norm}, die Gradtage sind von {actual}"
                ),
                format!(
                    "not weather-corrected: the usual year is of {norm}, the degree days are of {actual}"
                ),
            ),
            Self::HotWaterUnknown => (
                "nicht witterungsbereinigt: wie viel davon Warmwasser ist, ist unbekannt"
                    .to_owned(),
                "not weather-corrected: how much of it is hot water is unknown".to_owned(),
            ),
            Self::NotAYear => (
                "nicht witterungsbereinigt: nur zwölf ganze Monate werden bereinigt".to_owned(),
                "not weather-corrected: only twelve whole months are".to_owned(),
            ),
            Self::NoUsualYear => (
                "nicht witterungsbereinigt: in der Anlagendatei fehlt das langjährige Mittel ([weather] norm) oder der Klimafaktor".to_owned(),
                "not weather-corrected: the site file lacks the usual year ([weather] norm) or the climate factor".to_owned(),
            ),
            Self::NoTemperatures => (
                "nicht witterungsbereinigt: keine verlässliche Außentemperatur ([weather] dwd, oder sensor mit too_warm)".to_owned(),
                "not weather-corrected: no outdoor temperature to rely on ([weather] dwd, or sensor with too_warm)".to_owned(),
            ),
            Self::HeatIncomplete { share } => {
                let percent = share * 100.0;
                (
                    format!("nicht witterungsbereinigt: die Wärme ist nur für {percent:.0} % der Zeit bekannt"),
                    format!("not weather-corrected: heat is known of {percent:.0} % of the time only"),
                )
            }
            Self::HotWaterAbove { hot_water, heat } => (
                format!(
                    "nicht witterungsbereinigt: Warmwasser {hot_water:.0} kWh, Wärme im Ganzen nur {heat:.0} kWh"
                ),
                format!(
                    "not weather-corrected: hot water {hot_water:.0} kWh, all heat only {heat:.0} kWh"
                ),
            ),
        };
        language.pick(german, english)
    }
}

/// Corrected heat in kWh, of `heat` in kWh with its hot water in a period of so many
/// days.
///
/// # Errors
/// Why it cannot be corrected.
pub fn corrected(
    heat: f64,
    hot_water: HotWater,
    days: u32,
    basis: Basis<'_>,
) -> Result<f64, Uncorrected> {
    if days < SHORTEST_DAYS {
        return Err(Uncorrected::Short { days });
    }
    let hot_water = match hot_water {
        HotWater::None => 0.0,
        HotWater::Kwh(hot_water) if hot_water <= heat => hot_water,
        HotWater::Kwh(hot_water) => return Err(Uncorrected::HotWaterAbove { hot_water, heat }),
        HotWater::Unknown => return Err(Uncorrected::HotWaterUnknown),
    };
    Ok((heat - hot_water) * factor(basis)? + hot_water)
}

/// What the weather's part is multiplied by.
fn factor(basis: Basis<'_>) -> Result<f64, Uncorrected> {
    match basis {
        Basis::ClimateFactor(factor) => Ok(factor),
        Basis::DegreeDays { norm, norm_station, actual, station } => {
            if norm_station != station {
                let (norm, actual) = (norm_station.to_owned(), station.to_owned());
                return Err(Uncorrected::OtherStation { norm, actual });
            }
            if actual.coverage() < LEAST_COVERAGE {
                return Err(Uncorrected::Coverage { share: actual.coverage() });
            }
            if actual.g20_15 <= 0.0 {
                return Err(Uncorrected::NoDegreeDays);
            }
            // Days of which nothing is known were as cold as the others.
            Ok(norm * actual.coverage() / actual.g20_15)
        }
    }
}

/// A target for the usual year, as it is for a year of this weather: what a saving
/// is measured against.
///
/// Both in the same unit; degree days in K·d, of one station.
#[must_use]
pub fn target_of_year(target: f64, norm: f64, actual: f64) -> Option<f64> {
    (norm > 0.0).then(|| target * actual / norm)
}

/// How hot water's heat is known, where no meter counts it (HeizkostenV §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeatedBy {
    /// A boiler here, its fuel counted by the net calorific value.
    Boiler,
    /// A boiler here, gas billed by the gross calorific value.
    GasBilledGross,
    /// Heat that is supplied.
    Supplied,
}

/// kWh for so many m³ of hot water at this temperature: 2.5 kWh/(m³·K) above 10 °C.
#[must_use]
pub fn hot_water(volume_m3: f64, temperature_c: f64, by: HeatedBy) -> f64 {
    const KWH_PER_M3_K: f64 = 2.5;
    const COLD_C: f64 = 10.0;
    let heat = KWH_PER_M3_K * volume_m3 * (temperature_c - COLD_C).max(0.0);
    match by {
        HeatedBy::Boiler => heat,
        HeatedBy::GasBilledGross => heat * 1.11,
        HeatedBy::Supplied => heat / 1.15,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NORM: f64 = 3393.0;
    const HAMBURG: &str = "Hamburg-Fuhlsbüttel";

    fn year(g20_15: f64, known_days: u32) -> DegreeDays {
        DegreeDays { g20_15, hgt15: 0.0, heating_days: 200, known_days, days: 365 }
    }

    fn hamburg(actual: DegreeDays) -> Basis<'static> {
        Basis::DegreeDays { norm: NORM, norm_station: HAMBURG, actual, station: HAMBURG }
    }

    #[test]
    fn a_target_in_a_mild_year() {
        // ENERGY, test vector 2: Hamburg-Fuhlsbüttel 2014.
        let share = 2753.0 / NORM;
        assert_eq!((share * 1000.0).round() / 10.0, 81.1);
        let rounded = target_of_year(85_000.0, 1.0, 0.811).unwrap();
        assert_eq!((rounded.round(), (rounded - 65_000.0).round()), (68_935.0, 3_935.0));
        let exact = target_of_year(85_000.0, NORM, 2753.0).unwrap();
        assert_eq!(exact.round(), 68_967.0);
        assert_eq!(target_of_year(1.0, 0.0, 1.0), None);
    }

    #[test]
    fn hot_water_and_its_share_of_the_cost() {
        // ENERGY, test vector 3.
        let kwh = hot_water(47.2, 60.0, HeatedBy::Boiler);
        assert_eq!(kwh, 5_900.0);
        let share = kwh / 34_000.0;
        assert_eq!((share * 10_000.0).round() / 100.0, 17.35);
        let cents = |share: f64| (3_253.50 * share * 100.0).round();
        assert_eq!((cents(0.1735), cents(share)), (56_448.0, 56_458.0));
        assert_eq!(hot_water(47.2, 60.0, HeatedBy::Supplied).round(), 5_130.0);
        assert_eq!(hot_water(47.2, 60.0, HeatedBy::GasBilledGross).round(), 6_549.0);
        assert_eq!(hot_water(10.0, 8.0, HeatedBy::Boiler), 0.0);
    }

    #[test]
    fn heat_of_a_mild_year_with_its_hot_water_taken_off() {
        // ENERGY, test vector 4.
        let kwh = corrected(34_000.0, HotWater::Kwh(5_900.0), 365, hamburg(year(2753.0, 365)));
        assert!((kwh.unwrap() - 40_532.5).abs() < 0.05);
        // Whatever is hot water stays as it is.
        let all = corrected(5_900.0, HotWater::Kwh(5_900.0), 365, Basis::ClimateFactor(1.3));
        assert_eq!(all, Ok(5_900.0));
        assert_eq!(corrected(1_000.0, HotWater::None, 365, Basis::ClimateFactor(1.1)), Ok(1_100.0));
    }

    #[test]
    fn what_the_data_do_not_carry_is_not_corrected_and_says_why() {
        let why =
            |heat, hot_water, days, basis| corrected(heat, hot_water, days, basis).unwrap_err();
        let basis = hamburg(year(2753.0, 365));
        assert_eq!(why(1.0, HotWater::None, 31, basis), Uncorrected::Short { days: 31 });
        assert_eq!(why(1.0, HotWater::Unknown, 365, basis), Uncorrected::HotWaterUnknown);
        assert!(matches!(
            why(1.0, HotWater::Kwh(2.0), 365, basis),
            Uncorrected::HotWaterAbove { .. }
        ));
        let none = hamburg(year(0.0, 365));
        assert_eq!(why(1.0, HotWater::None, 365, none), Uncorrected::NoDegreeDays);
        let gaps = hamburg(year(2000.0, 300));
        assert!(matches!(why(1.0, HotWater::None, 365, gaps), Uncorrected::Coverage { .. }));
        let elsewhere = Basis::DegreeDays {
            norm: NORM,
            norm_station: "Potsdam",
            actual: year(2753.0, 365),
            station: HAMBURG,
        };
        let told = why(1.0, HotWater::None, 365, elsewhere);
        assert!(told.words(Language::En).contains("Potsdam"), "{told:?}");
    }

    #[test]
    fn a_few_missing_days_are_as_cold_as_the_others() {
        let whole = corrected(1_000.0, HotWater::None, 365, hamburg(year(3_650.0, 365))).unwrap();
        let most = corrected(1_000.0, HotWater::None, 365, hamburg(year(3_500.0, 350))).unwrap();
        assert!((whole - most).abs() < 1e-9);
    }
}
