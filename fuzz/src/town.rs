//! The site that rules are checked against: the example town.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use hauswart::model::Language;
use hauswart::model::diagnostic::{self, Diagnostic, Source};
use hauswart::rules::{NamedFile, Texts, calendar_text, references};
use hauswart::site::{self, Site};
use jiff::civil::date;

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let main = source("site.toml", include_str!("../../rules/town/site.toml"));
    let mut site = site::load(&main, Path::new("/stadt"), &[]).site.expect("the example is whole");
    // Each input is looked at alone: its schedules need not be there.
    for building in &mut site.buildings {
        building.occupancy = None;
    }
    site
});

pub fn site() -> &'static Site {
    &SITE
}

pub fn source(file: &str, text: &str) -> Source {
    Source { file: file.into(), text: text.into() }
}

/// Texts as they come from a disk: broken ones are mended, for what is in
/// another encoding is turned away before anything reads it.
pub fn text(bytes: &[u8]) -> Arc<str> {
    String::from_utf8_lossy(bytes).into()
}

/// The calendar files that `rules` name: every one has the same text.
pub fn calendars(rules: &[Source], bytes: &[u8]) -> Vec<NamedFile> {
    references(rules)
        .into_iter()
        .map(|reference| NamedFile {
            path: reference.named.as_str().into(),
            text: calendar_text(bytes.to_vec()),
            reference,
        })
        .collect()
}

/// On the day of the examples.
pub fn texts<'a>(rules: &'a [Source], files: &'a [NamedFile]) -> Texts<'a> {
    Texts { rules, files, today: Some(date(2026, 3, 2)) }
}

/// Puts diagnostics into words as `check` does.
pub fn tell(diagnostics: &[Diagnostic], sources: &[Source]) {
    for language in [Language::De, Language::En] {
        let text = diagnostic::render(diagnostics, sources, language, false);
        assert_eq!(text.is_empty(), diagnostics.is_empty());
        let _ = diagnostic::to_json(diagnostics, sources, language);
    }
    for diagnostic in diagnostics {
        let file = sources.iter().find(|source| source.file == diagnostic.file);
        let file = file.unwrap_or_else(|| panic!("in no file: {diagnostic:?}"));
        assert!(file.text.get(diagnostic.span.clone()).is_some(), "outside: {diagnostic:?}");
        for language in [Language::De, Language::En] {
            assert!(!diagnostic.fault.reason(language).is_empty(), "{diagnostic:?}");
        }
    }
}
