//! Registers to numbers and back: tables, data types, word and byte order.
//! Used by the driver (`field::modbus`) and by the simulated building. Knows
//! no scales, states or units, which are the point's matter; never wraps a
//! number that does not fit, it refuses it.

mod number;
mod order;

pub use number::{Unfit, bits_of, number};
pub use order::{Words, assemble, spread};

use serde::{Deserialize, Serialize};

/// The four tables of a Modbus device (Modbus Application Protocol V1.1b3,
/// 4.3), by the functions that read them: 1, 2, 3, 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Table {
    Coil,
    DiscreteInput,
    Holding,
    Input,
}

impl Table {
    /// Whether an address of it holds one bit instead of a register.
    #[must_use]
    pub const fn is_bits(self) -> bool {
        matches!(self, Self::Coil | Self::DiscreteInput)
    }
}

/// What a value's registers hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataType {
    /// A coil or discrete input.
    Bool,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl DataType {
    /// How many addresses of its table a value takes.
    #[must_use]
    pub const fn width(self) -> u16 {
        match self {
            Self::Bool | Self::U16 | Self::I16 => 1,
            Self::U32 | Self::I32 | Self::F32 => 2,
            Self::U64 | Self::I64 | Self::F64 => 4,
        }
    }
}

/// In which order the bytes of a value are sent; `A` is the highest. For
/// 64-bit values the pattern goes on (`Cdab`: lowest word first).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    #[default]
    Abcd,
    Cdab,
    Badc,
    Dcba,
}
