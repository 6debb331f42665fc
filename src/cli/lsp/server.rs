//! The loop: hears the editor and the checker, keeps the open texts, answers.
//! What needs names waits until the newest texts are checked; completion is
//! answered at once from the check before, for only the place is new.

use std::path::PathBuf;

use anyhow::bail;
use crossbeam_channel::{Sender, select};
use gen_lsp_types::{
    CodeActionParams, CompletionParams, DefinitionParams, DidChangeTextDocumentParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentSymbolParams, Hover,
    HoverParams, MarkupContent, MarkupKind, Position, PrepareRenameParams,
    PrepareRenamePlaceholder, ReferenceParams, RenameParams, TextDocumentPositionParams, Uri,
};
use jiff::Timestamp;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::complete::Completion;
use super::place::Lines;
use super::project::Project;
use super::report::{self, Told};
use super::texts::{Text, Texts};
use super::worker::{Checked, Worker};
use super::{hover, live, navigate};
use crate::clock::Scaled;
use crate::model::Language;

/// What was said at the start.
#[derive(Debug)]
pub struct Settings {
    /// The site file, where one was named.
    pub site: Option<PathBuf>,
    /// Asked for on the command line.
    pub language: Option<Language>,
    /// Where neither that nor a site says it.
    pub usual: Language,
}

pub struct Server {
    connection: Connection,
    settings: Settings,
    texts: Texts,
    /// Counts the changes of texts.
    generation: u64,
    worker: Worker,
    checked: Checked,
    told: Told,
    /// Requests that wait for the check.
    waiting: Vec<Request>,
    /// `shutdown` was asked for.
    stopping: bool,
}

/// Why a request has no answer.
enum Refusal {
    /// It cannot be read.
    Malformed,
    Unknown,
    /// In words for people.
    Refused(String),
}

type Answer = Result<serde_json::Value, Refusal>;

impl Server {
    pub fn new(connection: Connection, settings: Settings) -> Self {
        let worker = Worker::start(settings.site.clone());
        Self {
            connection,
            settings,
            texts: Texts::default(),
            generation: 0,
            worker,
            checked: Checked::default(),
            told: Told::default(),
            waiting: Vec::new(),
            stopping: false,
        }
    }

    /// Runs until `exit`, or until the editor is gone; whether `shutdown` came
    /// before.
    ///
    /// # Errors
    /// If the checker has ended, which it never should.
    pub fn run(mut self) -> anyhow::Result<bool> {
        loop {
            select! {
                recv(self.connection.receiver) -> message => match message {
                    Ok(Message::Request(request)) => self.request(request),
                    Ok(Message::Notification(note)) if note.method == "exit" => break,
                    Ok(Message::Notification(note)) => self.notified(note),
                    // Nothing is asked of the editor.
                    Ok(Message::Response(_)) => {}
                    Err(_) => break,
                },
                recv(self.worker.results) -> checked => match checked {
                    Ok(checked) => self.take(checked),
                    Err(_) => bail!("the checker has ended"),
                },
            }
        }
        Ok(self.stopping)
    }

    fn send(&self, message: Message) {
        // The loop ends where the editor is gone.
        let _ = self.connection.sender.send(message);
    }

    fn language(&self, project: Option<&Project>) -> Language {
        let Settings { language, usual, .. } = self.settings;
        project.map_or(language.unwrap_or(usual), |it| report::language(it, language, usual))
    }

    fn notified(&mut self, note: Notification) {
        // What cannot be read changes nothing.
        match note.method.as_str() {
            "textDocument/didOpen" => {
                if let Ok(it) = parsed::<DidOpenTextDocumentParams>(note.params) {
                    self.texts.open(it.text_document);
                    self.order();
                }
            }
            "textDocument/didChange" => {
                if let Ok(it) = parsed::<DidChangeTextDocumentParams>(note.params) {
                    let text = it.text_document;
                    let uri = text.text_document_identifier.uri;
                    if self.texts.change(&uri, text.version, it.content_changes) {
                        self.order();
                    }
                }
            }
            "textDocument/didClose" => {
                if let Ok(it) = parsed::<DidCloseTextDocumentParams>(note.params) {
                    self.texts.close(&it.text_document.uri);
                    self.order();
                }
            }
            // Perhaps the site file.
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => self.order(),
            "$/cancelRequest" => {
                let id = note.params.get("id").cloned();
                if let Some(id) = id.and_then(|id| serde_json::from_value(id).ok()) {
                    self.cancel(&id);
                }
            }
            _ => {}
        }
    }

    /// Has everything checked anew.
    fn order(&mut self) {
        self.generation += 1;
        self.worker.order(self.generation, self.texts.all());
    }

    fn cancel(&mut self, id: &RequestId) {
        let waited = self.waiting.len();
        self.waiting.retain(|request| request.id != *id);
        if self.waiting.len() < waited {
            let (code, words) = (ErrorCode::RequestCanceled as i32, "cancelled".to_owned());
            self.send(Message::Response(Response::new_err(id.clone(), code, words)));
        }
    }

    fn take(&mut self, checked: Checked) {
        if checked.generation != self.generation {
            return;
        }
        self.checked = checked;
        let Settings { language, usual, .. } = self.settings;
        let words = |project: &Project| report::language(project, language, usual);
        for news in self.told.news(&self.checked, &self.texts.all(), words) {
            let method = "textDocument/publishDiagnostics".to_owned();
            self.send(Message::Notification(Notification::new(method, news)));
        }
        for request in std::mem::take(&mut self.waiting) {
            self.answer(request);
        }
    }

    fn request(&mut self, request: Request) {
        if self.stopping {
            let code = ErrorCode::InvalidRequest as i32;
            let words = "the server has been shut down".to_owned();
            return self.send(Message::Response(Response::new_err(request.id, code, words)));
        }
        let fresh = self.checked.generation == self.generation;
        match request.method.as_str() {
            "shutdown" => {
                self.stopping = true;
                self.waiting.clear();
                self.send(Message::Response(Response::new_ok(request.id, ())));
            }
            "textDocument/completion" => self.answer(request),
            _ if fresh => self.answer(request),
            _ => self.waiting.push(request),
        }
    }

    fn answer(&self, request: Request) {
        let Request { id, method, params } = request;
        let answer = match method.as_str() {
            "textDocument/completion" => self.completion(params),
            "textDocument/hover" => match self.hover(&id, params) {
                Some(answer) => answer,
                None => return,
            },
            "textDocument/definition" => self.definition(params),
            "textDocument/references" => self.references(params),
            "textDocument/documentSymbol" => self.symbols(params),
            "textDocument/codeAction" => self.fixes(params),
            "textDocument/prepareRename" => self.renamable(params),
            "textDocument/rename" => self.rename(params),
            _ => Err(Refusal::Unknown),
        };
        let response = match answer {
            Ok(answer) => Response::new_ok(id, answer),
            Err(Refusal::Malformed) => refused(id, ErrorCode::InvalidParams, "malformed"),
            Err(Refusal::Unknown) => refused(id, ErrorCode::MethodNotFound, &method),
            Err(Refusal::Refused(words)) => refused(id, ErrorCode::RequestFailed, &words),
        };
        self.send(Message::Response(response));
    }

    /// The open text and the place in it that a request is about.
    fn pointed(&self, at: &TextDocumentPositionParams) -> Option<(&Text, usize)> {
        self.at(&at.text_document.uri, at.position)
    }

    fn at(&self, uri: &Uri, position: Position) -> Option<(&Text, usize)> {
        let text = self.texts.get(uri)?;
        Some((text, Lines::new(&text.text).offset(position)))
    }

    /// What a text was last checked with.
    fn project(&self, text: &Text) -> Option<&Project> {
        let mut projects = self.checked.projects.iter();
        projects.find(|project| project.sources.iter().any(|source| source.file == text.name))
    }

    fn completion(&self, params: serde_json::Value) -> Answer {
        let params: CompletionParams = parsed(params)?;
        let Some((text, offset)) = self.pointed(&params.text_document_position_params) else {
            return written(());
        };
        let project = self.project(text);
        let language = self.language(project);
        let completion = Completion { project, file: &text.name, language };
        written(completion.at(&text.text, offset))
    }

    /// `None` where the answer comes later, with the present value.
    fn hover(&self, id: &RequestId, params: serde_json::Value) -> Option<Answer> {
        let params: HoverParams = match parsed(params) {
            Ok(params) => params,
            Err(refusal) => return Some(Err(refusal)),
        };
        let pointed = self.pointed(&params.text_document_position_params);
        let found = pointed.and_then(|(text, offset)| {
            let project = self.project(text)?;
            let now: Timestamp = Scaled::system_time();
            let told = hover::told(project, &text.name, offset, self.language(Some(project)), now)?;
            Some((text, project, told))
        });
        let Some((text, project, told)) = found else { return Some(written(())) };
        let range = Lines::new(&text.text).range(&told.place);
        let shown = move |value: String| Hover {
            contents: MarkupContent { kind: MarkupKind::Markdown, value }.into(),
            range: Some(range),
        };
        let Some((site, point)) = project.site().zip(told.point) else {
            return Some(written(shown(told.text)));
        };
        let (data, name) = (site.data.clone(), site.points.get(point).name.clone());
        let (id, language) = (id.clone(), self.language(Some(project)));
        let sender: Sender<Message> = self.connection.sender.clone();
        std::thread::spawn(move || {
            let mut value = told.text;
            if let Some(line) = live::value(&data, &name, language) {
                value.push_str(&format!("\n\n{line}"));
            }
            let _ = sender.send(Message::Response(Response::new_ok(id, shown(value))));
        });
        None
    }

    fn definition(&self, params: serde_json::Value) -> Answer {
        let params: DefinitionParams = parsed(params)?;
        let found = self.pointed(&params.text_document_position_params);
        written(found.and_then(|(text, offset)| {
            navigate::definition(self.project(text)?, &self.texts.all(), &text.name, offset)
        }))
    }

    fn references(&self, params: serde_json::Value) -> Answer {
        let params: ReferenceParams = parsed(params)?;
        let all = params.context.include_declaration;
        let found = self.pointed(&params.text_document_position_params);
        written(found.and_then(|(text, offset)| {
            let project = self.project(text)?;
            Some(navigate::references(project, &self.texts.all(), &text.name, offset, all))
        }))
    }

    fn symbols(&self, params: serde_json::Value) -> Answer {
        let params: DocumentSymbolParams = parsed(params)?;
        let text = self.texts.get(&params.text_document.uri);
        let project = text.and_then(|text| Some((self.project(text)?, text)));
        written(project.map(|(project, text)| navigate::symbols(project, &text.name)))
    }

    fn fixes(&self, params: serde_json::Value) -> Answer {
        let params: CodeActionParams = parsed(params)?;
        let text = self.texts.get(&params.text_document.uri);
        let project = text.and_then(|text| Some((self.project(text)?, text)));
        written(project.map(|(project, text)| {
            let language = self.language(Some(project));
            report::fixes(project, &self.texts.all(), text, params.range, language)
        }))
    }

    fn renamable(&self, params: serde_json::Value) -> Answer {
        let params: PrepareRenameParams = parsed(params)?;
        let found = self.pointed(&params.text_document_position_params);
        written(found.and_then(|(text, offset)| {
            let found = navigate::renamable(self.project(text)?, &text.name, offset);
            found.map(|(range, placeholder)| PrepareRenamePlaceholder { range, placeholder })
        }))
    }

    fn rename(&self, params: serde_json::Value) -> Answer {
        let params: RenameParams = parsed(params)?;
        let found = self.pointed(&params.text_document_position_params);
        let project = found.and_then(|(text, offset)| Some((self.project(text)?, text, offset)));
        let Some((project, text, offset)) = project else { return written(()) };
        let language = self.language(Some(project));
        let place = (&*text.name, offset);
        navigate::rename(project, &self.texts.all(), place, &params.new_name, language)
            .map_err(Refusal::Refused)
            .and_then(written)
    }
}

fn parsed<T: DeserializeOwned>(params: serde_json::Value) -> Result<T, Refusal> {
    serde_json::from_value(params).map_err(|_| Refusal::Malformed)
}

fn written(answer: impl Serialize) -> Answer {
    serde_json::to_value(answer).map_err(|_| Refusal::Malformed)
}

fn refused(id: RequestId, code: ErrorCode, words: &str) -> Response {
    Response::new_err(id, code as i32, words.to_owned())
}
