//! Registers to numbers and back: tables, data types, word and byte order.

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
