//! Rule files, as `check` and the editor read them: up to three, apart by NUL.
//! Every diagnostic can be told in both languages; the editor's reading comes
//! to the same diagnostics.

use hauswart::model::diagnostic::{Source, any_error};
use hauswart::rules::{NamedFile, compile, inspect};

use crate::{parts, town};

pub fn run(bytes: &[u8]) -> bool {
    let named = ["a.rules", "b.rules", "c.rules"];
    let rules: Vec<Source> = parts(bytes, named.len())
        .zip(named)
        .map(|(part, file)| Source { file: file.into(), text: town::text(part) })
        .collect();
    let files = town::calendars(&rules, b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n");
    let texts = town::texts(&rules, &files);
    let compiled = compile(texts, town::site());
    assert_eq!(compiled.program.is_some(), !any_error(&compiled.diagnostics));
    let named = files.iter().filter_map(NamedFile::source);
    let sources: Vec<Source> = rules.iter().cloned().chain(named).collect();
    town::tell(&compiled.diagnostics, &sources);
    let inspected = inspect(texts, Some(town::site()));
    assert_eq!(
        format!("{:?}", inspected.diagnostics),
        format!("{:?}", compiled.diagnostics),
        "the editor says something else"
    );
    let _ = inspect(texts, None);
    true
}
