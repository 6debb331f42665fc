//! Numbers within sentences.

use crate::model::Language;

/// `1.234,5` or `1,234.5`; −0 is 0.
pub fn number(value: f64, decimals: usize, language: Language) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(language.pick('.', ','));
        }
        grouped.push(digit);
    }
    if !rest.is_empty() {
        grouped.push(language.pick(',', '.'));
        grouped.push_str(rest);
    }
    let zero = text.chars().all(|it| matches!(it, '0' | '.'));
    if value < 0.0 && !zero { format!("−{grouped}") } else { grouped }
}

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
pub fn percent(share: f64, decimals: usize, language: Language) -> String {
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
        assert_eq!(number(1_234_567.891, 1, de), "1.234.567,9");
        assert_eq!(number(-1_234.5, 1, en), "−1,234.5");
        assert_eq!(number(-0.04, 1, de), "0,0");
        assert_eq!(energy(412_300.0, de), "412 MWh");
        assert_eq!(energy(9_999.4, en), "9,999 kWh");
        assert_eq!(mass(1_250.0, de), "1,3 t");
        assert_eq!((change(0.042, de), change(-0.042, en)), ("+4,2 %".into(), "−4.2 %".into()));
    }
}
