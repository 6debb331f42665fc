//! Quantities as people write them, held against what they are for: `"20.5 °C"`,
//! `"10 min"`; what is wrong with them is told with the text put right.

use super::fault::Shape;
use super::place::{At, Faults};
use crate::model::unit::{NotAQuantity, parse_quantity};
use crate::model::{Quantity, Unit};

/// A quantity as written, its unit not yet held against what it is for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Amount {
    /// A bare TOML number.
    Number(f64),
    Text(String),
}

/// What a quantity in the file must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub quantity: Quantity,
    /// Canonical, both ends included.
    pub least: f64,
    pub most: f64,
    pub example: &'static str,
}

impl Wanted {
    /// A time between two bounds in seconds.
    pub const fn time(least: f64, most: f64, example: &'static str) -> Self {
        Self { quantity: Quantity::TIME, least, most, example }
    }
}

/// A canonical value in the unit that people would write it in.
pub(super) fn bound(quantity: Quantity, value: f64) -> String {
    let symbol = match value {
        _ if quantity != Quantity::TIME => return quantity.usual_unit().display(value),
        86_400.0.. => "d",
        3600.0.. => "h",
        60.0.. => "min",
        _ => "s",
    };
    Unit::parse(symbol).unwrap_or_else(Unit::none).display(value)
}

/// The canonical value of an amount, if it is of this quantity.
pub(super) fn convert(
    amount: &At<Amount>,
    wanted: Quantity,
    example: &str,
    faults: &mut Faults,
) -> Option<f64> {
    let fault = match &amount.value {
        Amount::Number(value) if wanted == Quantity::NONE && value.is_finite() => {
            return Some(*value);
        }
        Amount::Number(value) => {
            Shape::UnitMissing { mended: format!("{value} {}", unit_of(example)).trim().to_owned() }
        }
        Amount::Text(text) => match parse_quantity(text) {
            Ok((value, unit)) if unit.quantity == wanted && value.is_finite() => {
                return Some(value);
            }
            Ok((_, unit)) if unit.symbol.is_empty() => {
                Shape::UnitMissing { mended: format!("{} {}", text.trim(), unit_of(example)) }
            }
            Ok((value, unit)) => Shape::UnitMisfit {
                found: unit.symbol.clone(),
                wanted: match wanted {
                    Quantity::TIME => "s, min, h, d".to_owned(),
                    other => other.usual_unit().symbol,
                },
                // K written for °C, or the reverse: the number may stay.
                example: match wanted.usual_unit().symbol {
                    symbol if wanted.per(unit.quantity) == Quantity::NONE => {
                        format!("\"{value} {symbol}\"")
                    }
                    _ => example.to_owned(),
                },
            },
            Err(NotAQuantity::Comma(mended)) => Shape::Comma { mended },
            Err(NotAQuantity::UnknownUnit(unit)) => Shape::unknown_unit(&unit, text),
            Err(NotAQuantity::NoNumber) => {
                Shape::NotAQuantity { text: text.clone(), example: example.to_owned() }
            }
        },
    };
    faults.error(&amount.place, fault);
    None
}

/// The unit in an example such as `"10 s"`.
fn unit_of(example: &str) -> &str {
    example.trim_matches('"').split_once(' ').map_or("", |(_, unit)| unit)
}
