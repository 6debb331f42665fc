//! A point's registers to its canonical value and back: invalid patterns,
//! single bits, states, scale, plausible range. What is not known comes out as
//! a quality, never as a number; what does not fit a register is not sent.

use thiserror::Error;

use super::plan::Block;
use crate::model::point::state_index;
use crate::model::{Kind, Language, Point, Quality};
use crate::site::ModbusSource;
use crate::wire::decimal::scaled;
use crate::wire::modbus::{DataType, Table, Unfit, Words, assemble, bits_of, number, spread};

/// What a read gave.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Registers(Vec<u16>),
    Bits(Vec<bool>),
}

impl Answer {
    /// The raw bits of the value at `address` in the answer to `block`;
    /// `None` if it lies outside.
    #[must_use]
    pub fn raw(&self, block: &Block, address: u16, source: &ModbusSource) -> Option<u64> {
        let from = usize::from(address.checked_sub(block.address)?);
        match self {
            Self::Bits(bits) => bits.get(from).map(|bit| u64::from(*bit)),
            Self::Registers(words) => {
                let words = words.get(from..from + usize::from(source.data.width()))?;
                Some(assemble(source.order, words))
            }
        }
    }
}

/// The canonical value of `raw`.
///
/// # Errors
/// `Faulty` for a pattern that means "no value" and for NaN and infinity;
/// `OutOfRange` for a code that is none of the states and for a number
/// outside the point's range.
pub fn decode(point: &Point, source: &ModbusSource, raw: u64) -> Result<f64, Quality> {
    if source.invalid.contains(&raw) {
        return Err(Quality::Faulty);
    }
    let read = match source.bit {
        Some(bit) => f64::from(u8::from(raw.checked_shr(bit.into()).unwrap_or(0) & 1 == 1)),
        None => number(source.data, raw).ok_or(Quality::Faulty)?,
    };
    match &point.kind {
        Kind::States(states) if source.states.is_empty() => match state_index(read) {
            Some(index) if index < states.len() => Ok(read),
            _ => Err(Quality::OutOfRange),
        },
        Kind::States(_) => source
            .states
            .iter()
            .find(|(code, _)| *code as f64 == read)
            .map(|(_, state)| *state as f64)
            .ok_or(Quality::OutOfRange),
        Kind::Number(_) => {
            let value = scaled(read, source.scale) + source.offset;
            match point.range {
                _ if !value.is_finite() => Err(Quality::Faulty),
                Some((lowest, highest)) if !(lowest..=highest).contains(&value) => {
                    Err(Quality::OutOfRange)
                }
                _ => Ok(value),
            }
        }
    }
}

/// What is sent for a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encoded {
    Coil(bool),
    Registers(Words),
}

/// Why a value is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum NotSent {
    #[error("the point cannot be written")]
    ReadOnly,
    #[error("this state cannot be written")]
    NoSuchState,
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error("this number means \"no value\" to the device")]
    MeansNothing,
}

impl NotSent {
    /// For people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::ReadOnly => {
                language.pick("der Punkt ist nur lesbar", "the point is read only").to_owned()
            }
            Self::NoSuchState => language
                .pick(
                    "diesen Zustand nimmt das Gerät nicht an",
                    "the device does not take this state",
                )
                .to_owned(),
            Self::Unfit(Unfit::NotANumber) => {
                language.pick("keine endliche Zahl", "not a finite number").to_owned()
            }
            Self::Unfit(Unfit::OutOfRange { number, lowest, highest }) => language.pick(
                format!("Rohwert {number} liegt außerhalb des Registers ({lowest} bis {highest})"),
                format!("raw value {number} does not fit the register ({lowest} to {highest})"),
            ),
            Self::MeansNothing => language
                .pick(
                    "dieser Rohwert bedeutet für das Gerät \"kein Wert\"",
                    "this raw value means \"no value\" to the device",
                )
                .to_owned(),
        }
    }
}

/// The raw form of a canonical value, rounded to the register's step.
///
/// # Errors
/// If the point cannot be written, has no such state, or the value does not
/// fit the register: it is never wrapped and never cut.
pub fn encode(point: &Point, source: &ModbusSource, value: f64) -> Result<Encoded, NotSent> {
    let write = source.write.as_ref().ok_or(NotSent::ReadOnly)?;
    if source.bit.is_some() || !matches!(write.table, Table::Coil | Table::Holding) {
        return Err(NotSent::ReadOnly);
    }
    let raw = match &point.kind {
        Kind::States(states) => {
            let state = state_index(value).filter(|state| *state < states.len());
            let state = state.ok_or(NotSent::NoSuchState)?;
            if write.states.is_empty() {
                value
            } else {
                let code = write.states.iter().find(|(of, _)| *of == state);
                code.ok_or(NotSent::NoSuchState)?.1 as f64
            }
        }
        Kind::Number(_) => (value - source.offset) / source.scale,
    };
    let bits = bits_of(source.data, raw)?;
    if source.invalid.contains(&bits) {
        return Err(NotSent::MeansNothing);
    }
    Ok(if write.table.is_bits() {
        Encoded::Coil(bits_of(DataType::Bool, raw)? == 1)
    } else {
        Encoded::Registers(spread(source.order, bits, source.data.width()))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::model::{Quantity, Role};
    use crate::site::ModbusWrite;
    use crate::wire::modbus::Order;

    fn point(kind: Kind) -> Point {
        Point {
            name: "b.d.p".into(),
            building: 0,
            device: 0,
            kind,
            role: Role::Other,
            range: None,
            poll: Duration::from_secs(10),
            command: None,
            readable: true,
            by_hand: None,
            hours: Vec::new(),
            keep: Default::default(),
            momentary: false,
            pulse: None,
            rolls_over: None,
            formerly: Vec::new(),
        }
    }

    fn celsius() -> Point {
        point(Kind::Number(Quantity::CELSIUS.usual_unit()))
    }

    fn source(data: DataType) -> ModbusSource {
        let table = if data == DataType::Bool { Table::Coil } else { Table::Holding };
        ModbusSource {
            read: Some((table, 0)),
            write: Some(ModbusWrite { table, address: 0, multiple: false, states: Vec::new() }),
            data,
            order: Order::Abcd,
            scale: 1.0,
            offset: 0.0,
            invalid: Vec::new(),
            states: Vec::new(),
            bit: None,
        }
    }

    #[test]
    fn a_temperature_in_tenths() {
        let source = ModbusSource { scale: 0.1, invalid: vec![0x7FFF], ..source(DataType::I16) };
        let mut point = celsius();
        point.range = Some((-40.0, 60.0));
        assert_eq!(decode(&point, &source, 0xFFF6), Ok(-1.0));
        assert_eq!(decode(&point, &source, 0x7FFF), Err(Quality::Faulty));
        assert_eq!(decode(&point, &source, 601), Err(Quality::OutOfRange));
        assert!(matches!(encode(&point, &source, 20.5),
            Ok(Encoded::Registers(words)) if *words == [205]));
        assert!(matches!(
            encode(&point, &source, 7000.0),
            Err(NotSent::Unfit(Unfit::OutOfRange { .. }))
        ));
        assert_eq!(encode(&point, &source, 3276.7), Err(NotSent::MeansNothing));
        assert_eq!(encode(&point, &source, f64::NAN), Err(NotSent::Unfit(Unfit::NotANumber)));
    }

    #[test]
    fn not_a_number_is_faulty() {
        let source = source(DataType::F32);
        assert_eq!(decode(&celsius(), &source, 0x7FC0_0000), Err(Quality::Faulty));
    }

    #[test]
    fn states_have_their_own_codes_for_reading_and_writing() {
        // Systemair SAVE: manual is 1 as a status and 2 as a command.
        let mut source = source(DataType::U16);
        source.states = vec![(0, 0), (1, 1), (7, 1)];
        source.write.as_mut().unwrap().states = vec![(1, 2)];
        let mode = point(Kind::States(vec!["auto".into(), "manual".into()]));
        assert_eq!(decode(&mode, &source, 7), Ok(1.0));
        assert_eq!(decode(&mode, &source, 2), Err(Quality::OutOfRange));
        assert!(matches!(encode(&mode, &source, 1.0),
            Ok(Encoded::Registers(words)) if *words == [2]));
        assert_eq!(encode(&mode, &source, 0.0), Err(NotSent::NoSuchState));
        assert_eq!(encode(&mode, &source, 0.5), Err(NotSent::NoSuchState));
    }

    #[test]
    fn switches_without_codes_are_off_and_on() {
        let switch = point(Kind::switch());
        let coil = source(DataType::Bool);
        assert_eq!(decode(&switch, &coil, 1), Ok(1.0));
        assert_eq!(encode(&switch, &coil, 1.0), Ok(Encoded::Coil(true)));
        assert_eq!(encode(&switch, &coil, 2.0), Err(NotSent::NoSuchState));
        let register = source(DataType::U16);
        assert_eq!(decode(&switch, &register, 2), Err(Quality::OutOfRange));
    }

    #[test]
    fn a_single_bit_is_read_and_never_written() {
        let source = ModbusSource { bit: Some(3), ..source(DataType::U16) };
        let switch = point(Kind::switch());
        assert_eq!(decode(&switch, &source, 0b1000), Ok(1.0));
        assert_eq!(decode(&switch, &source, 0b0111), Ok(0.0));
        assert_eq!(encode(&switch, &source, 1.0), Err(NotSent::ReadOnly));
    }

    #[test]
    fn a_coil_takes_its_inverted_codes() {
        // Samson level coils: 0 = bus, 1 = autonomous.
        let mut source = source(DataType::Bool);
        source.states = vec![(0, 1), (1, 0)];
        source.write.as_mut().unwrap().states = vec![(1, 0), (0, 1)];
        let level = point(Kind::States(vec!["autonomous".into(), "bus".into()]));
        assert_eq!(decode(&level, &source, 0), Ok(1.0));
        assert_eq!(encode(&level, &source, 1.0), Ok(Encoded::Coil(false)));
    }

    proptest! {
        /// What is written is read back within half a step.
        #[test]
        fn values_come_back(value in -3000.0_f64..3000.0, step in 0_usize..3, offset in -50.0_f64..50.0) {
            let scale = [1.0, 0.1, 0.01][step];
            let source = ModbusSource { scale, offset, ..source(DataType::I16) };
            match encode(&celsius(), &source, value) {
                Ok(Encoded::Registers(words)) => {
                    let raw = assemble(source.order, &words);
                    let read = decode(&celsius(), &source, raw).unwrap();
                    prop_assert!((read - value).abs() <= scale / 2.0 + 1e-9);
                }
                Ok(Encoded::Coil(_)) => prop_assert!(false),
                Err(_) => prop_assert!(((value - offset) / scale).abs() > 32_766.0),
            }
        }
    }
}
