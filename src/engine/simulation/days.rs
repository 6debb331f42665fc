//! The disk's side of the simulation: a thread of its own seals day after day,
//! while the next one is being computed.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc::Receiver;

use crate::history::span::month_of;
use crate::history::{Archive, Event, HistoryError, Meanings, Name, Sample, Span};

/// A UTC day of the simulated building.
#[derive(Debug)]
pub struct Day {
    pub span: Span,
    /// Points in order of names, times in order.
    pub runs: Vec<(Name, Vec<Sample>)>,
    pub events: Vec<Event>,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Recorded {
    pub days: u64,
    pub samples: u64,
    pub events: u64,
    /// Of the history's files, quarter hours included.
    pub bytes: u64,
}

/// Seals what comes until no more does.
pub fn write(
    folder: &Path,
    meanings: &Meanings,
    days: Receiver<Day>,
) -> Result<Recorded, HistoryError> {
    let (mut archive, _) = Archive::open(folder)?;
    let mut recorded = Recorded::default();
    for day in days {
        recorded.days += 1;
        recorded.samples += day.runs.iter().map(|(_, run)| run.len() as u64).sum::<u64>();
        recorded.events += day.events.len() as u64;
        let until_ms = day.span.until_ms;
        archive.take_in_day(day.span, &day.runs, day.events, meanings)?;
        if month_of(until_ms).from_ms == until_ms {
            archive.merge(until_ms, &BTreeSet::new())?;
        }
    }
    recorded.bytes = archive.catalogue().files.iter().map(|file| file.bytes).sum();
    Ok(recorded)
}
