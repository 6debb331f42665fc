//! The record as a tape: samples and events of the wanted points in order of time,
//! read in pieces that fit into little memory: a day, or less where a day has much.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::history::span::{day_of, month_of};
use crate::history::{Event, EventKind, FileKind, Name, Query, Sample, Shelf, Span};
use crate::model::{PointId, Quality};
use crate::site::Site;

/// Samples of a piece at most, about: 24 bytes each.
const MOST_SAMPLES: u64 = 400_000;
/// What stood at the beginning is looked for so far back.
const LOOK_BACK_MS: i64 = 400 * 24 * 3_600_000;

/// Something that was recorded.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    pub at_ms: i64,
    pub point: PointId,
    /// `None`: unknown from here on.
    pub value: Option<f64>,
    pub quality: Quality,
}

/// See the module.
#[derive(Debug)]
pub struct Tape<'a> {
    shelf: &'a mut Shelf,
    points: HashMap<Name, PointId>,
    names: BTreeSet<Name>,
    /// How much of all points is wanted, from 0 to 1.
    share: f64,
    most_samples: u64,
    /// Up to where samples, and up to where events have been read.
    samples_ms: i64,
    events_ms: i64,
    until_ms: i64,
    samples: VecDeque<Heard>,
    events: VecDeque<Event>,
    /// So that texts that come again are kept once.
    texts: HashSet<Arc<str>>,
}

impl<'a> Tape<'a> {
    /// Of these points, former names included, over `span`.
    pub fn new(shelf: &'a mut Shelf, site: &Site, points: &BTreeSet<PointId>, span: Span) -> Self {
        let mut by_name = HashMap::new();
        for id in points {
            let point = site.points.get(*id);
            for name in std::iter::once(&point.name).chain(&point.formerly) {
                by_name.insert(Name::from(name.as_str()), *id);
            }
        }
        Self {
            shelf,
            names: by_name.keys().cloned().collect(),
            points: by_name,
            share: points.len() as f64 / site.points.len().max(1) as f64,
            most_samples: MOST_SAMPLES,
            samples_ms: span.from_ms,
            events_ms: span.from_ms,
            until_ms: span.until_ms,
            samples: VecDeque::new(),
            events: VecDeque::new(),
            texts: HashSet::new(),
        }
    }

    /// The next moment at which something was recorded; `None`: the end.
    pub fn next_moment(&mut self) -> Option<i64> {
        while self.samples.is_empty() && self.samples_ms < self.until_ms {
            self.read_samples();
        }
        while self.events.is_empty() && self.events_ms < self.until_ms {
            self.read_events();
        }
        let sample = self.samples.front().map(|it| it.at_ms);
        let event = self.events.front().map(|it| it.at_ms);
        sample.into_iter().chain(event).min()
    }

    /// The samples of a moment, one after the other.
    pub fn sample_at(&mut self, at_ms: i64) -> Option<Heard> {
        if self.samples.is_empty() {
            self.next_moment();
        }
        self.samples.pop_front_if(|sample| sample.at_ms <= at_ms)
    }

    /// The commands and overrides of a moment, one after the other.
    pub fn event_at(&mut self, at_ms: i64) -> Option<Event> {
        self.events.pop_front_if(|event| event.at_ms <= at_ms)
    }

    pub fn point(&self, name: &str) -> Option<PointId> {
        self.points.get(name).copied()
    }

    /// A text that may come again.
    pub fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.texts.insert(new.clone());
        new
    }

    fn read_samples(&mut self) {
        let day = day_of(self.samples_ms);
        let files = self.shelf.catalogue().of(FileKind::Raw, day.from_ms, day.until_ms);
        let rows = files.map(|file| file.rows).sum::<u64>() as f64 * self.share;
        let pieces = (rows / self.most_samples as f64).ceil().clamp(1.0, 96.0) as i64;
        let piece_ms = day.length_ms() / pieces;
        let place = (self.samples_ms - day.from_ms) / piece_ms + 1;
        let until_ms = (day.from_ms + place * piece_ms).min(day.until_ms).min(self.until_ms);
        let span = Span { from_ms: self.samples_ms, until_ms };
        self.samples_ms = until_ms;
        let query = Query { points: Some(&self.names), span, columns: None };
        let mut heard: Vec<Heard> = Vec::new();
        let points = &self.points;
        let _ = self.shelf.read::<Sample, ()>(&query, |name, rows| {
            if let Some(point) = points.get(name) {
                heard.extend(rows.iter().map(|row| Heard {
                    at_ms: row.at_ms,
                    point: *point,
                    value: row.value,
                    quality: row.quality,
                }));
            }
            Ok(())
        });
        // Stable: of one point and moment the last word counts.
        heard.sort_by_key(|heard| (heard.at_ms, heard.point));
        self.samples = heard.into();
    }

    fn read_events(&mut self) {
        let until_ms = month_of(self.events_ms).until_ms.min(self.until_ms);
        let span = Span { from_ms: self.events_ms, until_ms };
        self.events_ms = until_ms;
        self.events = self.events_of(span).into();
    }

    /// Commands and overrides, in order of time.
    fn events_of(&mut self, span: Span) -> Vec<Event> {
        let query = Query { points: None, span, columns: None };
        let mut events = Vec::new();
        let _ = self.shelf.read::<Event, ()>(&query, |name, rows| {
            let kinds = [EventKind::Command, EventKind::Override];
            let wanted = rows.iter().filter(|event| kinds.contains(&event.kind));
            // The claims of a command are not looked at here.
            let text = |event: &Event| match event.kind {
                EventKind::Command => String::new(),
                _ => event.text.clone(),
            };
            events.extend(wanted.map(|it| Event {
                point: name.clone(),
                text: text(it),
                ..it.clone()
            }));
            Ok(())
        });
        events.sort_by_key(|event| event.at_ms);
        events
    }

    /// What had been commanded and overridden before `at_ms`, in order of time.
    pub fn before(&mut self, at_ms: i64) -> Vec<Event> {
        let Some(reach) = self.shelf.reach(FileKind::Event) else { return Vec::new() };
        let from_ms = reach.from_ms.max(at_ms - LOOK_BACK_MS);
        let mut until_ms = at_ms.min(reach.until_ms);
        let mut seen: HashSet<(EventKind, Name, String)> = HashSet::new();
        let mut found = VecDeque::new();
        while until_ms > from_ms {
            let span = Span { from_ms: month_of(until_ms - 1).from_ms.max(from_ms), until_ms };
            for event in self.events_of(span).into_iter().rev() {
                let over = if event.kind == EventKind::Override { &*event.level } else { "" };
                if seen.insert((event.kind, event.point.clone(), over.to_owned())) {
                    found.push_front(event);
                }
            }
            until_ms = span.from_ms;
        }
        found.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Archive, Meanings};

    #[test]
    fn a_day_in_pieces_is_the_day() {
        let source = crate::model::diagnostic::Source {
            file: "site.toml".into(),
            text: include_str!("../../../rules/demo/site.toml").into(),
        };
        let site = crate::site::load(&source, std::path::Path::new("/nowhere"), &[]).site.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (mut archive, _) = Archive::open(folder.path()).unwrap();
        let points = ["Rathaus.HK1.Raum", "Rathaus.HK2.Raum"];
        for day in 0..2 {
            let span = day_of(day * 86_400_000);
            let sample = |minute: i64| Sample {
                at_ms: span.from_ms + minute * 60_000,
                value: Some(minute as f64),
                quality: Quality::Good,
            };
            let run = |name: &&str| (Name::from(*name), (0..1440).map(sample).collect());
            let runs: Vec<(Name, Vec<Sample>)> = points.iter().map(run).collect();
            archive.take_in_day(span, &runs, Vec::new(), &Meanings::new()).unwrap();
        }
        let wanted = points.iter().map(|name| site.points.find(name).unwrap()).collect();
        let read = |most_samples: u64| {
            let mut shelf = Shelf::open(folder.path()).unwrap();
            let span = Span { from_ms: 7_777_777, until_ms: 100_000_000 };
            let mut tape = Tape::new(&mut shelf, &site, &wanted, span);
            tape.share = 1.0;
            tape.most_samples = most_samples;
            let (mut all, mut largest) = (Vec::new(), 0);
            while let Some(at_ms) = tape.next_moment() {
                largest = largest.max(tape.samples.len());
                while let Some(heard) = tape.sample_at(at_ms) {
                    assert_eq!(heard.at_ms, at_ms);
                    all.push((at_ms, heard.point, heard.value.map(f64::to_bits)));
                }
            }
            (all, largest)
        };
        let (whole, _) = read(MOST_SAMPLES);
        let (pieces, largest) = read(100);
        assert_eq!(whole, pieces);
        assert!(largest <= 110, "{largest}");
        let minutes = (100_000_000_i64 - 7_777_777) / 60_000 + 1;
        assert!((whole.len() as i64 - 2 * minutes).abs() <= 2, "{}", whole.len());
    }
}
