//! The loader's two doors: [`load`] on texts, [`read`] on files. Collects all
//! faults of the site file and its templates; gives a site only if there is no
//! error.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::fault::Shape;
use super::place::{At, Faults, Place};
use super::section::Section;
use super::template;
use super::validate::{self, Templates};
use super::{Places, Site, raw_site, syntax};
use crate::model::diagnostic::{self, Diagnostic, Source};
use crate::model::{Fault, Language, system_words};

/// What came of loading.
#[derive(Debug)]
pub struct Loaded {
    /// `None` if any diagnostic is an error.
    pub site: Option<Site>,
    /// Where devices and points are declared.
    pub places: Places,
    /// In the order of the files and of places in them.
    pub diagnostics: Vec<Diagnostic>,
    /// For rendering: the site file first, then the site's own templates, then
    /// the embedded ones.
    pub sources: Vec<Source>,
}

/// Why the files could not even be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot read {path}")]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl ReadError {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let Self::Unreadable { path, source } = self;
        let (path, why) = (path.display(), system_words(source, language));
        language.pick(
            format!("{path} lässt sich nicht lesen: {why}"),
            format!("{path} cannot be read: {why}"),
        )
    }
}

/// Checks a site file against the templates. `base` is the folder that its
/// relative paths are relative to; `own_templates` win over the embedded ones
/// of the same file name.
#[must_use]
pub fn load(main: &Source, base: &Path, own_templates: &[Source]) -> Loaded {
    let mut faults = Faults::default();
    load_with(main, base, own_templates, &mut faults)
}

fn load_with(main: &Source, base: &Path, own: &[Source], faults: &mut Faults) -> Loaded {
    let mut sources = vec![main.clone()];
    sources.extend_from_slice(own);
    let embedded = template::embedded_templates();
    let mut templates: Templates =
        own.iter().map(|source| (template::name(source), template::read(source, faults))).collect();
    for template in templates.values().flatten() {
        validate::check_template(template, faults);
    }
    for source in &embedded {
        let name = template::name(source);
        // A test holds that these have no faults.
        templates.entry(name).or_insert_with(|| template::read(source, faults));
    }
    let (site, places) = site(main, base, &templates, faults).unzip();
    let places = places.unwrap_or_default();
    faults.once_each();
    sources.extend(embedded);
    let mut diagnostics = std::mem::take(&mut faults.list);
    diagnostic::sort(&mut diagnostics, &sources);
    let site = site.filter(|_| !diagnostic::any_error(&diagnostics));
    Loaded { site, places, diagnostics, sources }
}

fn site(
    main: &Source,
    base: &Path,
    templates: &Templates,
    faults: &mut Faults,
) -> Option<(Site, Places)> {
    let raw = {
        // The document of a large site is by far the largest of all.
        let document = syntax::parse(main, faults)?;
        let first_line = main.text.find('\n').unwrap_or(main.text.len());
        let place = Place { file: main.file.clone(), span: 0..first_line };
        let mut section = Section::new(document.get_ref(), place, "");
        syntax::format(&mut section, faults)?;
        raw_site::read(section, main, faults)
    };
    Some(validate::validate(&raw, main, base, templates, faults))
}

/// Reads `site.toml` and the templates in its devices folder, and checks them.
///
/// # Errors
/// If a file or the folder cannot be read. A missing `devices` folder is none
/// unless the site file names it, and then a diagnostic.
pub fn read(path: &Path) -> Result<Loaded, ReadError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| ReadError::Unreadable { path, source }
    };
    let whole = std::path::absolute(path).map_err(unreadable(path))?;
    let base = whole.parent().unwrap_or(Path::new("/")).to_owned();
    let mut faults = Faults::default();
    let main = read_text(path, &mut faults).map_err(unreadable(path))?;
    let named = devices_word(&main);
    let folder = validate::folder(&base, named.as_ref(), "devices");
    let mut files = Vec::new();
    match fs::read_dir(&folder) {
        Ok(entries) => {
            for entry in entries {
                let path = entry.map_err(unreadable(&folder))?.path();
                if path.extension().is_some_and(|ending| ending == "toml") {
                    files.push(path);
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(at) = &named {
                faults.error(&at.place, Shape::NoFolder { path: at.value.clone() });
            }
        }
        Err(error) => return Err(unreadable(&folder)(error)),
    }
    files.sort();
    let mut own = Vec::new();
    for file in files {
        let shown = file
            .strip_prefix(&base)
            .map_or(file.clone(), |inside| path.parent().unwrap_or(Path::new("")).join(inside));
        let mut source = read_text(&file, &mut faults).map_err(unreadable(&file))?;
        source.file = shown.display().to_string().into();
        own.push(source);
    }
    if faults.list.iter().any(|fault| fault.fault.code() == Shape::Encoding.code()) {
        // Wrongly coded letters would be told again as wrong names and units.
        let sources = [vec![main], own].concat();
        let places = Places::default();
        return Ok(Loaded { site: None, places, diagnostics: faults.list, sources });
    }
    Ok(load_with(&main, &base, &own, &mut faults))
}

/// A file's text; one that is not UTF-8 is told and read as far as it goes.
pub(super) fn read_text(path: &Path, faults: &mut Faults) -> io::Result<Source> {
    let bytes = fs::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let source = Source { file: path.display().to_string().into(), text: text.into() };
    if std::str::from_utf8(&bytes).is_err() {
        let at = source.text.find('\u{fffd}').unwrap_or(0);
        let place = Place { file: source.file.clone(), span: at..at + '\u{fffd}'.len_utf8() };
        faults.error(&place, Shape::Encoding);
    }
    Ok(source)
}

/// What `[site] devices` says; faults in the file are told later.
fn devices_word(main: &Source) -> Option<At<String>> {
    let mut told_later = Faults::default();
    let document = syntax::parse(main, &mut told_later)?;
    let place = Place { file: main.file.clone(), span: 0..0 };
    let mut section = Section::new(document.get_ref(), place, "");
    section.table("site", &mut told_later)?.text("devices", &mut told_later)
}
