//! What belongs into a backup, and under which name: the files that people wrote
//! for the site (site file, templates, rules, calendars), all that the store holds,
//! and the history, as of one moment.
//!
//! ```text
//! backup.json                 when, of which site, which program
//! site/                       as they lie beside the site file
//! elsewhere/1/ferien.ics      calendars that rules name and what reports need (factors,
//!                             weather), where it lies elsewhere
//! data/store.jsonl            see store::dump
//! data/readings.jsonl         readings of meters by hand
//! data/tokens/NAME.json       who may pull figures: sums of tokens, not tokens
//! data/history/               as it lies in the data folder
//! SHA256SUMS                  last: sums of all these
//! ```

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::tarball::Packer;
use crate::cli::{files, runtime, solo};
use crate::history::{Catalogue, Shelf};
use crate::model::Language;
use crate::site::{Folders, Site, SiteFolder};
use crate::store::{self, Store};
use crate::web::client::Client;
use crate::web::pull::tokens;

pub const ABOUT: &str = "backup.json";
pub const STORE: &str = "data/store.jsonl";
pub const HISTORY: &str = "data/history";
pub const FORMAT: u32 = 1;
/// So often the moment is looked for at which no file of the history changes.
const TRIES: usize = 20;

/// What `backup.json` says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct About {
    pub format: u32,
    pub program: String,
    pub made: jiff::Timestamp,
    pub site: String,
    /// Its name within `site/`.
    pub site_file: String,
    /// Files that lay elsewhere: their name in the backup, and where they lay.
    pub elsewhere: Vec<(String, PathBuf)>,
}

/// A file that people wrote.
#[derive(Debug)]
pub struct Written {
    pub name: String,
    pub path: PathBuf,
}

/// Lists what people wrote for a site, and the weather files that it names.
pub fn written(site_file: &Path, site: &Site, folders: &Folders) -> anyhow::Result<Vec<Written>> {
    let name = site_file.file_name().context("site.toml")?.to_string_lossy();
    let mut all = vec![Written { name: format!("site/{name}"), path: site_file.to_owned() }];
    let devices = listed(&folders.devices.path, "toml")?;
    all.extend(devices.into_iter().map(|path| below(&folders.devices, &path)));
    let (sources, _) = files::rule_sources(&site.rules, site.language)?;
    let rules = sources.iter().map(|source| PathBuf::from(&*source.file));
    all.extend(rules.map(|path| below(&folders.rules, &path)));
    let mut number = 0;
    let named = files::named_files(&sources);
    let named =
        named.iter().filter(|named| named.text.is_ok()).map(|named| Path::new(&*named.path));
    for path in named.chain(site.report.files().filter(|path| path.is_file())).map(plain) {
        let name = match (path.strip_prefix(&folders.rules.path), path.strip_prefix(&folders.base))
        {
            (Ok(inside), _) => format!("site/{}", folders.rules.carried.join(inside).display()),
            (_, Ok(inside)) => format!("site/{}", inside.display()),
            _ => {
                number += 1;
                let file = path.file_name().unwrap_or_default().to_string_lossy();
                format!("elsewhere/{number}/{file}")
            }
        };
        if all.iter().all(|known| known.name != name) {
            all.push(Written { name, path });
        }
    }
    Ok(all)
}

fn below(folder: &SiteFolder, path: &Path) -> Written {
    let file = folder.carried.join(path.file_name().unwrap_or_default());
    Written { name: format!("site/{}", file.display()), path: path.to_owned() }
}

/// The files of a folder with this ending; none if there is no folder.
fn listed(folder: &Path, ending: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries = match folder.read_dir() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| folder.display().to_string())?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == ending) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
        plain
    })
}

/// Store and history at one moment.
#[derive(Debug)]
pub struct Moment {
    /// `None`: there is no store yet.
    pub store: Option<Vec<u8>>,
    pub catalogue: Catalogue,
    /// The files of the hours that are not sealed, and how far they reached.
    pub open: Vec<(PathBuf, u64)>,
}

impl Moment {
    /// Of the daemon or, if none runs, of the folder itself. The catalogue is the
    /// same before and after: no hour was sealed meanwhile. A daemon that starts
    /// afterwards finds the folder free.
    pub fn take(site: &Site, language: Language) -> anyhow::Result<Self> {
        for _ in 0..TRIES {
            let before = catalogue(site, language)?;
            // Without a daemon nobody else works with the folder as long as we hold it.
            let (store, _held) = entries(site, language)?;
            let open = crate::history::open_files(&site.data.join("history"));
            let open = open.map_err(|error| anyhow::anyhow!(error.words(language)))?;
            let catalogue = catalogue(site, language)?;
            if before == catalogue {
                return Ok(Self { store, catalogue, open });
            }
        }
        anyhow::bail!(language.pick(
            "der Verlauf ändert sich unentwegt; bitte noch einmal versuchen",
            "the history keeps changing; please try again",
        ))
    }
}

/// Packs the tokens; one that is revoked meanwhile is left out.
pub fn pack_tokens(site: &Site, packer: &mut Packer<'_>) -> anyhow::Result<()> {
    for path in listed(&site.data.join(tokens::FOLDER), "json")? {
        let name = path.file_name().context("a file")?.to_string_lossy();
        match std::fs::read(&path) {
            Ok(bytes) => packer.put_bytes(&format!("data/{}/{name}", tokens::FOLDER), &bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        }
    }
    Ok(())
}

/// What the history is made of just now.
pub fn catalogue(site: &Site, language: Language) -> anyhow::Result<Catalogue> {
    let shelf = Shelf::open(&site.data.join("history"));
    let shelf = shelf.map_err(|error| anyhow::anyhow!(error.words(language)))?;
    if let Some(fault) = shelf.faults.first() {
        anyhow::bail!(fault.words(language));
    }
    Ok(shelf.catalogue().clone())
}

type Entries = (Option<Vec<u8>>, Option<Arc<dyn Store>>);

fn entries(site: &Site, language: Language) -> anyhow::Result<Entries> {
    let asked = runtime()?.block_on(async {
        let Some(mut client) = Client::connect(&site.data).await? else { return Ok(None) };
        Ok::<_, anyhow::Error>(Some(client.get_bytes("/api/v1/store").await?))
    })?;
    if let Some(bytes) = asked {
        return Ok((Some(bytes.into()), None));
    }
    if !site.data.join("store").exists() {
        return Ok((None, None));
    }
    let held = solo::open_store_if_whole(&site.data, language)?;
    let dumped = store::dump(&*held);
    let dumped = dumped.map_err(|error| anyhow::anyhow!(error.words(language)))?;
    Ok((Some(dumped), Some(held)))
}

/// Calendar files and the like that rules name.
pub fn elsewhere(written: &[Written]) -> Vec<(String, PathBuf)> {
    let far = written.iter().filter(|it| it.name.starts_with("elsewhere/"));
    far.map(|it| (it.name.clone(), it.path.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnostic::Source;

    #[test]
    fn the_folder_is_free_again_once_the_moment_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let text = "format = 1\n[site]\nname = \"Test\"\n[[building]]\nname = \"Schule\"\n";
        let source = Source { file: "site.toml".into(), text: text.into() };
        let mut site = crate::site::load(&source, folder.path(), &[]).site.unwrap();
        site.data = folder.path().join("data");
        drop(store::open(&site.data, "stamp").unwrap());
        let moment = Moment::take(&site, Language::En).unwrap();
        assert!(moment.store.is_some());
        // The daemon starts while the files are packed.
        let opened = store::open(&site.data, "stamp").unwrap();
        assert!(opened.notes.is_empty());
        drop(moment);
    }

    #[test]
    fn what_reports_need_goes_along() {
        let (folder, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let far = far.path().join("waerme.toml");
        let text = format!(
            "format = 1\n[site]\nname = \"Test\"\n[report]\nfactor_files = [\"{}\"]\n\
             [weather]\ndwd = [\"wetter/2025.txt\", \"wetter/fehlt.txt\"]\n\
             [[building]]\nname = \"Schule\"\n",
            far.display()
        );
        let near = folder.path().join("wetter/2025.txt");
        let main = folder.path().join("site.toml");
        for made in ["wetter", "rules"] {
            std::fs::create_dir(folder.path().join(made)).unwrap();
        }
        for (path, text) in [(&main, text.as_str()), (&near, ""), (&far, "")] {
            std::fs::write(path, text).unwrap();
        }
        let site = crate::site::read(&main).unwrap().site.unwrap();
        let all = written(&main, &site, &Folders::read(&main).unwrap()).unwrap();
        let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["site/site.toml", "elsewhere/1/waerme.toml", "site/wetter/2025.txt"]);
    }
}
