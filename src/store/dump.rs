//! All that a store holds as lines of JSON, and back: for a backup that other
//! programs can read, too. The bytes of a value come back as they were.
//!
//! ```text
//! {"key":"override/0000000000000001","text":"{…}"}
//! {"key":"history/hour/000000490000/0000000000000007","hex":"0a1b…"}
//! ```

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::{Batch, Store, StoreError};

/// Entries that are written together.
const TOGETHER: usize = 500;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Where it is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

/// Every entry, as of one moment: of no batch only a part.
///
/// # Errors
/// If the store cannot be read.
pub fn dump(store: &dyn Store) -> Result<Vec<u8>, StoreError> {
    let mut lines = Vec::new();
    for (key, value) in store.all()? {
        let key = String::from_utf8(key).map_err(|error| StoreError::Failed(error.into()))?;
        let (text, hex) = match String::from_utf8(value) {
            Ok(text) => (Some(text), None),
            Err(error) => (None, Some(in_hex(error.as_bytes()))),
        };
        let line = Line { key, text, hex };
        serde_json::to_writer(&mut lines, &line).map_err(|source| unreadable(&line.key, source))?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// Puts such lines into a store that is empty.
///
/// # Errors
/// If a line is none of ours, or the store does not take it; some entries may be in
/// it then.
pub fn fill(store: &dyn Store, lines: &str) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    let mut entries = 0;
    for (place, line) in lines.lines().enumerate() {
        let at = || format!("in line {}", place + 1);
        let line: Line = serde_json::from_str(line).map_err(|source| unreadable(&at(), source))?;
        let value = match (line.text, line.hex) {
            (Some(text), None) => Some(text.into_bytes()),
            (None, Some(hex)) => from_hex(&hex),
            _ => None,
        };
        let value = value.ok_or_else(|| unreadable(&at(), serde::de::Error::custom("no value")))?;
        batch.put(line.key, value);
        entries += 1;
        if entries % TOGETHER == 0 {
            store.apply(&std::mem::take(&mut batch))?;
        }
    }
    store.apply(&batch)
}

fn unreadable(key: &str, source: serde_json::Error) -> StoreError {
    StoreError::Unreadable { key: key.to_owned(), source }
}

fn in_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    };
    hex.as_bytes().chunks(2).map(byte).collect()
}
