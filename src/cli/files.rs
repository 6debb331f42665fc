//! Reads a site with its templates, rules and calendar files, and says what is
//! wrong in all of them at once.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use super::say;
use crate::clock::Scaled;
use crate::model::diagnostic::{self, Diagnostic, Fault, Source};
use crate::model::fingerprint::{EMPTY, fingerprint};
use crate::model::{Language, system_words};
use crate::rules::{self, Compiled, NamedFile, Program, Reference, Texts, Unreadable};
use crate::service::{Listing, listing};
use crate::site::{self, Loaded, Site};

/// Everything that people wrote for a site.
#[derive(Debug)]
pub struct Files {
    /// `None` if the site file or a template has errors.
    pub site: Option<Site>,
    /// `None` if anything has errors.
    pub program: Option<Program>,
    pub diagnostics: Vec<Diagnostic>,
    pub sources: Vec<Source>,
    /// The rule files as they were just before they were read.
    pub listing: Listing,
    /// Fingerprint of all that the rules are made from.
    pub texts: u64,
    /// Where all that the rules are made from lies: the folder, and calendar
    /// files elsewhere, also those that were not found.
    pub watched: Vec<PathBuf>,
}

/// Reads the site file at `path` and the rules that it names. The language
/// asked for, if any, becomes the site's.
///
/// # Errors
/// If a file cannot be read at all. Faults in files are diagnostics.
pub fn read(path: &Path, asked: Option<Language>) -> anyhow::Result<Files> {
    let loaded = load(path, asked)?;
    let mut files = Files {
        site: loaded.site,
        program: None,
        diagnostics: loaded.diagnostics,
        sources: loaded.sources,
        listing: Listing::default(),
        texts: EMPTY,
        watched: Vec::new(),
    };
    let Some(site) = &files.site else { return Ok(files) };
    // Which files there are to look at stands in the rules themselves.
    files.watched = watched(&rule_sources(&site.rules, site.language)?.0, site);
    files.listing = Listing::of(&files.watched);
    let (rules, encoding) = rule_sources(&site.rules, site.language)?;
    let unreadable = !encoding.is_empty();
    files.diagnostics.extend(encoding);
    let (compiled, named) = compile(&rules, site);
    files.texts = texts(&rules, &named);
    files.sources.extend(rules);
    files.sources.extend(named.iter().filter_map(NamedFile::source));
    files.diagnostics.extend(compiled.diagnostics);
    diagnostic::sort(&mut files.diagnostics, &files.sources);
    if !unreadable {
        files.program = compiled.program;
    }
    Ok(files)
}

fn load(path: &Path, asked: Option<Language>) -> anyhow::Result<Loaded> {
    let mut loaded = site::read(path)
        .map_err(|error| anyhow::anyhow!(error.words(asked.unwrap_or_default())))?;
    if let Some(site) = &mut loaded.site {
        site.language = asked.unwrap_or(site.language);
        say::speak(site.language);
    }
    Ok(loaded)
}

fn unreadable(path: &Path, error: &io::Error, language: Language) -> anyhow::Error {
    let (path, why) = (path.display(), system_words(error, language));
    anyhow::anyhow!(language.pick(
        format!("{path} lässt sich nicht lesen: {why}"),
        format!("{path} cannot be read: {why}"),
    ))
}

/// All `*.rules` of the folder, by name; those that are not UTF-8 as faults.
pub fn rule_sources(
    folder: &Path,
    language: Language,
) -> anyhow::Result<(Vec<Source>, Vec<Diagnostic>)> {
    let mut paths = folder
        .read_dir()
        .and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()
        })
        .map_err(|error| unreadable(folder, &error, language))?;
    paths.retain(|path| listing::is_ours(path));
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "rules"));
    paths.sort();
    let mut sources = Vec::new();
    let mut faults = Vec::new();
    for path in paths {
        let (more, wrong) = rule_source(&path, language)?;
        sources.extend(more);
        faults.extend(wrong);
    }
    Ok((sources, faults))
}

/// One rule file, or the fault that it is not UTF-8.
pub fn rule_source(
    path: &Path,
    language: Language,
) -> anyhow::Result<(Vec<Source>, Vec<Diagnostic>)> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error, language))?;
    let file = name_of(path);
    Ok(match String::from_utf8(bytes) {
        Ok(text) => (vec![Source { file, text: text.into() }], Vec::new()),
        Err(error) => {
            let sound = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = sound.iter().filter(|byte| **byte == b'\n').count() + 1;
            (Vec::new(), vec![Diagnostic::error(&file, 0..0, NotUtf8 { line })])
        }
    })
}

/// What people call a file: `rules = "."` shall not show as
/// `/etc/hauswart/./a.rules`.
pub fn name_of(path: &Path) -> Arc<str> {
    path.components().collect::<PathBuf>().display().to_string().into()
}

/// Diagnostics on standard error, with colour on a terminal.
pub fn tell(diagnostics: &[Diagnostic], sources: &[Source], language: Language) {
    let colour = io::stderr().is_terminal();
    eprint!("{}", diagnostic::render(diagnostics, sources, language, colour));
}

/// Fingerprint of what rules are made from, names and texts.
pub fn texts(rules: &[Source], named: &[NamedFile]) -> u64 {
    let named = named.iter().filter_map(NamedFile::source);
    let all = rules.iter().cloned().chain(named);
    all.flat_map(|source| [source.file, source.text])
        .fold(EMPTY, |hash, text| fingerprint(fingerprint(hash, text.as_bytes()), &[0]))
}

/// Where all that `rules` are made from lies.
pub fn watched(rules: &[Source], site: &Site) -> Vec<PathBuf> {
    let named = rules::references(rules).into_iter().map(|reference| named_path(&reference));
    let elsewhere = named.filter(|path| path.parent() != Some(site.rules.as_path()));
    std::iter::once(site.rules.clone()).chain(elsewhere).collect()
}

/// Checks `rules` as of today, with the calendar files that they name.
pub fn compile(rules: &[Source], site: &Site) -> (Compiled, Vec<NamedFile>) {
    let files = named_files(rules);
    let texts = Texts { rules, files: &files, today: Some(today(site)) };
    (rules::compile(texts, site), files)
}

/// The present day at the site.
pub fn today(site: &Site) -> Date {
    site.time_zone.to_datetime(Scaled::system_time()).date()
}

/// A named file's place counts from the folder of the rule file.
fn named_path(reference: &Reference) -> PathBuf {
    let folder = Path::new(&*reference.from).parent().unwrap_or(Path::new(""));
    folder.join(&reference.named)
}

/// The calendar files that `rules` name.
#[must_use]
pub fn named_files(rules: &[Source]) -> Vec<NamedFile> {
    let read = |path: &Path| match std::fs::read(path) {
        Ok(bytes) => rules::calendar_text(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Unreadable::Missing),
        Err(error) => Err(Unreadable::Other(error.to_string())),
    };
    let references = rules::references(rules).into_iter();
    references
        .map(|reference| {
            let path = named_path(&reference);
            NamedFile { text: read(&path), path: path.display().to_string().into(), reference }
        })
        .collect()
}

/// The first line with a letter in another encoding.
#[derive(Debug)]
struct NotUtf8 {
    line: usize,
}

impl Fault for NotUtf8 {
    fn code(&self) -> &'static str {
        "encoding"
    }

    fn reason(&self, language: Language) -> String {
        let line = self.line;
        language.pick(
            format!("die Datei ist nicht in UTF-8 gespeichert; das zeigt sich in Zeile {line}"),
            format!("the file is not saved as UTF-8; line {line} shows it"),
        )
    }

    fn help(&self, language: Language) -> Option<String> {
        let help = language.pick(
            "im Editor „Speichern unter“ wählen und als Kodierung UTF-8 angeben",
            "choose \"save as\" in the editor and the encoding UTF-8",
        );
        Some(help.to_owned())
    }
}

impl Files {
    /// The language to speak: the one asked for, the site's, else German.
    #[must_use]
    pub fn language(&self, asked: Option<Language>) -> Language {
        asked.or_else(|| self.site.as_ref().map(|site| site.language)).unwrap_or_default()
    }

    /// All diagnostics on standard error, with colour on a terminal.
    pub fn tell(&self, language: Language) {
        tell(&self.diagnostics, &self.sources, language);
    }

    /// The site and its rules if nothing is wrong; otherwise everything that
    /// is has been told.
    #[must_use]
    pub fn sound(mut self, language: Language) -> Option<(Site, Program)> {
        self.tell(language);
        self.site.take().zip(self.program.take())
    }
}

/// The site alone, for commands that need no rules, and the language to speak.
///
/// # Errors
/// If the site file cannot be read or has errors, which have been told.
pub fn site(path: &Path, asked: Option<Language>) -> anyhow::Result<(Site, Language)> {
    let loaded = load(path, asked)?;
    let files = Files {
        site: loaded.site,
        program: None,
        diagnostics: loaded.diagnostics,
        sources: loaded.sources,
        listing: Listing::default(),
        texts: EMPTY,
        watched: Vec::new(),
    };
    let language = files.language(asked);
    let Some(site) = files.site else {
        files.tell(language);
        anyhow::bail!(language.pick(
            format!("{} enthält Fehler", path.display()),
            format!("{} has errors", path.display()),
        ));
    };
    Ok((site, language))
}
