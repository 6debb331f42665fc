//! The live table of the demo: the whole screen, twice a second; where output
//! is no terminal, the table every ten seconds.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use jiff::tz::TimeZone;

use super::status;
use super::table::cut;
use crate::engine::ask::Handle;
use crate::model::Language;

/// Shows the picture until the engine ends or the future is dropped.
///
/// # Errors
/// If the terminal cannot be written.
pub async fn show(
    engine: &Handle,
    language: Language,
    zone: &TimeZone,
    speed: f64,
) -> anyhow::Result<()> {
    let terminal = io::stdout().is_terminal();
    let pause = if terminal { Duration::from_millis(500) } else { Duration::from_secs(10) };
    if terminal {
        write!(io::stdout(), "\x1b[?1049h\x1b[?25l")?;
    }
    loop {
        let Ok(mut picture) = engine.status().await else { return Ok(()) };
        // What is commanded stands where a small screen still shows it.
        picture.points.sort_by_key(|point| point.command.is_none());
        let mut lines = status::lines(&picture, language, zone);
        lines[0].push_str(&format!("  ×{speed}"));
        let end = language.pick("Strg-C: freigeben und Ende", "Ctrl-C: let go and end");
        lines[0].push_str(&format!("  {end}"));
        draw(&lines, terminal, language)?;
        tokio::time::sleep(pause).await;
    }
}

/// Gives the terminal back.
pub fn leave() {
    if io::stdout().is_terminal() {
        let _ = write!(io::stdout(), "\x1b[?25h\x1b[?1049l");
        let _ = io::stdout().flush();
    }
}

fn draw(lines: &[String], terminal: bool, language: Language) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if !terminal {
        for line in lines {
            writeln!(out, "{line}")?;
        }
        return out.flush();
    }
    let (columns, rows) = size();
    write!(out, "\x1b[H")?;
    let mut lines = lines.to_vec();
    let hidden = (lines.len() + 1).saturating_sub(rows);
    if hidden > 1 {
        lines.truncate(rows - 1);
        lines.push(language.pick(
            format!("… und {hidden} Zeilen mehr in einem größeren Fenster"),
            format!("… and {hidden} lines more in a larger window"),
        ));
    }
    for (row, line) in lines.iter().enumerate() {
        if row > 0 {
            writeln!(out)?;
        }
        write!(out, "{}\x1b[K", cut(line, columns))?;
    }
    write!(out, "\x1b[J")?;
    out.flush()
}

/// Columns and rows of the terminal.
pub fn size() -> (usize, usize) {
    rustix::termios::tcgetwinsize(io::stdout()).map_or((80, 24), |size| {
        (usize::from(size.ws_col.max(40)), usize::from(size.ws_row.max(5)))
    })
}
