//! Numbers within sentences.

use crate::model::Language;
pub use crate::report::form::shown::number;

/// kWh, from 10,000 on as MWh.
pub fn energy(kwh: f64, language: Language) -> String {
    match kwh.abs() {
        100_000.0.. => format!("{} MWh", number(kwh / 1000.0, 0, language)),
        10_000.0.. => format!("{} MWh", number(kwh / 1000.0, 1, language)),
        _ => format!("{} kWh", number(kwh, 0, language)),
    }
}

/// A figure with its band, in the same unit: `58,9 MWh`, `± 5,2 MWh`.
pub fn with_band(kwh: f64, band: f64, language: Language) -> (String, String) {
    let band = match kwh.abs() {
        10_000.0.. if (50.0..100_000.0).contains(&band) => {
            format!("± {} MWh", number(band / 1000.0, 1, language))
        }
        ..10_000.0 => format!("± {} kWh", number(band, 0, language)),
        _ => format!("± {}", energy(band, language)),
    };
    (energy(kwh, language), band)
}

/// kg, from a tonne on as t.
pub fn mass(kg: f64, language: Language) -> String {
    match kg.abs() {
        100_000.0.. => format!("{} t", number(kg / 1000.0, 0, language)),
        1_000.0.. => format!("{} t", number(kg / 1000.0, 1, language)),
        _ => format!("{} kg", number(kg, 0, language)),
    }
}

pub fn euros(euros: f64, language: Language) -> String {
    format!("{} €", number(euros, 0, language))
}

/// A share as `−6,2 %`.
pub fn percent(share: f64, decimals: u8, language: Language) -> String {
    format!("{} %", number(share * 100.0, decimals, language))
}

/// As [`percent`], with its sign.
pub fn change(share: f64, language: Language) -> String {
    let text = percent(share, 1, language);
    if share > 0.0 && !text.starts_with("0,0 ") && !text.starts_with("0.0 ") {
        format!("+{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_the_language() {
        let (de, en) = (Language::De, Language::En);
        assert_eq!(energy(412_300.0, de), "412 MWh");
        assert_eq!(energy(9_999.4, en), "9,999 kWh");
        assert_eq!(mass(1_270.0, de), "1,3 t");
        let band = |kwh, band| with_band(kwh, band, de).1;
        assert_eq!(with_band(58_900.0, 5_242.0, en), ("58.9 MWh".into(), "± 5.2 MWh".into()));
        assert_eq!(
            (band(9_000.0, 12_300.0), band(2e4, 40.0)),
            ("± 12.300 kWh".into(), "± 40 kWh".into())
        );
        assert_eq!(
            (band(2e6, 9_960.0), band(2e6, 230_000.0)),
            ("± 10,0 MWh".into(), "± 230 MWh".into())
        );
        assert_eq!((change(0.042, de), change(-0.042, en)), ("+4,2 %".into(), "−4.2 %".into()));
    }
}
