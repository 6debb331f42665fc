//! Words and numbers that all reports share.

use crate::model::{Language, Quantity, Unit};
use crate::site::Carrier;

/// What a carrier is called.
#[must_use]
pub fn carrier(carrier: Carrier, language: Language) -> &'static str {
    let (german, english) = match carrier {
        Carrier::Electricity => ("Strom", "electricity"),
        Carrier::NaturalGas => ("Erdgas", "natural gas"),
        Carrier::Biogas => ("Biogas", "biogas"),
        Carrier::Lpg => ("Flüssiggas", "LPG"),
        Carrier::Oil => ("Heizöl", "oil"),
        Carrier::Wood => ("Holz", "wood"),
        Carrier::Pellets => ("Pellets", "pellets"),
        Carrier::DistrictHeat => ("Fernwärme", "district heat"),
        Carrier::Heat => ("Wärme", "heat"),
        Carrier::Cold => ("Kälte", "cold"),
        Carrier::Water => ("Wasser", "water"),
    };
    language.pick(german, english)
}

/// A canonical amount as a column of figures has it: as many decimals in each line.
#[must_use]
pub fn amount(canonical: f64, unit: &Unit) -> String {
    let decimals = match unit.symbol.as_str() {
        "MWh" => 3,
        _ if unit.quantity == Quantity::VOLUME => 2,
        _ => 1,
    };
    // Rounded first: no -0.0.
    let shown = unit.shown(canonical) + 0.0;
    let text = format!("{shown:.decimals$} {}", unit.symbol);
    match text.strip_prefix("-0.") {
        Some(rest)
            if rest.trim_end_matches(|c: char| !c.is_ascii_digit()).chars().all(|c| c == '0') =>
        {
            format!("0.{rest}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_a_column_have_as_many_decimals() {
        let unit = |symbol| Unit::parse(symbol).unwrap();
        assert_eq!(amount(3.6e9, &unit("MWh")), "1.000 MWh");
        assert_eq!(amount(12.0, &unit("m³")), "12.00 m³");
        assert_eq!(amount(-1.0, &unit("kWh")), "0.0 kWh");
        assert_eq!(amount(-1.8e6, &unit("kWh")), "-0.5 kWh");
    }
}
