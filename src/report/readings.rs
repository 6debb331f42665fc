//! Readings by hand: `readings.jsonl` in the data folder, one line each, only ever
//! added to. A reading of the same meter and moment corrects the one before; one
//! that is withdrawn counts no more, and its line stays. A line torn off by a power
//! cut was never acknowledged: it is cut away before the next one is added.
//!
//! Whoever adds holds a lock on the file, daemon or not, and has an answer only once
//! the disk has it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::history::Sample;
use crate::model::{Language, Quality, Unit, system_words};

/// The file's name in the data folder.
pub const FILE: &str = "readings.jsonl";

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub meter: String,
    /// When the dial showed it.
    pub at: Timestamp,
    /// As the dial shows it; `None`: the reading of this moment is withdrawn.
    pub reading: Option<f64>,
    /// Of the reading.
    pub unit: String,
    /// Who read it.
    pub by: String,
    pub entered: Timestamp,
}

impl Entry {
    /// As the counter of its meter showed it; `None`: it is withdrawn, or its unit is
    /// none that this program knows.
    #[must_use]
    pub fn sample(&self) -> Option<Sample> {
        let unit = Unit::parse(&self.unit)?;
        Some(Sample {
            at_ms: self.at.as_millisecond(),
            value: Some(unit.canonical(self.reading?)),
            quality: Quality::Good,
        })
    }
}

/// Why readings could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum ReadingsError {
    #[error("{what} {path}")]
    Io {
        what: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Somebody changed it by hand.
    #[error("line {line} of {path} is no reading")]
    Line { path: PathBuf, line: usize },
}

impl ReadingsError {
    fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }

    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Io { path, source, .. } => {
                let (path, why) = (path.display(), system_words(source, language));
                language.pick(
                    format!(
                        "die Ablesungen in {path} lassen sich nicht lesen oder ergänzen: {why}"
                    ),
                    format!("the readings in {path} cannot be read or added to: {why}"),
                )
            }
            Self::Line { path, line } => {
                let path = path.display();
                language.pick(
                    format!(
                        "Zeile {line} von {path} ist keine Ablesung; bitte berichtigen oder löschen"
                    ),
                    format!("line {line} of {path} is no reading; mend or delete it"),
                )
            }
        }
    }
}

/// What the file holds.
#[derive(Debug, Clone, Default)]
pub struct Readings {
    /// By meter and moment; the last word on each.
    entries: BTreeMap<(String, Timestamp), Entry>,
}

impl Readings {
    /// Reads them; none if nobody has entered any.
    ///
    /// # Errors
    /// If the file cannot be read, or a line is none of ours: nothing of it is
    /// passed over.
    pub fn read(data: &Path) -> Result<Self, ReadingsError> {
        let path = data.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => Self::parse(&bytes, &path),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(ReadingsError::io("could not read", &path)(error)),
        }
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, ReadingsError> {
        let mut readings = Self::default();
        let mut lines = bytes.split(|byte| *byte == b'\n').enumerate().peekable();
        while let Some((place, line)) = lines.next() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice(line) {
                Ok(entry) => readings.put(entry),
                // Torn off: nobody was told that it was kept.
                Err(_) if lines.peek().is_none() => {}
                Err(_) => {
                    return Err(ReadingsError::Line { path: path.to_owned(), line: place + 1 });
                }
            }
        }
        Ok(readings)
    }

    /// The last word on a meter and moment.
    pub fn put(&mut self, entry: Entry) {
        self.entries.insert((entry.meter.clone(), entry.at), entry);
    }

    /// Those of a meter that count, in order of time.
    pub fn of<'a>(&'a self, meter: &'a str) -> impl Iterator<Item = &'a Entry> {
        let all = self.entries.values();
        all.filter(move |entry| entry.meter == meter && entry.reading.is_some())
    }

    /// As samples of the meter's counter, in order of time.
    #[must_use]
    pub fn samples(&self, meter: &str) -> Vec<Sample> {
        self.of(meter).filter_map(Entry::sample).collect()
    }
}

/// The file, held alone.
#[derive(Debug)]
pub struct Held {
    file: File,
    path: PathBuf,
    /// Bytes that are whole lines.
    whole: u64,
    pub readings: Readings,
}

impl Held {
    /// Waits for whoever holds it, makes it where it is missing, and reads it.
    ///
    /// # Errors
    /// [`ReadingsError`].
    pub fn open(data: &Path) -> Result<Self, ReadingsError> {
        let path = data.join(FILE);
        let error = |what| ReadingsError::io(what, &path);
        std::fs::create_dir_all(data).map_err(error("could not make the folder of"))?;
        let is_new = !path.exists();
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true).mode(0o640);
        let mut file = options.open(&path).map_err(error("could not open"))?;
        file.lock().map_err(error("could not lock"))?;
        if is_new {
            belongs_to_folder(&file, data).map_err(error("could not make"))?;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(error("could not read"))?;
        let readings = Readings::parse(&bytes, &path)?;
        let last = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut whole = last as u64;
        // Somebody's editor leaves out the last line's end: it is whole all the same.
        if serde_json::from_slice::<Entry>(&bytes[last..]).is_ok() {
            whole = bytes.len() as u64;
        }
        Ok(Self { file, path, whole, readings })
    }

    /// Adds lines, all or none; they are on the disk then.
    ///
    /// # Errors
    /// [`ReadingsError::Io`]; nothing was added then.
    pub fn add(&mut self, entries: &[Entry]) -> Result<(), ReadingsError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut text = Vec::new();
        if self.whole > 0 && !self.ends_line() {
            text.push(b'\n');
        }
        for entry in entries {
            let line = serde_json::to_vec(entry).map_err(io::Error::from);
            text.extend(line.map_err(ReadingsError::io("could not write", &self.path))?);
            text.push(b'\n');
        }
        let write = |file: &mut File, whole: u64| {
            file.set_len(whole)?;
            file.seek(SeekFrom::Start(whole))?;
            file.write_all(&text)?;
            file.sync_all()
        };
        if let Err(error) = write(&mut self.file, self.whole) {
            // A full disk took a part of it: as if nothing had been.
            let _ = self.file.set_len(self.whole);
            return Err(ReadingsError::io("could not write", &self.path)(error));
        }
        self.whole += text.len() as u64;
        entries.iter().for_each(|entry| self.readings.put(entry.clone()));
        Ok(())
    }

    fn ends_line(&mut self) -> bool {
        let mut last = [0];
        let read = self.file.seek(SeekFrom::Start(self.whole - 1));
        read.and_then(|_| self.file.read_exact(&mut last)).is_ok() && last == *b"\n"
    }
}

/// What root makes beside a daemon's folder is the daemon's; and its name lasts.
fn belongs_to_folder(file: &File, data: &Path) -> io::Result<()> {
    let folder = std::fs::metadata(data)?;
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (folder.uid(), folder.gid()) {
        // Only root may; another's file in our folder would be a fault elsewhere.
        let _ = std::os::unix::fs::fchown(file, Some(folder.uid()), Some(folder.gid()));
    }
    File::open(data)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(minute: i64, reading: Option<f64>) -> Entry {
        Entry {
            meter: "Gas".into(),
            at: Timestamp::from_second(minute * 60).unwrap(),
            reading,
            unit: "l".into(),
            by: "K. Meier".into(),
            entered: Timestamp::UNIX_EPOCH,
        }
    }

    fn values(data: &Path) -> Vec<f64> {
        Readings::read(data).unwrap().samples("Gas").iter().filter_map(|it| it.value).collect()
    }

    #[test]
    fn readings_come_back_corrected_and_withdrawn() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        assert!(values(&data).is_empty());
        let mut held = Held::open(&data).unwrap();
        held.add(&[entry(2, Some(2000.0)), entry(1, Some(1000.0)), entry(3, Some(9.0))]).unwrap();
        held.add(&[entry(2, Some(2500.0)), entry(3, None)]).unwrap();
        assert_eq!(values(&data), [1.0, 2.5], "canonical, in order of time");
        assert_eq!(held.readings.samples("Gas").len(), 2);
        assert!(held.readings.of("Wasser").next().is_none());
    }

    #[test]
    fn wherever_a_power_cut_tears_it_what_was_acknowledged_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        Held::open(folder.path()).unwrap().add(&[entry(1, Some(1000.0))]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        Held::open(folder.path()).unwrap().add(&[entry(2, Some(2000.0))]).unwrap();
        let both = std::fs::read(&path).unwrap();
        for end in whole.len()..both.len() {
            std::fs::write(&path, &both[..end]).unwrap();
            let read = values(folder.path());
            assert!(read == [1.0] || (read == [1.0, 2.0] && end == both.len() - 1), "{end}");
            Held::open(folder.path()).unwrap().add(&[entry(3, Some(3000.0))]).unwrap();
            let expected = [read, vec![3.0]].concat();
            assert_eq!(values(folder.path()), expected, "{end}");
        }
    }

    #[test]
    fn a_line_that_is_none_is_told_and_nothing_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        Held::open(folder.path()).unwrap().add(&[entry(1, Some(1000.0))]).unwrap();
        let line = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{line}48210,5\n{line}")).unwrap();
        let error = Readings::read(folder.path()).unwrap_err();
        assert!(matches!(error, ReadingsError::Line { line: 2, .. }), "{error}");
        assert!(Held::open(folder.path()).is_err(), "nothing is added to it either");
    }

    #[test]
    fn two_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        std::thread::scope(|scope| {
            for half in 0..2 {
                scope.spawn(move || {
                    for minute in 0..20 {
                        let mut held = Held::open(data).unwrap();
                        held.add(&[entry(2 * minute + half, Some(1.0))]).unwrap();
                    }
                });
            }
        });
        assert_eq!(values(data).len(), 40);
    }
}
