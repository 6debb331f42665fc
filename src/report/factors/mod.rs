//! Emission factors as data: each set has its edition and year, and a site may bring
//! its own. Sets of CO2 and of CO2e are never mixed, nor net and gross calorific
//! values: fuels are counted gross and converted before.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::site::Carrier;

/// What a set's grams are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gas {
    /// Carbon dioxide, as it leaves the chimney.
    Co2,
    /// All greenhouse gases, as CO2, with what comes before.
    Co2e,
}

/// Which calorific value a kWh is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    Net,
    Gross,
}

/// A set of greenhouse gas factors.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Greenhouse {
    pub name: String,
    pub edition: String,
    /// In which it was published.
    pub year: i16,
    pub gas: Gas,
    pub per: Per,
    pub source: String,
    factor: Vec<GramsFor>,
}

/// One factor of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GramsFor {
    #[serde(rename = "for")]
    what: String,
    /// The year that it describes; `None`: any.
    #[serde(default)]
    pub of: Option<i16>,
    /// g/kWh
    pub grams: f64,
    #[serde(default)]
    pub note: Option<String>,
}

/// Air pollutants, mg/kWh of fuel.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Pollutants {
    pub nox: f64,
    pub co: f64,
    pub so2: f64,
    pub pm10: f64,
    pub nmvoc: f64,
}

/// A set of air pollutants at the building.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Air {
    pub name: String,
    pub edition: String,
    pub year: i16,
    pub per: Per,
    pub source: String,
    factor: Vec<PollutantsFor>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct PollutantsFor {
    #[serde(rename = "for")]
    what: String,
    #[serde(flatten)]
    pollutants: Pollutants,
}

/// Gross over net calorific values.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calorific {
    pub name: String,
    pub edition: String,
    pub year: i16,
    pub source: String,
    factor: Vec<RatioFor>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct RatioFor {
    #[serde(rename = "for")]
    what: String,
    ratio: f64,
}

/// A file of factors that cannot be read, or whose numbers cannot be.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    #[error("{file} is no set of factors")]
    Form {
        file: String,
        #[source]
        source: Box<toml::de::Error>,
    },
    #[error("{file}: {what} cannot be {value}")]
    Value { file: String, what: String, value: f64 },
}

/// Reads a set, of a site or one of ours.
///
/// # Errors
/// [`FactorError::Form`].
pub fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, FactorError> {
    toml::from_str(text)
        .map_err(|source| FactorError::Form { file: file.to_owned(), source: Box::new(source) })
}

/// One of ours: a test holds that all are sound.
fn own<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> T {
    parse(file, text).expect("a shipped set of factors")
}

/// What a carrier is called in sets of factors. District heat has its own word by
/// what it is made of, which the site must say.
#[must_use]
pub const fn word(carrier: Carrier) -> Option<&'static str> {
    match carrier {
        Carrier::Electricity => Some("electricity"),
        Carrier::NaturalGas => Some("natural-gas"),
        Carrier::Biogas => Some("biogas"),
        Carrier::Lpg => Some("lpg"),
        Carrier::Oil => Some("oil"),
        Carrier::Wood => Some("wood"),
        Carrier::Pellets => Some("pellets"),
        Carrier::DistrictHeat => Some("district-heat"),
        // Made of the others, or no energy.
        Carrier::Heat | Carrier::Cold | Carrier::Water => None,
    }
}

impl Greenhouse {
    /// The sets that come with the program.
    #[must_use]
    pub fn shipped() -> [Self; 3] {
        [
            own("ghg-geg.toml", include_str!("ghg-geg.toml")),
            own("ghg-bafa.toml", include_str!("ghg-bafa.toml")),
            own("ghg-grid.toml", include_str!("ghg-grid.toml")),
        ]
    }

    /// Holds that its numbers can be.
    ///
    /// # Errors
    /// [`FactorError::Value`].
    pub fn check(self, file: &str) -> Result<Self, FactorError> {
        let wrong = self.factor.iter().find(|it| !(0.0..=5_000.0).contains(&it.grams));
        match wrong {
            Some(it) => Err(FactorError::Value {
                file: file.to_owned(),
                what: it.what.clone(),
                value: it.grams,
            }),
            None => Ok(self),
        }
    }

    /// The factor of a carrier (see [`word`]) in a year: the latest that is not of a
    /// later one; of one year the last in the file. `None`: the set has none.
    #[must_use]
    pub fn factor(&self, word: &str, year: i16) -> Option<&GramsFor> {
        let known = self.factor.iter().filter(|it| it.what == word);
        known.filter(|it| it.of.is_none_or(|of| of <= year)).max_by_key(|it| it.of)
    }

    /// kg for so many kWh, of the same calorific value as the set's.
    #[must_use]
    pub fn kilograms(&self, kwh: f64, word: &str, year: i16) -> Option<f64> {
        self.factor(word, year).map(|factor| kwh * factor.grams / 1000.0)
    }
}

impl Air {
    #[must_use]
    pub fn shipped() -> Self {
        own("air.toml", include_str!("air.toml"))
    }

    /// g of each pollutant for so many kWh of fuel; `None`: the set has none.
    #[must_use]
    pub fn grams(&self, kwh: f64, word: &str) -> Option<BTreeMap<&'static str, f64>> {
        let factor = self.factor.iter().find(|it| it.what == word)?.pollutants;
        let Pollutants { nox, co, so2, pm10, nmvoc } = factor;
        let all = [("nox", nox), ("co", co), ("so2", so2), ("pm10", pm10), ("nmvoc", nmvoc)];
        Some(all.into_iter().map(|(name, mg)| (name, kwh * mg / 1000.0)).collect())
    }
}

impl Calorific {
    #[must_use]
    pub fn shipped() -> Self {
        own("calorific.toml", include_str!("calorific.toml"))
    }

    /// kWh of the net calorific value, of so many of the gross one. What is no fuel
    /// has but one.
    #[must_use]
    pub fn net(&self, gross_kwh: f64, carrier: Carrier) -> Option<f64> {
        if !carrier.is_fuel() {
            return Some(gross_kwh);
        }
        let word = word(carrier)?;
        let ratio = self.factor.iter().find(|it| it.what == word)?.ratio;
        Some(gross_kwh / ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_sets_are_sound_and_say_what_they_are() {
        for set in Greenhouse::shipped() {
            assert!(!set.edition.is_empty() && (2000..2100).contains(&set.year), "{}", set.name);
            set.check("shipped").unwrap();
        }
        assert!(!Air::shipped().edition.is_empty());
        assert!(Calorific::shipped().factor.iter().all(|it| (1.0..1.25).contains(&it.ratio)));
    }

    #[test]
    fn factors_of_the_law() {
        let [geg, bafa, grid] = Greenhouse::shipped();
        let grams = |set: &Greenhouse, word, year| set.factor(word, year).map(|it| it.grams);
        assert_eq!(grams(&geg, "natural-gas", 2026), Some(240.0));
        assert_eq!(grams(&geg, "electricity", 1999), Some(560.0));
        assert_eq!(grams(&bafa, "district-heat", 2026), Some(280.0));
        assert_eq!(
            grams(&geg, "district-heat", 2026),
            None,
            "the site must say of what it is made"
        );
        assert_eq!((geg.gas, bafa.gas, grid.gas), (Gas::Co2e, Gas::Co2, Gas::Co2));
        // Of 2023 the revised one; later years by the last there is, which says so.
        assert_eq!(grams(&grid, "electricity", 2023), Some(386.0));
        let now = grid.factor("electricity", 2026).unwrap();
        assert_eq!((now.grams, now.of, now.note.as_deref()), (363.0, Some(2024), Some("estimate")));
        assert_eq!(grams(&grid, "electricity", 1989), None);
    }

    #[test]
    fn gas_is_billed_gross_and_factors_are_net() {
        let net = Calorific::shipped().net(11_080.0, Carrier::NaturalGas).unwrap();
        assert!((net - 10_000.0).abs() < 1e-9);
        let [geg, ..] = Greenhouse::shipped();
        assert!((geg.kilograms(net, "natural-gas", 2026).unwrap() - 2_400.0).abs() < 1e-9);
        assert_eq!(Calorific::shipped().net(5.0, Carrier::Electricity), Some(5.0));
        let air = Air::shipped().grams(net, "natural-gas").unwrap();
        assert!((air["nox"] - 680.0).abs() < 1e-9 && (air["pm10"] - 1.0).abs() < 1e-9);
        assert_eq!(Air::shipped().grams(1.0, "pellets"), None, "unknown is not zero");
        assert_eq!(Air::shipped().grams(1.0, "electricity").unwrap()["nox"], 0.0);
    }

    #[test]
    fn a_site_brings_its_own() {
        let text = "name = \"Stadtwerke\"\nedition = \"Bescheinigung 2025\"\nyear = 2025\n\
                    gas = \"co2e\"\nper = \"net\"\nsource = \"Stadtwerke\"\n\
                    factor = [{ for = \"district-heat\", grams = 95 }]\n";
        let set: Greenhouse = parse("fernwaerme.toml", text).unwrap();
        let set = set.check("fernwaerme.toml").unwrap();
        assert_eq!(set.kilograms(1_000.0, "district-heat", 2026), Some(95.0));
        let wrong: Greenhouse = parse("x", &text.replace("95", "-95")).unwrap();
        assert!(matches!(wrong.check("x"), Err(FactorError::Value { .. })));
        assert!(parse::<Greenhouse>("x", &text.replace("co2e", "kohle")).is_err());
    }
}
