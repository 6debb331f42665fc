//! `hauswart reload`: the running daemon takes up its rule files.

use std::process::ExitCode;

use super::table::{Align, Table};
use super::{Format, SiteFile, files, say};
use crate::engine::picture::{ReloadOutcome, ReloadReport};
use crate::model::Language;
use crate::web::api::ReloadRequest;
use crate::web::client::ClientError;

pub const EXAMPLE: &str = "Example:
  hauswart reload --dry-run
  hauswart reload --site /etc/hauswart/site.toml

Says which points are commanded otherwise from now on, and by which rule. What
unchanged rules remember (timers, latches) goes on. A file with an error leaves
the old rules running. The site file and device templates count from the next
start on only. SIGHUP does the same; so does a saved file, unless the site file
says reload = \"by hand\".
Exit code 0: taken up, nothing to do, or a dry run without errors; 1: errors in
the files; 2: no daemon runs.";

#[derive(Debug, clap::Args)]
pub struct Reload {
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Reload {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let request = ReloadRequest { dry_run: self.dry_run };
        let asked = super::runtime()?.block_on(async {
            let mut client = super::daemon(&site, language).await?;
            Ok::<_, anyhow::Error>(client.post("/api/v1/reload", &request).await)
        })?;
        let report: ReloadReport = match asked {
            Ok(report) => report,
            Err(ClientError::Refused(why)) => {
                say::err(&format!("hauswart: {why}"));
                return Ok(ExitCode::from(1));
            }
            Err(error) => return Err(error.into()),
        };
        match self.format {
            Format::Json => say::out(&serde_json::to_string_pretty(&report)?),
            Format::Text => tell(&report, language),
        }
        let refused = report.outcome == ReloadOutcome::Refused;
        Ok(if refused { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

fn tell(report: &ReloadReport, language: Language) {
    if !report.told.is_empty() {
        say::err(report.told.trim_end());
    }
    lines(report, language).iter().for_each(|line| say::out(line));
    for file in &report.restart {
        say::err(&language.pick(
            format!("{file} hat sich geändert: das gilt erst ab dem nächsten Start"),
            format!("{file} has changed: that counts from the next start on only"),
        ));
    }
}

/// The plan, and what became of it.
fn lines(report: &ReloadReport, language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    if matches!(report.outcome, ReloadOutcome::Taken | ReloadOutcome::WouldTake) {
        lines.extend(plan(report, language));
    }
    lines.push(match report.outcome {
        ReloadOutcome::Taken => language.pick("Übernommen.", "Taken up.").to_owned(),
        ReloadOutcome::WouldTake => language
            .pick("Nichts übernommen (--dry-run).", "Nothing taken up (--dry-run).")
            .to_owned(),
        ReloadOutcome::Unchanged => language
            .pick("Die Regeln sind, wie sie waren.", "The rules are as they were.")
            .to_owned(),
        ReloadOutcome::Refused => {
            let why = report.why.as_deref().unwrap_or_default();
            language.pick(
                format!("Nicht übernommen, die alten Regeln laufen weiter: {why}"),
                format!("Not taken up, the old rules go on: {why}"),
            )
        }
    });
    lines
}

fn plan(report: &ReloadReport, language: Language) -> Vec<String> {
    let mut lines = vec![match report.points.len() {
        0 => language.pick("Kein Punkt ändert sich jetzt.", "No point changes now.").to_owned(),
        1 => language.pick("1 Punkt ändert sich jetzt:", "1 point changes now:").to_owned(),
        many => language.pick(
            format!("{many} Punkte ändern sich jetzt:"),
            format!("{many} points change now:"),
        ),
    }];
    let mut table = Table::new(&[
        (language.pick("Punkt", "point"), Align::Left),
        (language.pick("bisher", "so far"), Align::Right),
        (language.pick("dann", "then"), Align::Right),
        (language.pick("Regel", "rule"), Align::Left),
        ("", Align::Left),
    ]);
    let free = language.pick("frei", "released");
    for change in &report.points {
        let shown = |value: &Option<String>| value.as_deref().unwrap_or(free).to_owned();
        let [rule, place] = [&change.rule, &change.place].map(|it| it.clone().unwrap_or_default());
        let (before, after) = (shown(&change.before), shown(&change.after));
        table.row([change.point.clone(), before, after, rule, place]);
    }
    if !report.points.is_empty() {
        lines.extend(table.lines());
    }
    for (rules, german, english) in [
        (&report.rules_new, "neu", "new"),
        (&report.rules_changed, "geändert", "changed"),
        (&report.rules_gone, "entfallen", "gone"),
    ] {
        if !rules.is_empty() {
            let words = language.pick(german, english);
            lines.push(format!("{} ({}): {}", words, rules.len(), rules.join(", ")));
        }
    }
    lines.push(match report.rules_unchanged {
        1 => language.pick("1 Regel unverändert", "1 rule unchanged").to_owned(),
        many => {
            language.pick(format!("{many} Regeln unverändert"), format!("{many} rules unchanged"))
        }
    });
    lines
}
