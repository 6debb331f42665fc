//! What no file has yet, page by page: so that somebody beside the daemon can read
//! the whole history, and neither side holds more than a page of it at a time. A
//! page says where the next one begins. What is sealed between two pages is in a
//! file by then: who opens the files after the last page misses nothing, and what
//! is seen twice counts once.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::event::{Event, EventKind};
use super::open_hours::{OpenHours, Series};
use super::read::Run;
use super::sample::{Meanings, Name, Sample};
use crate::model::Quality;

/// Samples and events of a page; the last batch goes in whole.
const PAGE: usize = 10_000;

/// After which piece a page begins: the hour, and the number of a batch in it. What the disk has not taken yet comes before all hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub hour: i64,
    pub number: u64,
}

impl Place {
    /// The hour of what lies on no disk yet.
    const WAITING: i64 = i64::MIN;

    const fn is_waiting(self) -> bool {
        self.hour == Self::WAITING
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `None`: the first page.
    pub after: Option<Place>,
    /// The full names of points; `None`: all.
    pub only: Option<BTreeSet<Name>>,
    /// Overrides, alarms and rule sets of the other points, too.
    pub standing: bool,
}

impl Asked {
    fn wants_event(&self, event: &Event) -> bool {
        let standing =
            || matches!(event.kind, EventKind::Override | EventKind::Alarm | EventKind::Rules);
        self.wants(&event.point) || (self.standing && standing())
    }

    fn wants(&self, point: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(point))
    }
}

/// A part of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Page {
    /// The points of the samples.
    pub series: Vec<Series>,
    /// The place of its point in `series`, ms since 1970 UTC, canonical value,
    /// quality.
    pub samples: Vec<(u32, i64, Option<f64>, Quality)>,
    pub events: Vec<Event>,
    /// `None`: this was the last one.
    pub next: Option<Place>,
}

impl Page {
    fn is_full(&self) -> bool {
        self.samples.len() + self.events.len() >= PAGE
    }

    fn put(&mut self, places: &mut BTreeMap<Name, u32>, series: &Series, sample: Sample) {
        let place = *places.entry(series.name.clone()).or_insert_with(|| {
            self.series.push(series.clone());
            u32::try_from(self.series.len() - 1).unwrap_or(u32::MAX)
        });
        self.samples.push((place, sample.at_ms, sample.value, sample.quality));
    }
}

/// What waits for a disk that takes nothing: samples with the place of their point
/// in `series`, and events.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unwritten<'a> {
    pub series: &'a [Series],
    pub samples: &'a [(u32, Sample)],
    pub events: &'a [Event],
}

/// The page that was asked for; `hours` is `None` where they do not open.
pub(super) fn page(asked: &Asked, waiting: &Unwritten<'_>, hours: Option<&OpenHours>) -> Page {
    let mut page = Page::default();
    let mut places = BTreeMap::new();
    if asked.after.is_none_or(Place::is_waiting) {
        let from = asked.after.map_or(0, |place| usize::try_from(place.number).unwrap_or(0));
        let end = waiting.samples.len().min(from.saturating_add(PAGE));
        for (place, sample) in waiting.samples.get(from..end).unwrap_or_default() {
            let series = waiting.series.get(*place as usize);
            if let Some(series) = series.filter(|series| asked.wants(&series.name)) {
                page.put(&mut places, series, *sample);
            }
        }
        if end < waiting.samples.len() {
            page.next = Some(Place { hour: Place::WAITING, number: end as u64 });
            return page;
        }
        page.events.extend(waiting.events.iter().filter(|it| asked.wants_event(it)).cloned());
    }
    if let Some(hours) = hours {
        fill(&mut page, &mut places, asked, hours);
    }
    page
}

/// What lies in open hours after the place asked for, until the page is full.
fn fill(page: &mut Page, places: &mut BTreeMap<Name, u32>, asked: &Asked, hours: &OpenHours) {
    let after = asked.after.filter(|place| !place.is_waiting());
    let wanted: Vec<Option<&Series>> = hours
        .series()
        .iter()
        .map(|series| Some(series).filter(|it| !it.name.is_empty() && asked.wants(&it.name)))
        .collect();
    for hour in hours.hours() {
        let done = match after {
            Some(place) if hour < place.hour => continue,
            Some(place) if hour == place.hour => Some(place.number),
            _ => None,
        };
        let hour = hours.hour(hour).after(done, done);
        for number in hour.numbers() {
            // One at least, or the next page would begin nowhere.
            if page.is_full() && page.next.is_some() {
                return;
            }
            // A batch that makes no sense is told when its hour is sealed.
            let _ = hour.samples_of(number, |series, sample| {
                if let Some(Some(series)) = wanted.get(series as usize) {
                    page.put(places, series, sample);
                }
            });
            let events = hour.events_of(number).unwrap_or_default().into_iter();
            page.events.extend(events.filter(|it| asked.wants_event(it)));
            page.next = Some(Place { hour: hour.hour, number });
        }
    }
    page.next = None;
}

/// All that is not sealed, put together from its pages.
#[derive(Debug, Default)]
pub struct Unsealed {
    samples: BTreeMap<Name, Vec<Sample>>,
    events: BTreeMap<Name, Vec<Event>>,
    meanings: Meanings,
}

impl Unsealed {
    /// Adds the next page.
    pub fn add(&mut self, page: Page) {
        for (place, at_ms, value, quality) in page.samples {
            let Some(Series { name, meaning }) = page.series.get(place as usize) else { continue };
            if self.meanings.get(name) != Some(meaning) {
                self.meanings.insert(name.clone(), meaning.clone());
            }
            let sample = Sample { at_ms, value, quality };
            match self.samples.get_mut(name) {
                Some(samples) => samples.push(sample),
                None => drop(self.samples.insert(name.clone(), vec![sample])),
            }
        }
        for event in page.events {
            self.events.entry(event.point.clone()).or_default().push(event);
        }
    }

    /// Samples and events by point, and what the points mean.
    pub(super) fn into_runs(self) -> (Vec<Run<Sample>>, Vec<Run<Event>>, Meanings) {
        let samples = self.samples.into_iter().map(|(point, rows)| Run { point, rows });
        let events = self.events.into_iter().map(|(point, rows)| Run { point, rows });
        (samples.collect(), events.collect(), self.meanings)
    }

    /// Of a folder in which nobody writes.
    pub(super) fn of(hours: &OpenHours) -> Self {
        let nothing = Unwritten { series: &[], samples: &[], events: &[] };
        let mut unsealed = Self::default();
        let mut asked = Asked::default();
        loop {
            let page = page(&asked, &nothing, Some(hours));
            asked.after = page.next;
            unsealed.add(page);
            if asked.after.is_none() {
                return unsealed;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Meaning;
    use super::*;

    fn series(name: &str) -> Series {
        Series { name: name.into(), meaning: Meaning::Unit("°C".to_owned()) }
    }

    fn sample(at_ms: i64) -> Sample {
        Sample { at_ms, value: Some(at_ms as f64), quality: Quality::Good }
    }

    #[test]
    fn what_waits_for_the_disk_comes_in_pages_and_every_piece_once() {
        let series = [series("Haus.A"), series("Haus.B")];
        let samples: Vec<(u32, Sample)> =
            (0..25_000_u32).map(|n| (n % 2, sample(i64::from(n)))).collect();
        let event = Event {
            at_ms: 7,
            kind: EventKind::Alarm,
            point: "Haus.A".into(),
            value: None,
            level: String::new(),
            by: String::new(),
            text: "zu kalt".to_owned(),
        };
        let waiting = Unwritten { series: &series, samples: &samples, events: &[event] };
        for (only, expected) in [(None, 25_000), (Some(BTreeSet::from(["Haus.B".into()])), 12_500)]
        {
            let events = usize::from(only.is_none());
            let mut asked = Asked { after: None, only, standing: false };
            let mut unsealed = Unsealed::default();
            let mut pages = 0;
            loop {
                let page = page(&asked, &waiting, None);
                assert!(page.samples.len() <= PAGE);
                pages += 1;
                asked.after = page.next;
                unsealed.add(page);
                if asked.after.is_none() {
                    break;
                }
            }
            assert_eq!(pages, 3);
            let (samples, found, _) = unsealed.into_runs();
            assert_eq!(samples.iter().map(|run| run.rows.len()).sum::<usize>(), expected);
            assert!(samples.iter().all(|run| run.rows.is_sorted_by(|a, b| a.at_ms < b.at_ms)));
            assert_eq!(found.len(), events);
        }
    }

    #[test]
    fn of_other_points_only_what_stands_is_given_if_asked() {
        let kinds = [EventKind::Command, EventKind::Override, EventKind::Alarm, EventKind::Rules];
        let event = |point: &str, kind| Event {
            at_ms: 7,
            kind,
            point: point.into(),
            value: None,
            level: String::new(),
            by: String::new(),
            text: String::new(),
        };
        let events: Vec<Event> = ["Haus.A", "Haus.B"]
            .into_iter()
            .flat_map(|point| kinds.map(|kind| event(point, kind)))
            .collect();
        let series = [series("Haus.A"), series("Haus.B")];
        let samples = [(0, sample(1)), (1, sample(2))];
        let waiting = Unwritten { series: &series, samples: &samples, events: &events };
        for (standing, expected) in [(false, 4), (true, 7)] {
            let only = Some(BTreeSet::from(["Haus.B".into()]));
            let page = page(&Asked { after: None, only, standing }, &waiting, None);
            assert_eq!(page.events.len(), expected);
            let foreign = page.events.iter().filter(|it| &*it.point == "Haus.A");
            assert!(foreign.clone().all(|it| it.kind != EventKind::Command));
            assert_eq!((page.samples.len(), page.series.len()), (1, 1));
        }
    }
}
