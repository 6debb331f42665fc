//! How the running daemon reads its rule files anew: only once nobody writes
//! to them any more, and only if they are afterwards as they were before.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::files;
use crate::engine::reload::{Load, Loaded};
use crate::model::diagnostic::{self, Source};
use crate::rules::NamedFile;
use crate::service::{Listing, Watched};
use crate::site::{self, Site};

/// Nothing has changed for so long: the files are whole.
const QUIET: Duration = Duration::from_secs(1);
/// Files that keep changing are waited for so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// Readings that a change may spoil.
const TRIES: usize = 3;

/// A daemon's files.
#[derive(Debug)]
struct RuleFolder {
    /// Of the site file.
    path: PathBuf,
    site: Arc<Site>,
    /// The site file and templates as they were at the start.
    started: Vec<Mark>,
    watched: Arc<Watched>,
}

/// A file's name and the fingerprint of its text: tells a changed one from the
/// old, without keeping that.
#[derive(Debug, PartialEq, Eq)]
struct Mark {
    file: Arc<str>,
    text: u64,
}

impl Mark {
    fn of(source: &Source) -> Self {
        let text = files::texts(std::slice::from_ref(source), &[]);
        Self { file: source.file.clone(), text }
    }
}

/// Reads the rules of `site`, whose site file at `path` and templates read
/// `started`.
pub fn loader(path: &Path, site: Arc<Site>, started: Vec<Source>, watched: Arc<Watched>) -> Load {
    let started = started.iter().map(Mark::of).collect();
    let folder = RuleFolder { path: path.to_owned(), site, started, watched };
    Arc::new(move || folder.load().map_err(|error| format!("{error:#}")))
}

impl RuleFolder {
    fn load(&self) -> anyhow::Result<Loaded> {
        for _ in 0..TRIES {
            let look = || (!self.watched.being_written()).then(|| self.watched.listing());
            let before = Listing::settled(look, QUIET, PATIENCE);
            if before.is_none() {
                break;
            }
            let (sources, faults) = files::rule_sources(&self.site.rules, self.site.language)?;
            self.watch(&sources);
            // Reads the calendar files as well.
            let checked = self.check(sources, faults);
            if look() == before {
                return Ok(checked);
            }
        }
        let folder = self.site.rules.display();
        anyhow::bail!(self.site.language.pick(
            format!("in {folder} wird noch geschrieben"),
            format!("somebody is still writing in {folder}"),
        ))
    }

    /// Looks from now on also at calendar files that are named anew.
    fn watch(&self, rules: &[Source]) {
        self.watched.look_at(files::watched(rules, &self.site));
    }

    fn check(&self, rules: Vec<Source>, mut faults: Vec<diagnostic::Diagnostic>) -> Loaded {
        let (compiled, named) = files::compile(&rules, &self.site);
        let texts = files::texts(&rules, &named);
        let sound = faults.is_empty();
        faults.extend(compiled.diagnostics);
        // The site file names schedules, and so may be what is wrong.
        let named = named.iter().filter_map(NamedFile::source).collect();
        let sources = [self.unchanged(), rules, named].concat();
        diagnostic::sort(&mut faults, &sources);
        Loaded {
            program: compiled.program.filter(|_| sound),
            diagnostics: faults,
            sources,
            texts,
            restart: self.changed(),
        }
    }

    /// Those of the other files that are as at the start.
    fn unchanged(&self) -> Vec<Source> {
        let mut now = site::read(&self.path).map(|now| now.sources).unwrap_or_default();
        now.retain(|source| self.started.contains(&Mark::of(source)));
        now
    }

    /// Which of the other files are no longer as at the start.
    fn changed(&self) -> Vec<String> {
        let Ok(now) = site::read(&self.path) else {
            return vec![self.path.display().to_string()];
        };
        let missing = |of: &[Mark], among: &[Mark]| -> Vec<String> {
            let gone = of.iter().filter(|source| !among.contains(source));
            gone.map(|source| source.file.to_string()).collect()
        };
        let now: Vec<Mark> = now.sources.iter().map(Mark::of).collect();
        let mut changed = missing(&now, &self.started);
        changed.extend(missing(&self.started, &now));
        changed.sort();
        changed.dedup();
        changed
    }
}
