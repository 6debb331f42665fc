//! `hauswart backup`: everything of a site as of one moment in one tar file, also
//! while the daemon runs. The file has its name only once it is whole.

mod contents;
mod restore;
mod tarball;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use self::contents::{ABOUT, About, FORMAT, HISTORY, Moment, STORE, Written};
pub use self::restore::{EXAMPLE as RESTORE_EXAMPLE, Restore};
use self::tarball::Packer;
pub use self::tarball::{Looked, look};
use super::new_file::NewFile;
use super::progress::Progress;
use super::{Format, SiteFile, files, say};
use crate::clock::Scaled;
use crate::history::Entry;
use crate::model::{Clock, Language};
use crate::report::readings;
use crate::site::{Folders, Site};

pub const EXAMPLE: &str = "Example:
  hauswart backup /media/stick              names the file by site and time
  hauswart backup rathaus.tar
  hauswart verify rathaus.tar

In it: site file, templates, rules and calendars, what the store holds (overrides,
alarms, timers, commands outstanding) and the whole history; not the passwords. It is
a tar file with checksums that \"sha256sum -c SHA256SUMS\" reads: any system opens it.
Exit code 0: whole; 1: whole, but something of the history was missing or damaged
before (named); 2: there is no backup.";

/// A file of the history that went was merged: so often all is begun anew.
const TRIES: usize = 5;

#[derive(Debug, clap::Args)]
pub struct Backup {
    /// The file to write, or a folder for one named by site and time.
    #[arg(value_name = "FILE-OR-FOLDER")]
    to: PathBuf,
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Default, serde::Serialize)]
struct Outcome {
    file: PathBuf,
    files: usize,
    bytes: u64,
    /// What of the history was missing or damaged before.
    faults: Vec<String>,
}

/// What became of one try.
enum Packed {
    Whole(Outcome),
    /// Files have been merged meanwhile.
    Moved,
}

impl Backup {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let folders = Folders::read(&self.site.path)
            .map_err(|error| anyhow::anyhow!(error.words(language)))?;
        let made = Scaled::real().now().wall;
        let path = if self.to.is_dir() {
            let name: String =
                site.name.chars().map(|it| if it.is_alphanumeric() { it } else { '-' }).collect();
            self.to.join(format!("hauswart-{name}-{}.tar", made.strftime("%Y%m%dT%H%M%SZ")))
        } else {
            self.to.clone()
        };
        if path.exists() {
            anyhow::bail!(language.pick(
                format!("{} gibt es schon; eine Sicherung überschreibt nichts", path.display()),
                format!("{} is there already; a backup overwrites nothing", path.display()),
            ));
        }
        let written = contents::written(&self.site.path, &site, &folders)?;
        let about = About {
            format: FORMAT,
            program: format!("hauswart {}", env!("CARGO_PKG_VERSION")),
            made,
            site: site.name.clone(),
            site_file: self.site.path.file_name().context("site.toml")?.to_string_lossy().into(),
            elsewhere: contents::elsewhere(&written),
        };
        for _ in 0..TRIES {
            let moment = Moment::take(&site, language)?;
            let new = NewFile::begin_private(&path)?;
            let packing = Packing { site: &site, written: &written, about: &about, language };
            if let Packed::Whole(mut outcome) = packing.pack(&moment, &new.file)? {
                outcome.bytes = new.file.metadata()?.len();
                outcome.file.clone_from(&path);
                new.finish()?;
                return tell(&outcome, self.format, language);
            }
        }
        anyhow::bail!(language.pick(
            "der Verlauf wird gerade zusammengefasst; bitte später noch einmal",
            "the history is being merged; please try again later",
        ))
    }
}

struct Packing<'a> {
    site: &'a Site,
    written: &'a [Written],
    about: &'a About,
    language: Language,
}

impl Packing<'_> {
    fn pack(&self, moment: &Moment, file: &File) -> anyhow::Result<Packed> {
        let made = self.about.made.as_second().unsigned_abs();
        let mut packer = Packer::begin(file, made);
        packer.put_bytes(ABOUT, &serde_json::to_vec_pretty(self.about)?)?;
        for Written { name, path } in self.written {
            let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
            packer.put_bytes(name, &bytes)?;
        }
        if let Some(store) = &moment.store {
            packer.put_bytes(STORE, store)?;
        }
        for (path, length) in &moment.open {
            let name = path.file_name().context("a file")?.to_string_lossy();
            match File::open(path) {
                Ok(file) => packer.put(&format!("{HISTORY}/open/{name}"), *length, file)?,
                // Sealed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Packed::Moved),
                Err(error) => return Err(error).with_context(|| path.display().to_string()),
            };
        }
        match std::fs::read(self.site.data.join(readings::FILE)) {
            Ok(bytes) => packer.put_bytes(&format!("data/{}", readings::FILE), &bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).context(readings::FILE),
        }
        contents::pack_tokens(self.site, &mut packer)?;
        let mut outcome = Outcome::default();
        if !moment.catalogue.files.is_empty() {
            let catalogue = serde_json::to_vec(&moment.catalogue)?;
            packer.put_bytes(&format!("{HISTORY}/catalogue.json"), &catalogue)?;
        }
        let total = moment.catalogue.files.iter().map(|entry| entry.bytes).sum();
        let mut progress = Progress::new(total);
        let mut done = 0;
        // What is merged next lies at the end: first that.
        for entry in moment.catalogue.files.iter().rev() {
            match self.put(entry, &mut packer)? {
                Put::Whole => {}
                Put::Fault(words) => outcome.faults.push(words),
                Put::Gone(words)
                    if contents::catalogue(self.site, self.language)? == moment.catalogue =>
                {
                    outcome.faults.push(words);
                }
                Put::Gone(_) => return Ok(Packed::Moved),
            }
            done += entry.bytes;
            progress.at(done, || entry.name.clone());
        }
        outcome.files = packer.files();
        packer.finish()?;
        Ok(Packed::Whole(outcome))
    }

    /// One file of the history, compared with its sum on the way.
    fn put(&self, entry: &Entry, packer: &mut Packer<'_>) -> anyhow::Result<Put> {
        let history = self.site.data.join("history");
        let path = entry.path(&history);
        let shown = path.display();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Put::Gone(self.language.pick(
                    format!("die Verlaufsdatei {shown} fehlt"),
                    format!("the history file {shown} is missing"),
                )));
            }
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let length = file.metadata()?.len();
        let name = format!("{HISTORY}/{}/{}", entry.facts.kind.folder(), entry.name);
        let print = packer.put(&name, length, file).with_context(|| path.display().to_string())?;
        if length == entry.bytes && format!("{print:016x}") == entry.sum {
            return Ok(Put::Whole);
        }
        Ok(Put::Fault(self.language.pick(
            format!("die Verlaufsdatei {shown} war schon beschädigt, als sie gesichert wurde"),
            format!("the history file {shown} was damaged already when it was backed up"),
        )))
    }
}

enum Put {
    Whole,
    Fault(String),
    Gone(String),
}

fn tell(outcome: &Outcome, format: Format, language: Language) -> anyhow::Result<ExitCode> {
    let Outcome { file, files, bytes, faults } = outcome;
    match format {
        Format::Json => say::out(&serde_json::to_string_pretty(outcome)?),
        Format::Text => {
            faults.iter().for_each(|fault| say::err(&format!("hauswart: {fault}")));
            let (file, mib) = (file.display(), mib(*bytes));
            say::out(&language.pick(
                format!("gesichert: {files} Dateien, {mib}, in {file}"),
                format!("backed up: {files} files, {mib}, in {file}"),
            ));
        }
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

pub fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// What `backup.json` of a backup says; `None` until it has been seen.
fn about(bytes: &[u8], path: &Path, language: Language) -> anyhow::Result<About> {
    let about: About = serde_json::from_slice(bytes).with_context(|| path.display().to_string())?;
    if about.format > FORMAT {
        anyhow::bail!(language.pick(
            format!("die Sicherung stammt von einem neueren hauswart ({})", about.program),
            format!("the backup was made by a newer hauswart ({})", about.program),
        ));
    }
    // It is written to: it must be one of the files beside each other in `site/`.
    let name = &about.site_file;
    if Path::new(name).file_name().is_none_or(|plain| plain != name.as_str()) {
        anyhow::bail!(language.pick(
            format!("die Sicherung ist nicht von hauswart: \"{name}\" ist kein Dateiname"),
            format!("the backup is not of hauswart: \"{name}\" is no name of a file"),
        ));
    }
    Ok(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_file_outside_of_the_backup_is_refused() {
        let of = |name: &str| {
            let bytes = serde_json::to_vec(&About {
                format: FORMAT,
                program: "hauswart".into(),
                made: jiff::Timestamp::UNIX_EPOCH,
                site: "Schule".into(),
                site_file: name.into(),
                elsewhere: Vec::new(),
            });
            about(&bytes.unwrap(), Path::new("x.tar"), Language::En)
        };
        assert_eq!(of("site.toml").unwrap().site_file, "site.toml");
        for name in ["", ".", "..", "/etc/site.toml", "../site.toml", "a/site.toml", "a/"] {
            let refused = of(name).unwrap_err().to_string();
            assert!(refused.contains("no name of a file"), "{name}: {refused}");
        }
    }
}
