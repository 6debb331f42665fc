//! What is checked together: a site with all its rule files, the open texts in
//! place of what is saved; or, without a site, one text by itself.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::texts::Text;
use crate::cli::files;
use crate::model::diagnostic::{Diagnostic, Source};
use crate::rules::{self, Index, NamedFile, Texts};
use crate::site::{self, Places, Site};

/// A site as it was read.
#[derive(Debug, Clone)]
pub struct SiteFile {
    /// The last one without errors, so that names stay known while the site
    /// file is being edited.
    pub site: Option<Arc<Site>>,
    pub places: Places,
    pub sources: Vec<Source>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Texts that were checked together.
#[derive(Debug)]
pub struct Project {
    pub file: Option<Arc<SiteFile>>,
    /// Of the rules.
    pub sources: Vec<Source>,
    /// Of the site, its templates and the rules.
    pub diagnostics: Vec<Diagnostic>,
    pub index: Index,
}

impl Project {
    pub fn site(&self) -> Option<&Site> {
        self.file.as_ref()?.site.as_deref()
    }

    /// The text of a file that is called so, rules or site.
    pub fn text(&self, name: &str) -> Option<&str> {
        let site = self.file.iter().flat_map(|file| &file.sources);
        let mut all = self.sources.iter().chain(site);
        all.find(|source| *source.file == *name).map(|source| &*source.text)
    }
}

/// What a file looked like when it was read.
type Stamp = (PathBuf, Option<(SystemTime, u64)>);

fn stamp(path: &Path) -> Stamp {
    let seen = fs::metadata(path).ok();
    let seen = seen.and_then(|seen| Some((seen.modified().ok()?, seen.len())));
    (path.to_owned(), seen)
}

/// Sites that have been read, so that they are not read at every letter typed.
#[derive(Debug, Default)]
pub struct Sites {
    read: HashMap<PathBuf, (Vec<Stamp>, Arc<SiteFile>)>,
}

impl Sites {
    /// The site in this file; read again where it or a template has changed.
    fn get(&mut self, path: &Path) -> Option<Arc<SiteFile>> {
        let known = self.read.get(path);
        if let Some((stamps, file)) = known
            && stamps.iter().all(|before| stamp(&before.0) == *before)
        {
            return Some(file.clone());
        }
        let before = known.and_then(|(_, file)| file.site.clone());
        // Stamped before it is read: what changes meanwhile is read again.
        let own = stamp(path);
        let loaded = site::read(path).ok()?;
        let on_disk = loaded.sources.iter().map(|source| Path::new(&*source.file));
        let templates = on_disk.filter(|file| file.is_absolute());
        let folders = templates.clone().filter_map(Path::parent);
        let stamps = templates.chain(folders).map(stamp).chain([own]).collect();
        let file = Arc::new(SiteFile {
            site: loaded.site.map(Arc::new).or(before),
            places: loaded.places,
            sources: loaded.sources,
            diagnostics: loaded.diagnostics,
        });
        self.read.insert(path.to_owned(), (stamps, file.clone()));
        Some(file)
    }
}

/// The site file of a text: the one that was named, or the nearest `site.toml`
/// in its folder or above.
fn site_of(text: &Text, named: Option<&Path>) -> Option<PathBuf> {
    let found = named.map(Path::to_owned).or_else(|| {
        let mut folders = text.path.as_ref()?.ancestors().skip(1);
        folders.find_map(|folder| Some(folder.join("site.toml")).filter(|path| path.is_file()))
    })?;
    Some(found.canonicalize().unwrap_or(found))
}

/// Checks all open texts; `None` if it was no longer wanted.
pub fn check(
    open: &[Text],
    named: Option<&Path>,
    sites: &mut Sites,
    wanted: impl Fn() -> bool,
) -> Option<Vec<Project>> {
    let mut of_site: HashMap<PathBuf, Vec<&Text>> = HashMap::new();
    let mut alone = Vec::new();
    for text in open {
        match site_of(text, named) {
            Some(site) => of_site.entry(site).or_default().push(text),
            None => alone.push((text, None)),
        }
    }
    let mut projects = Vec::new();
    for (path, texts) in of_site {
        if !wanted() {
            return None;
        }
        let Some(file) = sites.get(&path) else {
            alone.extend(texts.into_iter().map(|text| (text, None)));
            continue;
        };
        let (inside, outside) = match &file.site {
            Some(site) => parted(texts, &site.rules),
            None => (Vec::new(), texts),
        };
        alone.extend(outside.into_iter().map(|text| (text, Some(file.clone()))));
        let (sources, unreadable) = together(&inside, &file);
        projects.push(project(Some(file), sources, unreadable));
    }
    for (text, file) in alone {
        if !wanted() {
            return None;
        }
        projects.push(by_itself(text, file));
    }
    Some(projects)
}

/// The texts in the rules folder, and the others.
fn parted<'t>(texts: Vec<&'t Text>, folder: &Path) -> (Vec<&'t Text>, Vec<&'t Text>) {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    texts.into_iter().partition(|text| {
        text.path.as_ref().is_some_and(|path| path.parent() == Some(folder.as_path()))
    })
}

/// A text outside of any rules folder: only what is wrong in itself is told.
fn by_itself(text: &Text, file: Option<Arc<SiteFile>>) -> Project {
    let source = Source { file: text.name.clone(), text: text.text.clone() };
    let mut project = project(file, vec![source], Vec::new());
    project.diagnostics.retain(|fault| fault.file == text.name);
    project
}

/// The rules of a site, saved or open, by name; and which are not UTF-8.
fn together(open: &[&Text], file: &SiteFile) -> (Vec<Source>, Vec<Diagnostic>) {
    // A folder that is missing holds nothing; `check` tells it.
    let site = file.site.as_ref();
    let saved = site.and_then(|site| files::rule_sources(&site.rules, site.language).ok());
    let (mut sources, mut unreadable) = saved.unwrap_or_default();
    let real = |name: &str| Path::new(name).canonicalize().ok().map(|it| it.display().to_string());
    for name in sources.iter_mut().map(|source| &mut source.file) {
        *name = real(name).map_or_else(|| name.clone(), Into::into);
    }
    for name in unreadable.iter_mut().map(|fault| &mut fault.file) {
        *name = real(name).map_or_else(|| name.clone(), Into::into);
    }
    sources.retain(|source| open.iter().all(|text| text.name != source.file));
    unreadable.retain(|fault| open.iter().all(|text| text.name != fault.file));
    sources.extend(
        open.iter().map(|text| Source { file: text.name.clone(), text: text.text.clone() }),
    );
    sources.sort_by(|one, other| one.file.cmp(&other.file));
    (sources, unreadable)
}

fn project(
    file: Option<Arc<SiteFile>>,
    sources: Vec<Source>,
    unreadable: Vec<Diagnostic>,
) -> Project {
    let site = file.as_ref().and_then(|file| file.site.as_deref());
    let named = files::named_files(&sources);
    let today = site.map(files::today);
    let inspected = rules::inspect(Texts { rules: &sources, files: &named, today }, site);
    let mut diagnostics = file.as_ref().map_or_else(Vec::new, |file| file.diagnostics.clone());
    diagnostics.extend(unreadable);
    diagnostics.extend(inspected.diagnostics);
    let mut sources = sources;
    sources.extend(named.iter().filter_map(NamedFile::source));
    Project { file, sources, diagnostics, index: inspected.index }
}
