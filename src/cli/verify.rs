//! `hauswart verify`: reads every byte of the history, or of a backup, and compares
//! it with what was written.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use super::backup::{Looked, look, mib};
use super::progress::Progress;
use super::{Format, SiteFile, files, say};
use crate::history::Shelf;
use crate::model::Language;

pub const EXAMPLE: &str = "Example:
  hauswart verify
  hauswart verify /media/stick/rathaus.tar

Reads every file of the history, or of a backup, and compares its checksum; changes
nothing, and may run beside the daemon.
Exit code 0: all whole; 1: something is missing or damaged (named); 2: no history.";

#[derive(Debug, clap::Args)]
pub struct Verify {
    /// A backup; the history of the site unless given.
    #[arg(value_name = "BACKUP")]
    backup: Option<PathBuf>,
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(serde::Serialize)]
struct Outcome {
    files: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    bytes: u64,
    faults: Vec<String>,
}

impl Verify {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        if let Some(path) = &self.backup {
            let language = language.unwrap_or_default();
            say::speak(language);
            return tell(&of_backup(path, language)?, self.format, language);
        }
        let (site, language) = files::site(&self.site.path, language)?;
        let shelf = Shelf::open(&site.data.join("history"));
        let shelf = shelf.map_err(|error| anyhow::anyhow!(error.words(language)))?;
        let words = shelf.faults.iter().map(|fault| fault.words(language)).collect();
        let mut progress = Progress::new(shelf.catalogue().files.iter().map(|it| it.bytes).sum());
        let (mut rows, mut done) = (0, 0);
        let mut outcome = Outcome { files: 0, rows: None, bytes: 0, faults: words };
        shelf.verify(|entry, whole| {
            done += entry.bytes;
            progress.at(done, || entry.name.clone());
            match whole {
                Ok(()) => {
                    outcome.files += 1;
                    rows += entry.rows;
                    outcome.bytes += entry.bytes;
                }
                Err(fault) => outcome.faults.push(fault.words(language)),
            }
        });
        drop(progress);
        outcome.rows = Some(rows);
        tell(&outcome, self.format, language)
    }
}

fn of_backup(path: &Path, language: Language) -> anyhow::Result<Outcome> {
    let shown = || path.display().to_string();
    let mut progress = Progress::new(std::fs::metadata(path).with_context(shown)?.len());
    let mut done = 0;
    let looked = look(path, |name, size, _| {
        done += size;
        progress.at(done, || name.to_owned());
        Ok(())
    });
    let Looked { files, bytes, flaws } = looked.with_context(shown)?;
    let faults = flaws.iter().map(|flaw| flaw.words(language)).collect();
    Ok(Outcome { files, rows: None, bytes, faults })
}

fn tell(outcome: &Outcome, format: Format, language: Language) -> anyhow::Result<ExitCode> {
    let Outcome { files, rows, bytes, faults } = outcome;
    match format {
        Format::Json => say::out(&serde_json::to_string_pretty(outcome)?),
        Format::Text => {
            faults.iter().for_each(|fault| say::out(fault));
            let mib = mib(*bytes);
            let rows = |word: &str| rows.map(|rows| format!("{rows} {word}, ")).unwrap_or_default();
            say::out(&language.pick(
                format!("{files} Dateien unversehrt, {}{mib}", rows("Zeilen")),
                format!("{files} files are whole, {}{mib}", rows("rows")),
            ));
        }
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
