//! `hauswart lsp`: a language server on standard input and output, so that an
//! editor tells mistakes as they are typed, completes, explains and finds.
//!
//! ```text
//! editor ⇄ lsp-server's threads ⇄ server ⇄ worker: project → rules::inspect
//!                                   └ complete, hover, navigate, report
//! ```
//! It reads files and asks the running daemon for present values; it writes
//! nothing, and what it says of names is the language's own word (`rules`).

mod complete;
mod hover;
mod live;
mod navigate;
mod place;
mod project;
mod report;
mod server;
mod texts;
mod words;
mod worker;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, CompletionOptions, DefinitionProvider,
    DocumentSymbolProvider, HoverProvider, InitializeResult, ReferencesProvider, RenameOptions,
    RenameProvider, ServerCapabilities, ServerInfo, TextDocumentSync, TextDocumentSyncKind,
    TextDocumentSyncOptions,
};
use lsp_server::{Connection, Message, Response};

use self::server::{Server, Settings};
use crate::model::Language;

pub const EXAMPLE: &str = "Example, as an editor starts it:
  hauswart lsp

The site file is the nearest site.toml in the rule file's folder or above, unless the editor
names it in the initialization option `site`. How to set up editors: rules/editors/README.md.
Exit code 0 after `shutdown` and `exit`, 1 if the editor went away without.";

#[derive(Debug, clap::Args)]
pub struct Lsp {
    /// The site file, for editors that cannot name it.
    #[arg(long, value_name = "SITE.TOML")]
    site: Option<PathBuf>,
}

impl Lsp {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (connection, threads) = Connection::stdio();
        let orderly = serve(connection, self.site, language)?;
        threads.join().context("the editor's messages cannot be read")?;
        Ok(if orderly { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// Serves until the editor ends it; whether it was ended as it should be.
fn serve(
    connection: Connection,
    site: Option<PathBuf>,
    language: Option<Language>,
) -> anyhow::Result<bool> {
    let Ok((id, asked)) = connection.initialize_start() else { return Ok(false) };
    let hello = InitializeResult { capabilities: capabilities(), server_info: Some(info()) };
    connection.sender.send(Message::Response(Response::new_ok(id, hello)))?;
    let settings = settings(&asked, site, language);
    Server::new(connection, settings).run()
}

fn info() -> ServerInfo {
    let version = Some(env!("CARGO_PKG_VERSION").to_owned());
    ServerInfo { name: "hauswart".to_owned(), version }
}

/// What the editor says of itself, taken leniently.
fn settings(
    asked: &serde_json::Value,
    site: Option<PathBuf>,
    language: Option<Language>,
) -> Settings {
    let text = |pointer: &str| asked.pointer(pointer).and_then(serde_json::Value::as_str);
    let root = text("/workspaceFolders/0/uri").or_else(|| text("/rootUri"));
    let root = root.and_then(place::path_of);
    let named = text("/initializationOptions/site").filter(|path| !path.is_empty());
    let named = named.map(|named| match &root {
        Some(root) => root.join(named),
        None => Path::new(named).to_owned(),
    });
    let locale = text("/locale").map(str::to_lowercase);
    let foreign = locale.is_some_and(|locale| !locale.starts_with("de"));
    Settings {
        site: site.or(named),
        language,
        usual: if foreign { Language::En } else { Language::De },
    }
}

fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSync::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Incremental),
            save: Some(true.into()),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some([".", " ", "\""].map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProvider::Bool(true)),
        definition_provider: Some(DefinitionProvider::Bool(true)),
        references_provider: Some(ReferencesProvider::Bool(true)),
        document_symbol_provider: Some(DocumentSymbolProvider::Bool(true)),
        code_action_provider: Some(
            CodeActionOptions {
                code_action_kinds: Some(vec![CodeActionKind::QuickFix]),
                ..CodeActionOptions::default()
            }
            .into(),
        ),
        rename_provider: Some(RenameProvider::RenameOptions(RenameOptions {
            prepare_provider: Some(true),
            ..RenameOptions::default()
        })),
        ..ServerCapabilities::default()
    }
}
