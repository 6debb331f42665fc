//! A history in a folder of its own: store, archive, and a slow model of what must
//! be in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hauswart::history::{
    Archive, Event, EventKind, FileKind, HOUR_MS, Meaning, Name, OpenHours, Query, Sample, Series,
    Shelf, Span, hour_of,
};
use hauswart::model::Quality;

/// All there is.
pub const EVER: Span = Span { from_ms: i64::MIN / 4, until_ms: i64::MAX / 4 };

/// By point and time; of two the later counts.
pub type Model = BTreeMap<(Name, i64), (Option<u64>, Quality)>;

pub struct Rig {
    pub data: PathBuf,
    pub hours: OpenHours,
    pub archive: Archive,
    pub series: Vec<Series>,
    pub model: Model,
    pub events: usize,
}

pub fn at(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// Points with the meanings of all kinds.
pub fn series(count: usize) -> Vec<Series> {
    let meaning = |place: usize| match place % 4 {
        0 => Meaning::Unit("°C".into()),
        1 => Meaning::Unit("W".into()),
        2 => Meaning::Unit("J".into()),
        _ => Meaning::States(vec!["aus".into(), "Tag".into(), "Nacht".into()]),
    };
    let one = |place| Series {
        name: format!("Haus{}.Gerät.Punkt {place:03}", place % 3).into(),
        meaning: meaning(place),
    };
    (0..count).map(one).collect()
}

impl Rig {
    pub fn new(data: &Path, points: usize) -> Self {
        let (hours, archive) = open_both(data);
        Self {
            data: data.to_owned(),
            hours,
            archive,
            series: series(points),
            model: Model::new(),
            events: 0,
        }
    }

    pub fn folder(&self) -> PathBuf {
        self.data.join("history")
    }

    /// As after a kill: everything is opened anew.
    pub fn reopen(self) -> Self {
        let Self { data, hours, archive, series, model, events } = self;
        drop((hours, archive));
        let (hours, archive) = open_both(&data);
        Self { data, hours, archive, series, model, events }
    }

    pub fn append(&mut self, samples: &[(u32, Sample)], until_ms: i64) {
        self.append_with(samples, &[], until_ms);
    }

    pub fn append_with(&mut self, samples: &[(u32, Sample)], events: &[Event], until_ms: i64) {
        self.hours.append(&self.series, samples, events, until_ms, false).unwrap();
        self.events += events.len();
        for (place, sample) in samples {
            let name = self.series[*place as usize].name.clone();
            let what = (sample.value.map(f64::to_bits), sample.quality);
            self.model.insert((name, sample.at_ms), what);
        }
    }

    /// Seals the hours before `now_ms`; without `forget`, as if killed before.
    pub fn seal(&mut self, now_ms: i64, forget: bool) {
        for hour in self.hours.hours() {
            if hour >= hour_of(now_ms) {
                continue;
            }
            let sealed = [FileKind::Raw, FileKind::Event].map(|it| self.archive.sealed(it, hour));
            let unsealed = self.hours.hour(hour).after(sealed[0], sealed[1]);
            if !unsealed.is_empty() {
                assert_eq!(self.archive.seal(&unsealed, self.hours.series()).unwrap(), 0);
            }
            if forget {
                self.hours.forget(&self.hours.hour(hour)).unwrap();
            }
        }
    }

    pub fn merge(&mut self, now_ms: i64) {
        let open = self.hours.hours();
        let faults = self.archive.merge(now_ms, &open).unwrap();
        assert!(faults.is_empty(), "{faults:?}");
    }

    pub fn shelf(&self) -> Shelf {
        Shelf::open_with(&self.folder(), &self.hours).unwrap()
    }

    /// All that is read, in the order in which it must come within a point.
    pub fn read(&self) -> Model {
        let mut found = Model::new();
        let mut shelf = self.shelf();
        let query = Query { points: None, span: EVER, columns: None };
        let mut last: BTreeMap<Name, i64> = BTreeMap::new();
        let read = shelf.read(&query, |point, samples: &[Sample]| {
            for sample in samples {
                if let Some(before) = last.insert(point.clone(), sample.at_ms) {
                    assert!(before < sample.at_ms, "{point} in order of time, each once");
                }
                let what = (sample.value.map(f64::to_bits), sample.quality);
                found.insert((point.clone(), sample.at_ms), what);
            }
            Ok::<_, ()>(())
        });
        read.unwrap();
        assert!(shelf.faults.is_empty(), "{:?}", shelf.faults);
        found
    }

    /// What is read is what was kept.
    pub fn check(&self) {
        let found = self.read();
        if found != self.model {
            let missing = self.model.iter().find(|(key, what)| found.get(key) != Some(what));
            let more = found.iter().find(|(key, _)| !self.model.contains_key(key));
            panic!("missing or different {missing:?}, too much {more:?}");
        }
        let mut events = 0;
        let query = Query { points: None, span: EVER, columns: None };
        let read = self.shelf().read(&query, |_, rows: &[Event]| {
            events += rows.len();
            Ok::<_, ()>(())
        });
        read.unwrap();
        assert_eq!(events, self.events);
    }
}

fn open_both(data: &Path) -> (OpenHours, Archive) {
    let folder = data.join("history");
    let (archive, faults) = Archive::open(&folder).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
    let open = OpenHours::open(&folder).unwrap();
    assert!(open.faults.is_empty(), "{:?}", open.faults);
    (open.hours, archive)
}

pub fn good(at_ms: i64, value: f64) -> Sample {
    Sample { at_ms, value: Some(value), quality: Quality::Good }
}

/// A command, told apart by its number.
pub fn event(at_ms: i64, number: usize) -> Event {
    Event {
        at_ms,
        kind: EventKind::Command,
        point: format!("Haus0.Gerät.Punkt {:03}", number % 3).into(),
        value: Some(21.0),
        level: "comfort".into(),
        by: format!("rule {number}"),
        text: "because".into(),
    }
}

/// Two days of each point, a sample every `step_s` seconds, sealed and merged.
pub fn filled(data: &Path, points: usize, step_s: i64) -> Rig {
    let mut rig = Rig::new(data, points);
    let begin = at("2026-03-01T00:00:00Z");
    for hour in 0..50 {
        let from = begin + hour * HOUR_MS;
        let mut samples = Vec::new();
        for place in 0..points {
            for step in 0..3600 / step_s {
                let at_ms = from + step * step_s * 1000;
                let value = match place % 4 {
                    3 => ((at_ms / 7_000_000 + place as i64) % 3) as f64,
                    2 => (at_ms - begin) as f64 * 0.5,
                    _ => ((at_ms / 60_000) % 97) as f64 * 0.1 + place as f64,
                };
                let sample = if step % 37 == 5 {
                    Sample::gap(at_ms, Quality::Stale)
                } else {
                    good(at_ms, value)
                };
                samples.push((u32::try_from(place).unwrap(), sample));
            }
        }
        let number = usize::try_from(hour).unwrap();
        rig.append_with(&samples, &[event(from + 1, number)], from + HOUR_MS);
        rig.seal(from + HOUR_MS, true);
    }
    rig.merge(begin + 50 * HOUR_MS);
    rig
}
