//! The recorder on its thread: a disk that takes nothing for a while costs
//! nothing, what a kill took is told once, and the reader finds gaps there.

use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use hauswart::history::{
    Asked, HOUR_MS, LostBy, Manner, OpenHours, Query, Recorder, Retention, Sample, Settings, Shelf,
    Told,
};
use hauswart::model::{Keep, Now, PointId, Quality, Snapshot};
use jiff::Timestamp;

use crate::loop_disk::{Disk, fill};
use crate::rig::{EVER, at, good, series};

const POINTS: usize = 3;
const SETTINGS: Settings = Settings {
    flush: Duration::from_secs(30),
    retention: Retention { raw_days: None, rollup_days: None, event_days: None },
};

struct Rig {
    recorder: Recorder,
    told: Receiver<Told>,
    begin_ms: i64,
}

impl Rig {
    fn start(data: &Path, begin_ms: i64) -> Self {
        let manner = Manner { keep: Keep::Each, fresh_for: Duration::from_secs(90) };
        let points = series(POINTS).into_iter().map(|series| (series, manner)).collect();
        let (tell, told) = mpsc::channel();
        let tell = Box::new(move |news| drop(tell.send(news)));
        let now = moment(begin_ms, 0);
        let recorder = Recorder::start(&data.join("history"), points, SETTINGS, now, tell);
        Self { recorder, told, begin_ms }
    }

    /// Half minutes `from` to `until`: each with a sample of each point.
    fn hear(&mut self, from: i64, until: i64) {
        for step in from..until {
            let now = moment(self.begin_ms, step * 30);
            let at_ms = now.wall.as_millisecond();
            for place in 0..POINTS as u32 {
                self.recorder.heard(PointId(place), good(at_ms, step as f64));
            }
            self.recorder.look(&Snapshot::never(now, POINTS));
        }
    }

    fn news(&self) -> Told {
        self.told.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    fn end(self, step: i64) -> Receiver<Told> {
        let now = moment(self.begin_ms, step * 30);
        self.recorder.end(now).unwrap().join().unwrap();
        self.told
    }
}

fn moment(begin_ms: i64, steady_s: i64) -> Now {
    Now {
        wall: Timestamp::from_millisecond(begin_ms + steady_s * 1000).unwrap(),
        steady: Duration::from_secs(steady_s.unsigned_abs()),
    }
}

/// All samples of the first point.
fn read(data: &Path) -> Vec<Sample> {
    let folder = data.join("history");
    let open = OpenHours::open(&folder).unwrap();
    let mut shelf = Shelf::open_with(&folder, &open.hours).unwrap();
    let mut found = Vec::new();
    let query = Query { points: None, span: EVER, columns: None };
    let name = series(POINTS)[0].name.clone();
    let read = shelf.read(&query, |point, rows: &[Sample]| {
        found.extend(rows.iter().filter(|_| *point == name));
        Ok::<_, ()>(())
    });
    read.unwrap();
    assert!(shelf.faults.is_empty(), "{:?}", shelf.faults);
    found
}

#[test]
fn a_full_disk_is_told_and_costs_nothing_once_there_is_room() {
    let Some(disk) = Disk::make(128) else { return };
    let begin_ms = at("2026-03-01T09:00:00Z");
    let mut rig = Rig::start(&disk.data(), begin_ms);
    rig.hear(0, 100);
    // Until the thread has taken these.
    let only = Some([series(POINTS)[0].name.clone()].into());
    let asked = Asked { only, ..Asked::default() };
    let shown = rig.recorder.show(asked, moment(begin_ms, 3000)).recv().unwrap();
    assert_eq!((shown.samples.len(), shown.next), (100, None));
    let filler = fill(&disk.path(), 7 << 20);
    // Over the turn of an hour.
    rig.hear(101, 200);
    assert!(matches!(rig.news(), Told::Failing(_)));
    std::fs::remove_file(filler).unwrap();
    rig.hear(200, 400);
    assert!(matches!(rig.news(), Told::Well));
    let told = rig.end(400);
    assert!(told.try_iter().next().is_none(), "nothing was lost");
    let found = read(&disk.data());
    let values: Vec<f64> = found.iter().filter_map(|sample| sample.value).collect();
    let wanted: Vec<f64> = (0..400).filter(|step| *step != 100).map(f64::from).collect();
    // Besides, each hour begins with what holds; here a sample stands there.
    assert_eq!(values, wanted);
    assert_eq!(found.last().map(|it| (it.value, it.quality)), Some((None, Quality::NeverRead)));
}

#[test]
fn what_a_kill_took_is_told_and_is_a_gap() {
    let data = tempfile::tempdir().unwrap();
    let begin_ms = at("2026-03-01T09:00:10Z");
    let mut rig = Rig::start(data.path(), begin_ms);
    rig.hear(0, 20);
    let shown = rig.recorder.show(Asked::default(), moment(begin_ms, 590));
    shown.recv().unwrap();
    // As a kill: what it was told after that is not written, and it says no end.
    std::mem::forget(rig);
    let later_ms = begin_ms + 2 * HOUR_MS;
    let mut rig = Rig::start(data.path(), later_ms);
    match rig.news() {
        Told::Lost { from, until, why: LostBy::Killed } => {
            assert_eq!(from.as_millisecond(), begin_ms + 590_000);
            assert_eq!(until.as_millisecond(), later_ms);
        }
        other => panic!("{other:?}"),
    }
    rig.hear(0, 5);
    rig.end(5);
    let found = read(data.path());
    let known: Vec<bool> = found.iter().map(|sample| sample.value.is_some()).collect();
    let wanted: Vec<bool> = [vec![true; 20], vec![false], vec![true; 5], vec![false]].concat();
    assert_eq!(known, wanted);
    // One that came to its end has lost nothing.
    let rig = Rig::start(data.path(), later_ms + HOUR_MS);
    let told = rig.end(1);
    assert!(told.try_iter().next().is_none());
}

#[test]
fn steps_of_the_clock_lose_nothing_and_times_stay_in_order() {
    let data = tempfile::tempdir().unwrap();
    // Local clocks go back on this day; those of UTC know nothing of it.
    let begin_ms = at("2026-10-25T00:10:00Z");
    let mut rig = Rig::start(data.path(), begin_ms);
    let name = series(POINTS)[0].name.clone();
    let mut wanted = std::collections::BTreeMap::new();
    let mut steady_s = 0;
    // On for two and a half hours, back by an hour and a half, back into an hour that
    // is sealed, on over midnight.
    for (minute, minutes) in [(0, 150), (60, 40), (5, 30), (24 * 60 + 60, 90)] {
        for half in 0..minutes * 2 {
            steady_s += 30;
            let at_ms = begin_ms + minute * 60_000 + half * 30_000;
            let wall = Timestamp::from_millisecond(at_ms).unwrap();
            let now = Now { wall, steady: Duration::from_secs(steady_s) };
            for place in 0..POINTS as u32 {
                rig.recorder.heard(PointId(place), good(at_ms, steady_s as f64));
            }
            // Of one time the later counts.
            wanted.insert(at_ms, steady_s as f64);
            rig.recorder.look(&Snapshot::never(now, POINTS));
        }
    }
    let end_ms = *wanted.last_key_value().unwrap().0 + 1000;
    let now = Now {
        wall: Timestamp::from_millisecond(end_ms).unwrap(),
        steady: Duration::from_secs(steady_s + 1),
    };
    rig.recorder.end(now).unwrap().join().unwrap();
    let told: Vec<Told> = rig.told.try_iter().collect();
    assert!(told.is_empty(), "{told:?}");
    let found = read(data.path());
    assert!(found.is_sorted_by(|a, b| a.at_ms < b.at_ms), "{name}");
    let known = found.iter().filter_map(|it| Some((it.at_ms, it.value?)));
    assert_eq!(known.collect::<std::collections::BTreeMap<_, _>>(), wanted);
}
