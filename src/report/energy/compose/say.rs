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
        assert_eq!((change(0.042, de), change(-0.042, en)), ("+4,2 %".into(), "−4.2 %".into()));
    }
}
