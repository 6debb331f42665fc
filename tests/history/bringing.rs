//! What is brought into a day whose samples are damaged or have expired takes nothing
//! away of the quarter hours that were recorded.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hauswart::history::span::day_of;
use hauswart::history::{
    Archive, Brought, Carry, FileKind, HOUR_MS, Meaning, Name, Query, Retention, Rollup, Sample,
    Shelf, Span,
};
use hauswart::model::Quality;

use crate::rig::{Rig, at, filled, good};

type Quarters = BTreeMap<(Name, i64), Rollup>;

const RECORDED: &str = "Haus0.Gerät.Punkt 000";
const NEW: &str = "Haus1.Neu";

fn day() -> Span {
    day_of(at("2026-03-01T00:00:00Z"))
}

fn quarters(rig: &Rig) -> Quarters {
    let mut shelf = Shelf::open(&rig.folder()).unwrap();
    let mut found = Quarters::new();
    let query = Query { points: None, span: day(), columns: None };
    let read = shelf.read(&query, |point, rows: &[Rollup]| {
        found.extend(rows.iter().map(|row| ((point.clone(), row.at_ms), *row)));
        Ok::<_, ()>(())
    });
    read.unwrap();
    assert!(shelf.faults.is_empty(), "{:?}", shelf.faults);
    found
}

/// A quarter of an hour at noon, of a point that was recorded and of one that was not.
fn bring(archive: &mut Archive, overwrite: bool) -> usize {
    let noon = day().from_ms + 12 * HOUR_MS;
    let brought = [RECORDED, NEW].map(|point| Brought {
        point: point.into(),
        meaning: Meaning::Unit("°C".into()),
        samples: [good(noon, 99.0), Sample::gap(noon + 900_000, Quality::NeverRead)]
            .iter()
            .map(|it| (it.at_ms, it.value, it.quality))
            .collect(),
        carry: Carry::default(),
    });
    archive.bring(day(), &brought, overwrite).unwrap().faults.len()
}

fn without(mut quarters: Quarters, point: &str) -> Quarters {
    quarters.retain(|(name, _), _| **name != *point);
    quarters
}

fn nothing_is_lost(rig: &mut Rig, before: &Quarters) {
    assert_eq!(before.len(), 4 * 96, "all recorded");
    for _ in 0..2 {
        bring(&mut rig.archive, false);
        let after = quarters(rig);
        assert_eq!(after.len(), before.len() + 1, "one of the new point");
        assert!(without(after, NEW) == *before, "what was recorded stands");
    }
}

/// A day of which the file of samples is spoilt.
fn damaged(data: &Path) -> (Rig, PathBuf) {
    let rig = filled(data, 4, 60);
    let files = &rig.archive.catalogue().files;
    let of_day =
        |kind| files.iter().find(|it| it.facts.kind == kind && it.facts.from_ms == day().from_ms);
    let path = of_day(FileKind::Raw).unwrap().path(&rig.folder());
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    (rig, path)
}

#[test]
fn a_damaged_day_keeps_its_quarter_hours() {
    let data = tempfile::tempdir().unwrap();
    let (mut rig, path) = damaged(data.path());
    let before = quarters(&rig);
    nothing_is_lost(&mut rig, &before);
    assert!(path.exists(), "a damaged file is left as it is");
}

#[test]
fn what_comes_late_into_a_damaged_day_leaves_its_quarter_hours() {
    let data = tempfile::tempdir().unwrap();
    let (mut rig, path) = damaged(data.path());
    let before = quarters(&rig);
    let now_ms = day().until_ms + 72 * HOUR_MS;
    rig.append(&[(1, good(day().from_ms + 12 * HOUR_MS + 1, 7.0))], now_ms);
    rig.seal(now_ms, true);
    let faults = rig.archive.merge(now_ms, &rig.hours.hours()).unwrap();
    assert_eq!(faults.len(), 1, "{faults:?}");
    let after = quarters(&rig);
    assert_eq!(after.len(), before.len());
    let name = &rig.series[1].name;
    assert!(without(after, name) == without(before, name), "of the others all stands");
    assert!(path.exists());
}

#[test]
fn an_expired_day_keeps_its_quarter_hours_and_gives_way_only_when_told_to() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = filled(data.path(), 4, 60);
    let before = quarters(&rig);
    let keep = Retention { raw_days: Some(1), ..Retention::default() };
    rig.archive.expire(at("2026-03-03T00:00:00Z"), &keep).unwrap();
    bring(&mut rig.archive, true);
    let after = quarters(&rig);
    let changed: Vec<_> = before.iter().filter(|(key, row)| after[*key] != **row).collect();
    let noon = day().from_ms + 12 * HOUR_MS;
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert_eq!(*changed[0].0, (Name::from(RECORDED), noon));
    assert_eq!(after[changed[0].0].mean, Some(99.0));
}

#[test]
fn a_merged_month_whose_samples_have_expired_stands() {
    let data = tempfile::tempdir().unwrap();
    let mut rig = filled(data.path(), 4, 60);
    let before = quarters(&rig);
    let later = at("2026-04-02T00:00:00Z");
    rig.seal(later, true);
    rig.merge(later);
    let keep = Retention { raw_days: Some(1), ..Retention::default() };
    rig.archive.expire(later, &keep).unwrap();
    nothing_is_lost(&mut rig, &before);
    rig.merge(later);
    assert!(without(quarters(&rig), NEW) == before, "merged anew");
}
