//! The texts that are open in the editor, as it last told them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use gen_lsp_types::{TextDocumentContentChangeEvent as Change, TextDocumentItem, Uri};

use super::place::{Lines, path_of};

/// An open text.
#[derive(Debug, Clone)]
pub struct Text {
    pub uri: Uri,
    /// `None` for one that was never saved.
    pub path: Option<PathBuf>,
    /// What diagnostics call it: its real path, or else its URI.
    pub name: Arc<str>,
    pub version: i32,
    pub text: Arc<str>,
}

#[derive(Debug, Default)]
pub struct Texts {
    open: HashMap<Uri, Text>,
}

impl Texts {
    pub fn open(&mut self, item: TextDocumentItem) {
        // Links are followed, so that a file has one name.
        let path = path_of(&item.uri.0).map(|path| path.canonicalize().unwrap_or(path));
        let name = path.as_ref().map_or_else(|| item.uri.0.clone(), |it| it.display().to_string());
        let text = Text {
            uri: item.uri.clone(),
            path,
            name: name.into(),
            version: item.version,
            text: item.text.into(),
        };
        self.open.insert(item.uri, text);
    }

    /// False if there is no such text.
    pub fn change(&mut self, uri: &Uri, version: i32, changes: Vec<Change>) -> bool {
        let Some(text) = self.open.get_mut(uri) else { return false };
        let mut new = text.text.to_string();
        for change in changes {
            match change {
                Change::TextDocumentContentChangePartial(part) => {
                    let span = Lines::new(&new).span(part.range);
                    new.replace_range(span, &part.text);
                }
                Change::TextDocumentContentChangeWholeDocument(whole) => new = whole.text,
            }
        }
        text.version = version;
        text.text = new.into();
        true
    }

    pub fn close(&mut self, uri: &Uri) {
        self.open.remove(uri);
    }

    pub fn get(&self, uri: &Uri) -> Option<&Text> {
        self.open.get(uri)
    }

    pub fn all(&self) -> Vec<Text> {
        self.open.values().cloned().collect()
    }
}
