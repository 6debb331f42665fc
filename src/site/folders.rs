//! Where a site's files lie, as its own words say: for whoever carries a site from
//! one place to another.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use super::load::{ReadError, read_text};
use super::place::{Faults, Place};
use super::section::Section;
use super::{syntax, validate};

/// One of a site's folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFolder {
    pub path: PathBuf,
    /// As the site file says it, and the bytes of the text where; `None`: it says
    /// nothing.
    pub word: Option<(String, Range<usize>)>,
    /// Its place below the site file's folder when the site is carried elsewhere.
    pub carried: PathBuf,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    /// The site file's text.
    pub text: String,
    /// The site file's folder, absolute.
    pub base: PathBuf,
    pub data: SiteFolder,
    pub rules: SiteFolder,
    pub devices: SiteFolder,
}

impl Folders {
    /// Reads them from a site file, whatever else may be wrong in it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let unreadable = |source| ReadError::Unreadable { path: path.to_owned(), source };
        let whole = std::path::absolute(path).map_err(unreadable)?;
        let base = whole.parent().unwrap_or(Path::new("/")).to_owned();
        let mut told_elsewhere = Faults::default();
        let main = read_text(path, &mut told_elsewhere).map_err(unreadable)?;
        let words: [_; 3] = {
            let document = syntax::parse(&main, &mut told_elsewhere);
            let place = Place { file: main.file.clone(), span: 0..0 };
            let mut site = document.as_ref().and_then(|document| {
                let mut section = Section::new(document.get_ref(), place, "");
                section.table("site", &mut told_elsewhere)
            });
            ["data", "rules", "devices"].map(|key| site.as_mut()?.text(key, &mut told_elsewhere))
        };
        let folder = |word: Option<&super::place::At<String>>, usual: &str| {
            let written = word.map_or(Path::new(usual), |at| Path::new(&at.value));
            let inside = written.components().all(|it| matches!(it, Component::Normal(_)));
            SiteFolder {
                path: validate::folder(&base, word, usual),
                word: word.map(|at| (at.value.clone(), at.place.span.clone())),
                carried: if inside { written.to_owned() } else { usual.into() },
            }
        };
        let [data, rules, devices] = &words;
        let [data, rules, devices] = [
            folder(data.as_ref(), "data"),
            folder(rules.as_ref(), "rules"),
            folder(devices.as_ref(), "devices"),
        ];
        Ok(Self { text: main.text.to_string(), base, data, rules, devices })
    }
}
