//! Values as people type them: `20.5 °C`, `standby`.

use super::diagnostic::{Language, did_you_mean};
use super::point::Kind;
use super::unit::{NotAQuantity, Unit, parse_quantity};

/// Why a text is no value of a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAValue {
    NoNumber { example: String },
    Comma { corrected: String },
    UnknownUnit { unit: String, example: String },
    MissingUnit { corrected: String },
    WrongUnit { unit: String, example: String },
    UnknownState { states: Vec<String>, meant: Option<String> },
}

impl NotAValue {
    /// The sentence for people, with the way out.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::NoNumber { example } => language.pick(
                format!("hier gehört eine Zahl hin, zum Beispiel {example}"),
                format!("a number belongs here, for example {example}"),
            ),
            Self::Comma { corrected } => language.pick(
                format!("das Dezimalzeichen ist der Punkt: {corrected}"),
                format!("the decimal sign is the point: {corrected}"),
            ),
            Self::UnknownUnit { unit, example } => language.pick(
                format!("die Einheit „{unit}“ gibt es nicht; zum Beispiel {example}"),
                format!("there is no unit \"{unit}\"; for example {example}"),
            ),
            Self::MissingUnit { corrected } => language.pick(
                format!("die Einheit fehlt: {corrected}"),
                format!("the unit is missing: {corrected}"),
            ),
            Self::WrongUnit { unit, example } => language.pick(
                format!("„{unit}“ passt nicht zu diesem Punkt; zum Beispiel {example}"),
                format!("\"{unit}\" does not fit this point; for example {example}"),
            ),
            Self::UnknownState { states, meant: Some(meant) } => language.pick(
                format!("meinten Sie „{meant}“? Es gibt {}", states.join(", ")),
                format!("did you mean \"{meant}\"? There are {}", states.join(", ")),
            ),
            Self::UnknownState { states, meant: None } => language.pick(
                format!("diesen Zustand gibt es nicht; es gibt {}", states.join(", ")),
                format!("there is no such state; there are {}", states.join(", ")),
            ),
        }
    }
}

/// Reads a value of this kind: canonical, or the state's index.
///
/// # Errors
/// [`NotAValue`], which says what to type instead.
pub fn parse_value(kind: &Kind, text: &str) -> Result<f64, NotAValue> {
    match kind {
        Kind::Number(unit) => parse_number(unit, text),
        Kind::States(states) => parse_state(states, text),
    }
}

fn parse_state(states: &[String], text: &str) -> Result<f64, NotAValue> {
    let text = text.trim();
    states.iter().zip(0_u16..).find(|(state, _)| *state == text).map_or_else(
        || {
            let meant = did_you_mean(text, states.iter().map(String::as_str)).map(str::to_owned);
            Err(NotAValue::UnknownState { states: states.to_vec(), meant })
        },
        |(_, index)| Ok(f64::from(index)),
    )
}

fn parse_number(unit: &Unit, text: &str) -> Result<f64, NotAValue> {
    let example = unit.display(unit.canonical(20.0));
    let (value, written) = parse_quantity(text).map_err(|fault| match fault {
        NotAQuantity::NoNumber => NotAValue::NoNumber { example: example.clone() },
        NotAQuantity::Comma(corrected) => NotAValue::Comma { corrected },
        NotAQuantity::UnknownUnit(unit) => {
            NotAValue::UnknownUnit { unit, example: example.clone() }
        }
    })?;
    if written.quantity == unit.quantity {
        return Ok(value);
    }
    if written.symbol.is_empty() {
        return Err(NotAValue::MissingUnit { corrected: format!("{} {unit}", text.trim()) });
    }
    Err(NotAValue::WrongUnit { unit: written.symbol, example })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_needs_its_unit_and_a_state_its_name() {
        let room = Kind::Number(Unit::parse("°C").unwrap());
        assert_eq!(parse_value(&room, "20.5 °C"), Ok(20.5));
        assert_eq!(
            parse_value(&room, "20.5"),
            Err(NotAValue::MissingUnit { corrected: "20.5 °C".into() })
        );
        assert!(matches!(parse_value(&room, "20 kW"), Err(NotAValue::WrongUnit { .. })));
        let power = Kind::Number(Unit::parse("kW").unwrap());
        assert_eq!(parse_value(&power, "1 MW"), Ok(1e6));
        let mode = Kind::States(vec!["standby".into(), "day".into()]);
        assert_eq!(parse_value(&mode, "day"), Ok(1.0));
        assert!(matches!(
            parse_value(&mode, "standbi"),
            Err(NotAValue::UnknownState { meant: Some(_), .. })
        ));
    }
}
