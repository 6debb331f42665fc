//! Prices as people write them: `28.4 ct/kWh`, `180 €/a`, `95 €/kW`; in euros or
//! cents. Called by `tariffs`; what a price may be is its matter.

use super::fault::{Shape, TariffFault};
use super::place::{At, Faults};

/// What a price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Per {
    Kwh,
    CubicMetre,
    Year,
    Kilowatt,
}

/// A price that a key wants.
#[derive(Debug, Clone, Copy)]
pub(super) struct WantedPrice {
    pub key: &'static str,
    pub per: Per,
    /// € for each; none costs more.
    pub most: f64,
    pub example: &'static str,
    pub fuel: bool,
}

impl Per {
    /// As told to people.
    const fn units(self) -> &'static str {
        match self {
            Self::Kwh => "ct/kWh",
            Self::CubicMetre => "€/m³",
            Self::Year => "€/a",
            Self::Kilowatt => "€/kW",
        }
    }
}

/// A price of a year by the day: 365 of them. In leap years the bill has one more.
const DAYS: f64 = 365.0;

/// € for each; told if it is none.
pub(super) fn price(at: &At<String>, wanted: WantedPrice, faults: &mut Faults) -> Option<f64> {
    let text = at.value.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || "+-.,".contains(c)));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let unit = unit.trim();
    if number.contains(',') {
        faults.error(&at.place, Shape::Comma { mended: text.replace(',', ".") });
        return None;
    }
    let example = wanted.example;
    let Ok(value) = number.parse::<f64>() else {
        faults.error(&at.place, TariffFault::NotAPrice { text: text.to_owned(), example });
        return None;
    };
    if unit.is_empty() {
        let mended = format!("{number} {}", wanted.per.units());
        faults.error(&at.place, Shape::UnitMissing { mended });
        return None;
    }
    let Some((euros, _)) = read(unit).filter(|(_, per)| *per == wanted.per) else {
        let meant = mended(unit).filter(|unit| read(unit).is_some_and(|it| it.1 == wanted.per));
        let fault = TariffFault::PriceUnit {
            found: unit.to_owned(),
            wanted: wanted.per.units(),
            mended: meant.map(|unit| format!("{number} {unit}")),
            fuel: wanted.fuel,
        };
        faults.error(&at.place, fault);
        return None;
    };
    let price = value * euros;
    if price < 0.0 {
        faults.error(&at.place, TariffFault::Negative { key: wanted.key });
        return None;
    }
    if price > wanted.most {
        let unit = wanted.per.units().replace("ct", "€");
        let most = format!("{} {unit}", wanted.most);
        faults.error(&at.place, TariffFault::Absurd { shown: text.to_owned(), most });
        return None;
    }
    Some(price)
}

/// € that one of the unit is, and for what.
fn read(unit: &str) -> Option<(f64, Per)> {
    let (money, per) = unit.split_once('/')?;
    let euros = match money.trim() {
        "€" | "EUR" => 1.0,
        "ct" => 0.01,
        _ => return None,
    };
    let (factor, per) = match per.trim() {
        "kWh" => (1.0, Per::Kwh),
        "MWh" => (1e-3, Per::Kwh),
        "m³" | "m3" => (1.0, Per::CubicMetre),
        "a" => (1.0, Per::Year),
        "month" => (12.0, Per::Year),
        "d" => (DAYS, Per::Year),
        "kW" => (1.0, Per::Kilowatt),
        _ => return None,
    };
    Some((euros * factor, per))
}

/// What was meant by a unit that is almost one.
fn mended(unit: &str) -> Option<String> {
    let (money, per) = unit.split_once('/')?;
    let money = match money.trim().to_lowercase().as_str() {
        "€" | "eur" | "euro" => "€",
        "ct" | "cent" | "cents" | "c" => "ct",
        _ => return None,
    };
    let per = match per.trim().to_lowercase().as_str() {
        "kwh" => "kWh",
        "mwh" => "MWh",
        "m³" | "m3" | "m^3" | "cbm" => "m³",
        "a" | "jahr" | "year" | "y" => "a",
        "month" | "monat" | "mon" => "month",
        "d" | "tag" | "day" => "d",
        "kw" | "kw/a" | "kwa" | "(kw·a)" | "kw·a" | "(kw*a)" | "kw/jahr" | "kw/year" => "kW",
        _ => return None,
    };
    Some(format!("{money}/{per}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::place::Place;

    fn euros(text: &str, per: Per) -> Result<f64, String> {
        let place = Place { file: "site.toml".into(), span: 0..1 };
        let mut faults = Faults::default();
        let wanted = WantedPrice { key: "work", per, most: 500.0, example: "", fuel: false };
        let price = price(&At { value: text.to_owned(), place }, wanted, &mut faults);
        price.ok_or_else(|| faults.list[0].fault.code().to_owned())
    }

    #[test]
    fn prices_by_what_they_are_for() {
        let close = |text, per, wanted: f64| {
            let found: f64 = euros(text, per).unwrap();
            assert!((found - wanted).abs() < 1e-9, "{text}: {found}");
        };
        close("28.4 ct/kWh", Per::Kwh, 0.284);
        close("0.284 EUR/kWh", Per::Kwh, 0.284);
        close("284 €/MWh", Per::Kwh, 0.284);
        close("195 ct/m³", Per::CubicMetre, 1.95);
        close("15 €/month", Per::Year, 180.0);
        close("0.5€/d", Per::Year, 182.5);
        close("95 €/kW", Per::Kilowatt, 95.0);
        close("0 ct/kWh", Per::Kwh, 0.0);
    }

    #[test]
    fn what_is_none_is_told() {
        for (text, code) in [
            ("28,4 ct/kWh", "comma"),
            ("28.4", "missing-unit"),
            ("viel", "price"),
            ("-1 ct/kWh", "price"),
            ("501 €/kWh", "price"),
            ("2 €/m³", "price-unit"),
            ("28.4 Cent/kWh", "price-unit"),
            ("28.4 kWh", "price-unit"),
        ] {
            assert_eq!(euros(text, Per::Kwh), Err(code.to_owned()), "{text}");
        }
    }
}
