//! Words on standard output and error that may be lost: while something is
//! commanded, a closed terminal or pipe must not end the process. And small
//! words that several commands share.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::OnceLock;

use crate::engine::ask::Ended;
use crate::model::Language;
use crate::web::client::ClientError;

/// A line on standard output.
pub fn out(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// A line on standard error.
pub fn err(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// How an order to the daemon ended, as an exit code; why it was refused is
/// told.
///
/// # Errors
/// Whatever else went wrong.
pub fn obeyed(done: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    let Err(error) = done else { return Ok(ExitCode::SUCCESS) };
    match error.downcast::<ClientError>() {
        Ok(ClientError::Refused(why)) => {
            err(&format!("hauswart: {why}"));
            Ok(ExitCode::from(1))
        }
        Ok(other) => Err(other.into()),
        Err(error) => Err(error),
    }
}

/// The language of this process's last word: of its site, once that is read.
static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// From now on the last word is in this language.
pub fn speak(language: Language) {
    let _ = LANGUAGE.set(language);
}

/// An error in the reader's language, where the program knows it.
pub fn in_words(error: anyhow::Error) -> anyhow::Error {
    let language = LANGUAGE.get().copied().unwrap_or_default();
    let words = match (error.downcast_ref::<ClientError>(), error.downcast_ref::<Ended>()) {
        (Some(error), _) => error.words(language),
        (_, Some(ended)) => ended.words(language),
        _ => return error,
    };
    anyhow::anyhow!(words)
}

/// So many of something: `1 Fehler`, `2 Warnungen`.
pub fn count(many: usize, one: &str, several: &str) -> String {
    format!("{many} {}", if many == 1 { one } else { several })
}
