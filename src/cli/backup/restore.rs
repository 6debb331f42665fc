//! `hauswart restore`: makes a site's folder of a backup. Every checksum is
//! compared before anything is written; what is there already is left alone; the
//! folder has its name only once it is whole.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use super::contents::{ABOUT, About, STORE};
use super::{about, look, mib};
use crate::cli::progress::Progress;
use crate::cli::{Format, say};
use crate::clock::Scaled;
use crate::model::{Clock, Language};
use crate::site::Folders;
use crate::store;
use crate::web::pull::tokens;

pub const EXAMPLE: &str = "Example:
  hauswart restore rathaus.tar --to /srv/rathaus
  hauswart run /srv/rathaus/site.toml
  hauswart restore rathaus.tar --to /etc/hauswart --data /var/lib/hauswart

Into the folder come site file, templates, rules, calendars and the data folder. Where
the site file names a folder outside of its own, that word is changed to the folder's
new place, and this is said. Passwords are in no backup: put their files in place.
The first start lets go of what a dead machine has left commanded and no rule claims.
Exit code 0: done; 1: the backup is not whole (named), nothing was written; 2: could
not be read or written.";

#[derive(Debug, clap::Args)]
pub struct Restore {
    /// A backup.
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
    /// The site's folder, to be made.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// The data folder, to be made, where it shall not lie in that one.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(serde::Serialize)]
struct Outcome {
    site_file: PathBuf,
    /// When the backup was made.
    made: jiff::Timestamp,
    files: usize,
    bytes: u64,
    /// Words of the site file that name another folder now: the word, what stood
    /// there, what stands there now.
    changed: Vec<(String, String, String)>,
    /// Files that must be put in place by hand: where they are, where they lay.
    elsewhere: Vec<(PathBuf, PathBuf)>,
}

impl Restore {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let language = language.unwrap_or_default();
        say::speak(language);
        let both = [Some(&self.to), self.data.as_ref()].into_iter().flatten();
        both.clone().try_for_each(|folder| require_free(folder, language))?;
        let Some(about) = self.looked_through(language)? else { return Ok(ExitCode::from(1)) };
        let mut halves = Vec::new();
        for folder in both {
            let half = half(folder)?;
            fs::create_dir(&half).with_context(|| half.display().to_string())?;
            halves.push((half, folder));
        }
        let made = self.unpack(&halves, about, language).and_then(|outcome| {
            // The data first: a site file is there only once all is.
            for (half, folder) in halves.iter().rev() {
                sync(half)?;
                fs::rename(half, folder).with_context(|| folder.display().to_string())?;
            }
            Ok(outcome)
        });
        if made.is_err() {
            // These folders are ours: they were not there before.
            halves.iter().for_each(|(half, _)| drop(fs::remove_dir_all(half)));
        }
        tell(&made?, self.format, language)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Compares every sum; `None`: it is not whole, which has been told.
    fn looked_through(&self, language: Language) -> anyhow::Result<Option<About>> {
        let shown = || self.backup.display().to_string();
        let total = fs::metadata(&self.backup).with_context(shown)?.len();
        let mut progress = Progress::new(total);
        let (mut done, mut known) = (0, None);
        let looked = look(&self.backup, |name, size, from| {
            if name == ABOUT {
                let mut bytes = Vec::new();
                from.read_to_end(&mut bytes)?;
                known = Some(bytes);
            }
            done += size;
            progress.at(done, || name.to_owned());
            Ok(())
        });
        drop(progress);
        let looked = looked.with_context(shown)?;
        for flaw in &looked.flaws {
            say::err(&format!("hauswart: {}", flaw.words(language)));
        }
        match known {
            Some(bytes) if looked.flaws.is_empty() => {
                about(&bytes, &self.backup, language).map(Some)
            }
            _ => {
                say::err(
                    language.pick(
                        "hauswart: nichts ist zurückgespielt",
                        "hauswart: nothing was restored",
                    ),
                );
                Ok(None)
            }
        }
    }

    /// Into the first folder the site, into the second, if there is one, its data.
    fn unpack(
        &self,
        halves: &[(PathBuf, &PathBuf)],
        about: About,
        language: Language,
    ) -> anyhow::Result<Outcome> {
        let half = &halves[0].0;
        let data = halves.get(1).map_or_else(|| half.join(".data"), |(data, _)| data.clone());
        let mut entries = None;
        let looked = look(&self.backup, |name, _, from| {
            if name == STORE {
                let mut text = String::new();
                from.read_to_string(&mut text)?;
                entries = Some(text);
                return Ok(());
            }
            let place = match name.split_once('/') {
                Some(("site", inside)) => half.join(inside),
                Some(("data", inside)) => data.join(inside),
                Some(("elsewhere", _)) => half.join(name),
                _ => return Ok(()),
            };
            put(&place, from).with_context(|| place.display().to_string())
        })?;
        let site_file = half.join(&about.site_file);
        let folders =
            Folders::read(&site_file).map_err(|error| anyhow::anyhow!(error.words(language)))?;
        let mut place = data.clone();
        if self.data.is_none() {
            place = half.join(&folders.data.carried);
            fs::create_dir_all(&place)?;
            if data.exists() {
                fs::rename(&data, &place)?;
            }
        }
        if let Some(entries) = entries {
            let words = |error: store::StoreError| anyhow::anyhow!(error.words(language));
            let stamp = Scaled::real().now().wall.strftime("%Y%m%dT%H%M%SZ").to_string();
            let opened = store::open(&place, &stamp).map_err(words)?;
            store::fill(&*opened.store, &entries).map_err(words)?;
        }
        let changed = self.carry(&folders, &site_file, language)?;
        let elsewhere = about.elsewhere.into_iter();
        Ok(Outcome {
            site_file: self.to.join(&about.site_file),
            made: about.made,
            files: looked.files,
            bytes: looked.bytes,
            changed,
            elsewhere: elsewhere.map(|(name, lay)| (self.to.join(name), lay)).collect(),
        })
    }

    /// Words of the site file that lead out of its folder lead to the new places.
    fn carry(
        &self,
        folders: &Folders,
        site_file: &Path,
        language: Language,
    ) -> anyhow::Result<Vec<(String, String, String)>> {
        let mut data = folders.data.clone();
        if let Some(folder) = &self.data {
            data.carried = std::path::absolute(folder)?;
            if data.word.is_none() {
                anyhow::bail!(language.pick(
                    "die Anlagendatei nennt keinen Datenordner: ohne --data zurückspielen",
                    "the site file names no data folder: restore without --data",
                ));
            }
        }
        let named = [("data", &data), ("rules", &folders.rules), ("devices", &folders.devices)];
        let mut changed = Vec::new();
        let mut places = Vec::new();
        for (key, folder) in named {
            let Some((word, place)) = &folder.word else { continue };
            let new = folder.carried.display().to_string();
            if *word != new {
                places.push((place.clone(), toml::Value::from(new.as_str()).to_string()));
                changed.push((key.to_owned(), word.clone(), new));
            }
        }
        if !changed.is_empty() {
            places.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
            let mut text = folders.text.clone();
            for (place, new) in places {
                text.replace_range(place, &new);
            }
            fs::write(site_file, text).with_context(|| site_file.display().to_string())?;
        }
        Ok(changed)
    }
}

/// # Errors
/// If something is there already.
fn require_free(to: &Path, language: Language) -> anyhow::Result<()> {
    let empty = match to.read_dir() {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !empty {
        anyhow::bail!(language.pick(
            format!("in {} ist schon etwas; nichts wird überschrieben", to.display()),
            format!("there is something in {} already; nothing is overwritten", to.display()),
        ));
    }
    Ok(())
}

/// The name of the folder until it is whole.
fn half(to: &Path) -> anyhow::Result<PathBuf> {
    let plain = to.components().next_back().filter(|it| matches!(it, Component::Normal(_)));
    let name = plain.with_context(|| to.display().to_string())?.as_os_str();
    let mut name = name.to_owned();
    name.push(".restoring");
    if let Some(parent) = to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
    }
    Ok(to.with_file_name(name))
}

fn put(place: &Path, from: &mut dyn Read) -> io::Result<()> {
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = File::options();
    // Who may pull figures is nobody's business.
    let mode =
        if place.parent().is_some_and(|it| it.ends_with(tokens::FOLDER)) { 0o600 } else { 0o666 };
    let mut file = options.write(true).create_new(true).mode(mode).open(place)?;
    io::copy(from, &mut file)?;
    file.sync_all()
}

/// Makes all names below a folder durable.
fn sync(folder: &Path) -> io::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync(&entry.path())?;
        }
    }
    File::open(folder)?.sync_all()
}

fn tell(outcome: &Outcome, format: Format, language: Language) -> anyhow::Result<()> {
    if format == Format::Json {
        say::out(&serde_json::to_string_pretty(outcome)?);
        return Ok(());
    }
    let Outcome { site_file, made, files, bytes, changed, elsewhere } = outcome;
    let (mib, made) = (mib(*bytes), made.strftime("%Y-%m-%d %H:%MZ"));
    say::out(&language.pick(
        format!("zurückgespielt: {files} Dateien, {mib}, Stand {made}"),
        format!("restored: {files} files, {mib}, as of {made}"),
    ));
    for (key, old, new) in changed {
        say::out(&language.pick(
            format!("in der Anlagendatei steht jetzt {key} = \"{new}\" statt \"{old}\""),
            format!("the site file now says {key} = \"{new}\" instead of \"{old}\""),
        ));
    }
    for (new, lay) in elsewhere {
        let (new, lay) = (new.display(), lay.display());
        say::out(&language.pick(
            format!("{lay} liegt jetzt unter {new}: an seinen Ort legen"),
            format!("{lay} is now {new}: put it in its place"),
        ));
    }
    let site_file = site_file.display();
    say::out(&language.pick(
        format!("starten: hauswart run {site_file}; Kennwörter sind nicht dabei"),
        format!("start it: hauswart run {site_file}; passwords are not in it"),
    ));
    Ok(())
}
