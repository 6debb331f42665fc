//! From a point's words to where it lies on a Modbus device: table, address,
//! type, codes of states; and the device's limits. Addresses count from 0 as
//! they are sent (Modbus Application Protocol V1.1b3, 4.4).

use std::time::Duration;

use super::fault::{Meaning, Wire};
use super::place::{At, Faults, or};
use super::raw_point::RawPoint;
use super::states::{Codes, StateList};
use super::template::RawLimits;
use super::{ModbusLimits, ModbusSource, ModbusWrite, words};
use crate::model::unit::duration;
use crate::wire::modbus::{DataType, Table, Unfit, bits_of};

/// Where a point is read and written, and as what; its meaning comes later.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Registers {
    pub read: Option<(Table, u16)>,
    pub write: Option<(Table, u16)>,
    pub data: DataType,
    /// One bit: a coil, an input, a bit of a register.
    pub single_bit: bool,
}

/// Whether the type has steps.
pub(super) const fn is_whole(data: DataType) -> bool {
    !matches!(data, DataType::F32 | DataType::F64)
}

/// Reads `holding 105`, `coil 0x58`.
fn register(text: &str) -> Option<(Table, u16)> {
    let mut parts = text.split_whitespace();
    let table = words::of_list::<Table>(parts.next()?).ok()?;
    let address = number(parts.next()?)?;
    parts.next().is_none().then_some((table, address))
}

fn number(text: &str) -> Option<u16> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u16::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn place(text: Option<&At<String>>, faults: &mut Faults) -> Result<Option<(Table, u16)>, ()> {
    let Some(text) = text else { return Ok(None) };
    register(&text.value).map(Some).ok_or_else(|| {
        faults.error(&text.place, Wire::BadRegister { text: text.value.clone() });
    })
}

/// The places of a point; `None` if they are not told or wrong.
pub(super) fn registers(
    name: &At<String>,
    raw: &RawPoint,
    faults: &mut Faults,
) -> Option<Registers> {
    let (Ok(read), Ok(write)) =
        (place(raw.register.as_ref(), faults), place(raw.write.as_ref(), faults))
    else {
        return None;
    };
    let commandable = or(raw.commandable.as_ref(), false);
    let write = write.or(if commandable { read } else { None });
    let Some((table, address)) = read.or(write) else {
        raw.lacks(name, Wire::NoRegister { point: name.value.clone() }, faults);
        return None;
    };
    let data = data_type(name, raw, table, faults)?;
    let registers =
        Registers { read, write, data, single_bit: table.is_bits() || raw.bit.is_some() };
    let end = u32::from(address) + u32::from(data.width());
    if end > 0x1_0000 {
        let at = raw.register.as_ref().or(raw.write.as_ref())?;
        faults.error(&at.place, Wire::BeyondEnd { address, words: data.width() });
    }
    check_write(raw, &registers, faults);
    Some(registers)
}

fn data_type(
    name: &At<String>,
    raw: &RawPoint,
    table: Table,
    faults: &mut Faults,
) -> Option<DataType> {
    if table.is_bits() {
        let unfit: [(&'static str, Option<&super::place::Place>); 4] = [
            ("type", raw.data.as_ref().filter(|at| at.value != DataType::Bool).map(|at| &at.place)),
            ("order", raw.order.as_ref().map(|at| &at.place)),
            ("bit", raw.bit.as_ref().map(|at| &at.place)),
            ("unit", raw.unit.as_ref().map(|at| &at.place)),
        ];
        for (key, place) in unfit {
            if let Some(place) = place {
                faults.error(place, Wire::NotForBits { key });
            }
        }
        return Some(DataType::Bool);
    }
    match &raw.data {
        Some(data) if data.value == DataType::Bool => {
            faults.error(&data.place, Wire::BoolOfRegister);
            None
        }
        Some(data) if raw.bit.is_some() && data.value.width() != 1 => {
            faults.error(&data.place, Wire::BitOfWideType);
            None
        }
        Some(data) if raw.states.is_some() && !is_whole(data.value) => {
            faults.error(&data.place, Wire::StatesOfFloat);
            None
        }
        Some(data) => Some(data.value),
        None if raw.states.is_some() || raw.bit.is_some() => Some(DataType::U16),
        None => {
            raw.lacks(name, Wire::NoType { point: name.value.clone() }, faults);
            None
        }
    }
}

/// Functions 5, 6, 15 and 16 write (V1.1b3, 6.5, 6.6, 6.11, 6.12).
fn check_write(raw: &RawPoint, registers: &Registers, faults: &mut Faults) {
    let Some((table, _)) = registers.write else { return };
    let at = raw.write.as_ref().or(raw.register.as_ref());
    let Some(at) = at else { return };
    if matches!(table, Table::Input | Table::DiscreteInput) {
        faults.error(&at.place, Wire::ReadOnlyTable);
        return;
    }
    if registers.read.is_some_and(|(read, _)| read.is_bits() != table.is_bits()) {
        faults.error(&at.place, Wire::MixedTables);
    }
    if let Some(bit) = &raw.bit {
        faults.error(&bit.place, Wire::BitNotWritable);
    }
    if let Some(function) = &raw.write_function {
        let fits = match function.value {
            5 | 15 => table.is_bits(),
            6 => !table.is_bits() && registers.data.width() == 1,
            16 => !table.is_bits(),
            _ => false,
        };
        if !fits {
            let (function, place) = (function.value, &function.place);
            let words = registers.data.width();
            faults.error(place, Wire::WriteFunction { function, bits: table.is_bits(), words });
        }
    }
}

/// The finished source. `factor` is the unit's; 1 for states.
pub(super) fn source(
    raw: &RawPoint,
    registers: &Registers,
    states: Option<&StateList>,
    factor: f64,
    faults: &mut Faults,
) -> ModbusSource {
    let scale = or(raw.scale.as_ref(), 1.0);
    if let Some(at) = raw.scale.as_ref().filter(|at| at.value == 0.0) {
        faults.error(&at.place, Wire::ZeroScale);
    }
    let multiple = matches!(or(raw.write_function.as_ref(), 0), 15 | 16)
        || (registers.write.is_some() && registers.data.width() > 1);
    let write = registers.write.map(|(table, address)| ModbusWrite {
        table,
        address,
        multiple,
        states: states.map(|list| list.write.clone()).unwrap_or_default(),
    });
    if let Some(list) = states {
        check_codes(&list.codes, registers.data, faults);
    }
    ModbusSource {
        read: registers.read,
        write,
        data: registers.data,
        order: or(raw.order.as_ref(), Default::default()),
        scale: scale * factor,
        offset: or(raw.offset.as_ref(), 0.0) * factor,
        invalid: invalid(raw, registers.data, faults),
        states: states.map(|list| list.read.clone()).unwrap_or_default(),
        bit: raw.bit.as_ref().and_then(|bit| u8::try_from(bit.value).ok()),
    }
}

fn check_codes(codes: &Codes, data: DataType, faults: &mut Faults) {
    for at in codes {
        if let Err(Unfit::OutOfRange { lowest, highest, .. }) = bits_of(data, at.value as f64) {
            let (least, most) = (lowest as i128, highest as i128);
            faults.error(&at.place, Wire::CodeTooLarge { code: at.value, least, most });
        }
    }
}

/// Bit patterns; a negative number stands for the pattern it has in the type.
fn invalid(raw: &RawPoint, data: DataType, faults: &mut Faults) -> Vec<u64> {
    let bits = u32::from(data.width()) * 16;
    let mask = u64::MAX >> (64 - bits);
    let mut patterns = Vec::new();
    for at in raw.invalid.iter().flatten() {
        let (least, most) = (-(1_i128 << (bits - 1)), i128::from(mask));
        if (least..=most).contains(&at.value) {
            patterns.push((at.value & i128::from(mask)) as u64);
        } else {
            faults.error(&at.place, Wire::PatternTooLarge { bits });
        }
    }
    patterns
}

/// Whether a canonical value can be written at all.
pub(super) fn fits(source: &ModbusSource, value: f64) -> bool {
    bits_of(source.data, (value - source.offset) / source.scale).is_ok()
}

/// What the device bears, with the defaults.
pub(super) fn limits(raw: &RawLimits, faults: &mut Faults) -> ModbusLimits {
    let default = ModbusLimits::default();
    let count = |at: &Option<At<i64>>, default: u16| {
        at.as_ref().and_then(|at| u16::try_from(at.value).ok()).unwrap_or(default)
    };
    let mut holes = Vec::new();
    for text in raw.holes.iter().flatten() {
        match hole(&text.value) {
            Some(hole) => holes.push(hole),
            None => faults.error(&text.place, Wire::BadHole { text: text.value.clone() }),
        }
    }
    ModbusLimits {
        max_registers: count(&raw.max_registers, default.max_registers),
        max_bits: count(&raw.max_bits, default.max_bits),
        max_gap: count(&raw.max_gap, default.max_gap),
        holes,
        pause: raw.pause.as_ref().and_then(|at| duration(at.value)).unwrap_or(Duration::ZERO),
    }
}

/// Reads `holding 100-101` or `holding 100`.
fn hole(text: &str) -> Option<(Table, u16, u16)> {
    let (table, addresses) = text.trim().split_once(char::is_whitespace)?;
    let table = words::of_list::<Table>(table).ok()?;
    let (first, last) = addresses.split_once('-').unwrap_or((addresses, addresses));
    let (first, last) = (number(first.trim())?, number(last.trim())?);
    (first <= last).then_some((table, first, last))
}

/// Words that only Modbus points have, said of another protocol's.
pub(super) fn foreign_words(raw: &RawPoint, faults: &mut Faults) {
    let found = [
        ("register", raw.register.as_ref().map(|at| &at.place)),
        ("write", raw.write.as_ref().map(|at| &at.place)),
        ("write_function", raw.write_function.as_ref().map(|at| &at.place)),
        ("type", raw.data.as_ref().map(|at| &at.place)),
        ("order", raw.order.as_ref().map(|at| &at.place)),
        ("bit", raw.bit.as_ref().map(|at| &at.place)),
        ("write_states", raw.write_states.as_ref().map(|at| &at.place)),
        ("invalid", raw.invalid.as_ref().and_then(|list| list.first()).map(|at| &at.place)),
    ];
    for (key, place) in found {
        if let Some(place) = place {
            faults.error(place, Meaning::NotForBacnet { key });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_read_in_both_notations() {
        assert_eq!(register("holding 105"), Some((Table::Holding, 105)));
        assert_eq!(register("input 0x34"), Some((Table::Input, 0x34)));
        assert_eq!(register("discrete-input 7"), Some((Table::DiscreteInput, 7)));
        for wrong in ["105", "holding", "holding x", "holding 70000", "holding 1 2", "register 1"] {
            assert_eq!(register(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn holes_run_from_first_to_last() {
        assert_eq!(hole("holding 100-0x66"), Some((Table::Holding, 100, 102)));
        assert_eq!(hole("coil 5"), Some((Table::Coil, 5, 5)));
        assert_eq!(hole("holding 9-5"), None);
    }
}
