//! Past drills in the store: who unplugged us when, and what each device did.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::records::{Listed, json, list};
use super::{Batch, Store, StoreError};

const DRILLS: &str = "drill/";
/// So many are kept: of years, where one is held each quarter.
const KEPT: usize = 40;
/// Bytes of points in one entry: the store takes values below 16 KiB.
const TOGETHER: usize = 8 * 1024;

/// One drill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrillRecord {
    pub begun: Timestamp,
    /// How long the program played dead.
    pub lasted_s: u64,
    pub user: String,
    pub points: Vec<DrilledPoint>,
}

/// What became of one command meanwhile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrilledPoint {
    /// Full name.
    pub point: String,
    /// As people read it.
    pub ours: String,
    /// What the device held at the end; `None`: it did not answer.
    pub found: Option<String>,
    /// `check` promises that it falls back after this.
    pub falls_back_s: Option<u64>,
    pub outcome: DrillOutcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrillOutcome {
    /// Our command was gone.
    FellBack,
    /// It stood, as nothing else was promised.
    Stays,
    /// It stood, but the drill was shorter than the promise.
    TooShort,
    /// It stood though it should have been gone.
    StaysAgainstPromise,
    /// The device did not answer.
    Unknown,
}

impl DrillOutcome {
    /// Whether what `check` promises was disproved, or nothing was learned.
    #[must_use]
    pub const fn failed(self) -> bool {
        matches!(self, Self::StaysAgainstPromise | Self::Unknown)
    }
}

/// Adds one, in as many entries as its points need; the oldest go.
///
/// # Errors
/// As [`Store::apply`].
pub fn put(store: &dyn Store, record: &DrillRecord) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    let begun = format!("{DRILLS}{:020}", record.begun.as_second());
    for (number, points) in parts(&begun, &record.points)?.into_iter().enumerate() {
        let key = format!("{begun}/{number:04}");
        let part = DrillRecord { points, ..record.clone() };
        batch.put(key.as_str(), json(&key, &part)?);
    }
    let old: Vec<Vec<u8>> =
        store.scan(DRILLS.as_bytes())?.into_iter().map(|(key, _)| key).collect();
    let drills: Vec<&[Vec<u8>]> = old.chunk_by(|a, b| drill(a) == drill(b)).collect();
    let too_many = (drills.len() + 1).saturating_sub(KEPT);
    for key in drills.into_iter().take(too_many).flatten() {
        batch.remove(key.clone());
    }
    store.apply(&batch)
}

/// Points that go into one entry each, at least one part.
fn parts(key: &str, points: &[DrilledPoint]) -> Result<Vec<Vec<DrilledPoint>>, StoreError> {
    let mut parts = vec![Vec::new()];
    let mut bytes = 0;
    for point in points {
        let size = json(key, point)?.len();
        if bytes + size > TOGETHER && bytes > 0 {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        parts.last_mut().into_iter().for_each(|part: &mut Vec<_>| part.push(point.clone()));
    }
    Ok(parts)
}

/// What the entries of one drill have in common.
fn drill(key: &[u8]) -> &[u8] {
    key.get(..DRILLS.len() + 20).unwrap_or(key)
}

/// All that are kept, oldest first.
///
/// # Errors
/// If the store cannot be read.
pub fn listed(store: &dyn Store) -> Result<Listed<DrillRecord>, StoreError> {
    let mut listed: Listed<DrillRecord> = list(store, DRILLS)?;
    let mut whole: Vec<DrillRecord> = Vec::new();
    for part in std::mem::take(&mut listed.records) {
        match whole.last_mut().filter(|last| last.begun == part.begun) {
            Some(last) => last.points.extend(part.points),
            None => whole.push(part),
        }
    }
    listed.records = whole;
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::open;

    #[test]
    fn the_drill_of_a_whole_town_is_kept_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path(), "now").unwrap().store;
        let drill = |begun: i64| {
            let point = |number: usize| DrilledPoint {
                point: format!("Schule_{number}.Heizkreis_1.Vorlauf_Sollwert"),
                ours: "21 °C".into(),
                found: None,
                falls_back_s: Some(300),
                outcome: DrillOutcome::Unknown,
            };
            DrillRecord {
                begun: Timestamp::from_second(1_800_000_000 + begun).unwrap(),
                lasted_s: 330,
                user: "anna".into(),
                points: (0..if begun > 42 { 1000 } else { 1 }).map(point).collect(),
            }
        };
        for begun in 0..45 {
            put(&*store, &drill(begun)).unwrap();
        }
        let listed = listed(&*store).unwrap();
        assert_eq!(listed.records, (5..45).map(drill).collect::<Vec<_>>());
    }
}
