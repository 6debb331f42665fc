//! Diagnostics and quick fixes in the protocol's form.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use gen_lsp_types::{
    Code, CodeAction, CodeActionKind, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    DiagnosticTag, Location, Message, PublishDiagnosticsParams, Range, TextEdit, Uri,
    WorkspaceEdit,
};

use super::place::{Lines, uri_of};
use super::project::Project;
use super::texts::Text;
use super::worker::Checked;
use crate::model::{self, Language, Severity};

/// The language of a project's words: the one asked for, the site's, else
/// `usual`.
pub fn language(project: &Project, asked: Option<Language>, usual: Language) -> Language {
    asked.or_else(|| project.site().map(|site| site.language)).unwrap_or(usual)
}

/// The URI of a file that diagnostics call `name`: as the editor calls it,
/// where it is open.
pub fn uri(name: &str, open: &[Text]) -> Uri {
    let text = open.iter().find(|text| *text.name == *name);
    let path = Path::new(name);
    text.map_or_else(
        || Uri(if path.is_absolute() { uri_of(path) } else { name.to_owned() }),
        |text| text.uri.clone(),
    )
}

/// What has been told of which file, so that it can be taken back.
#[derive(Debug, Default)]
pub struct Told {
    files: HashSet<Uri>,
}

impl Told {
    /// What the editor is to be told now: of every file with something wrong,
    /// and of those that had something wrong before.
    pub fn news(
        &mut self,
        checked: &Checked,
        open: &[Text],
        words: impl Fn(&Project) -> Language,
    ) -> Vec<PublishDiagnosticsParams> {
        let mut news: HashMap<Uri, Vec<Diagnostic>> = HashMap::new();
        for text in open {
            news.insert(text.uri.clone(), Vec::new());
        }
        for project in &checked.projects {
            let language = words(project);
            let mut lines = HashMap::new();
            for fault in &project.diagnostics {
                let Some(text) = project.text(&fault.file) else { continue };
                let lines = lines.entry(&*fault.file).or_insert_with(|| Lines::new(text));
                let told = shown(project, open, fault, lines, language);
                news.entry(uri(&fault.file, open)).or_default().push(told);
            }
        }
        let wrong = news.iter().filter(|(_, diagnostics)| !diagnostics.is_empty());
        let wrong: HashSet<Uri> = wrong.map(|(uri, _)| uri.clone()).collect();
        for healed in std::mem::replace(&mut self.files, wrong) {
            news.entry(healed).or_default();
        }
        let mut news: Vec<PublishDiagnosticsParams> = news
            .into_iter()
            .map(|(uri, diagnostics)| {
                let text = open.iter().find(|text| text.uri == uri);
                PublishDiagnosticsParams {
                    version: text.map(|text| text.version),
                    uri,
                    diagnostics,
                }
            })
            .collect();
        news.sort_by(|one, other| one.uri.0.cmp(&other.uri.0));
        news
    }
}

fn shown(
    project: &Project,
    open: &[Text],
    fault: &model::Diagnostic,
    lines: &Lines<'_>,
    language: Language,
) -> Diagnostic {
    let mut message = fault.fault.reason(language);
    if let Some(help) = fault.fault.help(language) {
        message.push_str(&format!("\n{}: {help}", language.pick("Hilfe", "help")));
    }
    let related = fault.related.as_ref().and_then(|(file, span)| {
        let range = Lines::new(project.text(file)?).range(span);
        let message = language.pick("hier steht das andere", "the other one is here").to_owned();
        let location = Location { uri: uri(file, open), range };
        Some(vec![DiagnosticRelatedInformation { location, message }])
    });
    Diagnostic {
        range: lines.range(&fault.span),
        severity: Some(match fault.severity {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
        }),
        code: Some(Code::String(fault.fault.code().to_owned())),
        code_description: None,
        source: Some("hauswart".to_owned()),
        message: Message::String(message),
        tags: (fault.fault.code() == "unused").then(|| vec![DiagnosticTag::Unnecessary]),
        related_information: related,
        data: None,
    }
}

/// What can be typed in to put right what is wrong within `range` of a file.
pub fn fixes(
    project: &Project,
    open: &[Text],
    file: &Text,
    range: Range,
    language: Language,
) -> Vec<CodeAction> {
    let Some(text) = project.text(&file.name) else { return Vec::new() };
    let lines = Lines::new(text);
    let wanted = lines.span(range);
    let here = project.diagnostics.iter().filter(|fault| {
        fault.file == file.name && fault.span.start <= wanted.end && wanted.start <= fault.span.end
    });
    let mut actions = Vec::new();
    for fault in here {
        for (span, by) in &fault.fixes {
            let edit = TextEdit { range: lines.range(span), new_text: by.clone() };
            let typed = by.trim_end();
            actions.push(CodeAction {
                title: language.pick(format!("„{typed}“ schreiben"), format!("write \"{typed}\"")),
                kind: Some(CodeActionKind::QuickFix),
                diagnostics: Some(vec![shown(project, open, fault, &lines, language)]),
                is_preferred: Some(fault.fixes.len() == 1),
                edit: Some(WorkspaceEdit {
                    changes: Some(HashMap::from([(file.uri.clone(), vec![edit])])),
                    ..WorkspaceEdit::default()
                }),
                ..CodeAction::default()
            });
        }
    }
    actions
}
