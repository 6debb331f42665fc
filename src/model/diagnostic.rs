//! What is wrong in a file that people write: where, why, and the way out.
//! The words are typed data (a [`Fault`]) and rendered last, in German or
//! English; `annotate-snippets` keeps the columns right after `°` and umlauts.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::{Deserialize, Serialize};

/// The language of words for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    De,
    En,
}

impl Language {
    /// Chooses between the two.
    pub fn pick<T>(self, german: T, english: T) -> T {
        match self {
            Self::De => german,
            Self::En => english,
        }
    }
}

/// Errors stop a set of files from going live, warnings do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
}

/// One kind of fault: each room that reads files has an enum of its own.
pub trait Fault: Debug + Send + Sync {
    /// A short name that never changes, for tests and editors: `unknown-name`.
    fn code(&self) -> &'static str;
    /// The sentence at the top.
    fn reason(&self, language: Language) -> String;
    /// What stands beside the underlined place; may be empty.
    fn label(&self, _language: Language) -> String {
        String::new()
    }
    /// The way out, where there is one to give; best something that can be
    /// typed in as it stands.
    fn help(&self, _language: Language) -> Option<String> {
        None
    }
    /// Texts that put it right, each in place of what is underlined: the help
    /// where that can be typed in as it stands.
    fn replacements(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A text that was read, by the name that people know it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub file: Arc<str>,
    pub text: Arc<str>,
}

/// One fault at one place.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    pub severity: Severity,
    pub file: Arc<str>,
    /// Bytes of the file's text that are underlined.
    pub span: Range<usize>,
    pub fault: Arc<dyn Fault>,
    /// What can be typed in to put it right, and in place of what: any one of
    /// these, in place of what is underlined unless said otherwise.
    pub fixes: Vec<(Range<usize>, String)>,
    /// Another place that it is about, with its file: the first of two.
    pub related: Option<(Arc<str>, Range<usize>)>,
}

impl Diagnostic {
    /// An error at `span` of `file`.
    pub fn error(file: &Arc<str>, span: Range<usize>, fault: impl Fault + 'static) -> Self {
        let texts = fault.replacements().into_iter();
        Self {
            severity: Severity::Error,
            file: file.clone(),
            fixes: texts.map(|text| (span.clone(), text)).collect(),
            span,
            fault: Arc::new(fault),
            related: None,
        }
    }

    /// A warning at `span` of `file`.
    pub fn warning(file: &Arc<str>, span: Range<usize>, fault: impl Fault + 'static) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, span, fault) }
    }

    /// Each of `texts` puts it right in place of `span`.
    #[must_use]
    pub fn fixed_by(self, span: &Range<usize>, texts: Vec<String>) -> Self {
        let fixes = texts.into_iter().map(|text| (span.clone(), text)).collect();
        Self { fixes, ..self }
    }

    /// It is also about that place.
    #[must_use]
    pub fn related_to(self, file: &Arc<str>, span: Range<usize>) -> Self {
        Self { related: Some((file.clone(), span)), ..self }
    }
}

/// 1-based line and column (in characters) of a byte offset; an offset past
/// the end is the end.
#[must_use]
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

/// Whether any of them stops the files from going live.
#[must_use]
pub fn any_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// Sorts by file (in the order of `sources`) and place, so that people mend
/// from the top.
pub fn sort(diagnostics: &mut [Diagnostic], sources: &[Source]) {
    diagnostics.sort_by_key(|diagnostic| {
        let file = sources.iter().position(|source| source.file == diagnostic.file);
        (file.unwrap_or(usize::MAX), diagnostic.span.start, diagnostic.span.end)
    });
}

/// All diagnostics as text for a terminal, each with its source line and the
/// place underlined. `colour` only where a person looks at a terminal.
#[must_use]
pub fn render(
    diagnostics: &[Diagnostic],
    sources: &[Source],
    language: Language,
    colour: bool,
) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&render_one(diagnostic, sources, language, &renderer));
        text.push_str("\n\n");
    }
    text
}

fn render_one(
    diagnostic: &Diagnostic,
    sources: &[Source],
    language: Language,
    renderer: &Renderer,
) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR.with_name(language.pick("Fehler", "error")),
        Severity::Warning => Level::WARNING.with_name(language.pick("Warnung", "warning")),
    };
    let reason = diagnostic.fault.reason(language);
    let label = diagnostic.fault.label(language);
    let title = level.primary_title(reason.as_str()).id(diagnostic.fault.code());
    let source = sources.iter().find(|source| source.file == diagnostic.file);
    let text = source.map_or("", |source| &source.text);
    let span = clamp(&diagnostic.span, text);
    let mut annotation = AnnotationKind::Primary.span(span);
    if !label.is_empty() {
        annotation = annotation.label(label.as_str());
    }
    let mut group: Group<'_> =
        title.element(Snippet::source(text).path(&*diagnostic.file).annotation(annotation));
    let help = diagnostic.fault.help(language);
    if let Some(help) = &help {
        group = group
            .element(Level::HELP.with_name(language.pick("Hilfe", "help")).message(help.as_str()));
    }
    renderer.render(&[group])
}

/// A span that lies within `text` on character boundaries.
fn clamp(span: &Range<usize>, text: &str) -> Range<usize> {
    let mut start = span.start.min(text.len());
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// All diagnostics for a machine: where, code, severity, reason, label, help;
/// `fixes`, each a text to type in at its place; `related`, the other place
/// that it is about. Lines and columns count from 1, columns in characters;
/// the end is the first character behind.
#[must_use]
pub fn to_json(
    diagnostics: &[Diagnostic],
    sources: &[Source],
    language: Language,
) -> serde_json::Value {
    let to_json = |diagnostic: &Diagnostic| {
        let mut told = serde_json::json!({
            "severity": diagnostic.severity,
            "code": diagnostic.fault.code(),
            "reason": diagnostic.fault.reason(language),
            "label": Some(diagnostic.fault.label(language)).filter(|label| !label.is_empty()),
            "help": diagnostic.fault.help(language),
            "related": diagnostic.related.as_ref().map(|(file, span)| place(sources, file, span)),
        });
        told["fixes"] =
            diagnostic.fixes.iter().map(|fix| fix_to_json(diagnostic, fix, sources)).collect();
        join(told, place(sources, &diagnostic.file, &diagnostic.span))
    };
    diagnostics.iter().map(to_json).collect()
}

fn fix_to_json(
    diagnostic: &Diagnostic,
    (span, text): &(Range<usize>, String),
    sources: &[Source],
) -> serde_json::Value {
    join(serde_json::json!({ "text": text }), place(sources, &diagnostic.file, span))
}

fn place(sources: &[Source], file: &Arc<str>, span: &Range<usize>) -> serde_json::Value {
    let source = sources.iter().find(|source| source.file == *file);
    let text = source.map_or("", |source| &source.text);
    let (line, column) = line_column(text, span.start);
    let (end_line, end_column) = line_column(text, span.end);
    serde_json::json!({
        "file": &**file,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    })
}

/// The fields of both objects.
fn join(mut one: serde_json::Value, other: serde_json::Value) -> serde_json::Value {
    if let (Some(one), serde_json::Value::Object(other)) = (one.as_object_mut(), other) {
        one.extend(other);
    }
    one
}

/// The candidate that `word` was most likely meant to be, or `None` if nothing
/// is close: at most a third of the letters differ.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let most = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate)
        })
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Cold;

    impl Fault for Cold {
        fn code(&self) -> &'static str {
            "cold"
        }
        fn reason(&self, language: Language) -> String {
            language.pick("zu kalt", "too cold").to_owned()
        }
        fn help(&self, _: Language) -> Option<String> {
            Some("20 °C".to_owned())
        }
    }

    #[test]
    fn the_column_stands_right_behind_umlauts_and_degrees() {
        let file: Arc<str> = "a.rules".into();
        let text = "ä °C falsch";
        let at = text.find("falsch").unwrap();
        let sources = [Source { file: file.clone(), text: text.into() }];
        let shown = render(
            &[Diagnostic::error(&file, at..text.len(), Cold)],
            &sources,
            Language::En,
            false,
        );
        assert!(shown.contains("a.rules:1:6"), "{shown}");
        assert!(shown.contains("error[cold]: too cold"), "{shown}");
        let lines: Vec<&str> = shown.lines().collect();
        let source = lines.iter().position(|line| line.contains("falsch")).unwrap();
        let column = |line: &str, what: char| line.chars().position(|c| c == what).unwrap();
        assert_eq!(column(lines[source], 'f'), column(lines[source + 1], '^'), "{shown}");
    }

    #[test]
    fn a_near_miss_is_offered_and_a_far_one_is_not() {
        assert_eq!(did_you_mean("Aussenfuhler", ["Aussenfühler", "Innen"]), Some("Aussenfühler"));
        assert_eq!(did_you_mean("xyz", ["Aussenfühler"]), None);
    }
}
