//! A report as PDF for paper and archive: A4, text that can be searched, bookmarks,
//! contents with links, tables that go on over pages below their heading, the same
//! pictures as the page, drawn as lines. Tagged for screen readers (PDF/UA-1) and
//! fit for archives (PDF/A-2a); the library refuses to write what is not.
//!
//! ```text
//! blocks, table ─▶ flow: pages of shapes, tree of what they are ─▶ ink ─▶ bytes
//! ```

mod blocks;
mod flow;
mod ink;
mod table;
#[cfg(test)]
mod tests;

use self::flow::Flow;
use crate::report::document::Document;

#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    #[error("the fonts for PDF cannot be read")]
    Fonts,
    #[error("the report cannot be written as PDF: {0}")]
    Refused(String),
}

/// The whole file.
///
/// # Errors
/// None that is known: letters that the fonts lack are shown as a sign that says so.
pub fn pdf(document: &Document) -> Result<Vec<u8>, PdfError> {
    let mut flow = Flow::default();
    lay(&mut flow, document);
    ink::write(document, &flow)
}

fn lay(flow: &mut Flow, document: &Document) {
    blocks::title(flow, document);
    for (place, section) in document.sections.iter().enumerate() {
        blocks::section(flow, document, section);
        if place == 0 && super::has_contents(document) {
            blocks::contents(flow, document);
        }
    }
    flow.fill_contents();
}
