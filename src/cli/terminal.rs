//! Asking the person at the terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::model::Language;

/// Whether the person says yes; no where nobody is there to ask.
pub fn confirmed(question: &str, language: Language) -> io::Result<bool> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    eprint!("{question} {} ", language.pick("[j/N]", "[y/N]"));
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "j" | "ja" | "y" | "yes"))
}
