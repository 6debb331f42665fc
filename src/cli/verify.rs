//! `hauswart verify`: reads every byte of the history and compares it with what
//! was written.

use std::process::ExitCode;

use super::{Format, SiteFile, files, say};
use crate::history::Shelf;
use crate::model::Language;

pub const EXAMPLE: &str = "Example:
  hauswart verify

Reads every file of the history and compares its checksum; changes nothing, and may
run beside the daemon.
Exit code 0: all whole; 1: something is missing or damaged (named); 2: no history.";

#[derive(Debug, clap::Args)]
pub struct Verify {
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(serde::Serialize)]
struct Outcome {
    files: usize,
    rows: u64,
    bytes: u64,
    faults: Vec<String>,
}

impl Verify {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let shelf = Shelf::open(&site.data.join("history"));
        let shelf = shelf.map_err(|error| anyhow::anyhow!(error.words(language)))?;
        let words = shelf.faults.iter().map(|fault| fault.words(language)).collect();
        let mut outcome = Outcome { files: 0, rows: 0, bytes: 0, faults: words };
        shelf.verify(|entry, whole| match whole {
            Ok(()) => {
                outcome.files += 1;
                outcome.rows += entry.rows;
                outcome.bytes += entry.bytes;
            }
            Err(fault) => outcome.faults.push(fault.words(language)),
        });
        let Outcome { files, rows, bytes, faults } = &outcome;
        match self.format {
            Format::Json => say::out(&serde_json::to_string_pretty(&outcome)?),
            Format::Text => {
                faults.iter().for_each(|fault| say::out(fault));
                let mib = *bytes as f64 / f64::from(1 << 20);
                say::out(&language.pick(
                    format!("{files} Dateien unversehrt, {rows} Zeilen, {mib:.1} MiB"),
                    format!("{files} files are whole, {rows} rows, {mib:.1} MiB"),
                ));
            }
        }
        Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}
