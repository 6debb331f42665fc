//! `hauswart check`: site, templates and rules together.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::say::{self, count};
use super::{Format, commanded, files};
use crate::model::diagnostic::{self, Severity};
use crate::model::{Diagnostic, Language};
use crate::report::energy;

pub const EXAMPLE: &str = "Example:
  hauswart check /etc/hauswart/site.toml

Without errors it also says what becomes of each command if this PC fails, which
floors hold, and how long registers last that wear out.

Exit code 0: no errors (warnings may be shown); 1: errors; 2: could not read.";

#[derive(Debug, clap::Args)]
pub struct Check {
    /// The site file; its templates and rules are checked with it.
    #[arg(value_name = "SITE.TOML", default_value = "site.toml")]
    site: PathBuf,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Check {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let files = files::read(&self.site, language)?;
        let language = files.language(language);
        let report = no_report(&files, language);
        match self.format {
            Format::Json => {
                let faults = diagnostic::to_json(&files.diagnostics, &files.sources, language);
                let commanded = commanded(&files);
                let all =
                    json!({ "diagnostics": faults, "commanded": commanded, "report": report });
                println!("{all:#}");
            }
            Format::Text => {
                files.tell(language);
                for line in commanded::lines(&commanded(&files), language) {
                    println!("{line}");
                }
                if let Some(why) = &report {
                    say::err(why);
                }
                println!("{}", summary(&files, usize::from(report.is_some()), language));
            }
        }
        let errors = diagnostic::any_error(&files.diagnostics);
        Ok(if errors { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

/// What is said of each commandable point, where nothing is wrong.
fn commanded(files: &files::Files) -> Vec<commanded::Row> {
    let sound = files.site.as_ref().zip(files.program.as_ref());
    let from = sound
        .and_then(|(site, _)| site.time_zone.to_timestamp(files::today(site).at(0, 0, 0, 0)).ok());
    sound
        .zip(from)
        .map_or_else(Vec::new, |((site, program), from)| commanded::rows(site, program, from))
}

/// Why no report can be made, if so: it would be noticed in January. A warning, for the
/// building is run without.
fn no_report(files: &files::Files, language: Language) -> Option<String> {
    let error = energy::usable(files.site.as_ref()?).err()?.words(language);
    Some(language.pick(
        format!("Warnung: so gibt es keinen Energiebericht: {error}"),
        format!("warning: there will be no energy report: {error}"),
    ))
}

fn of(diagnostics: &[Diagnostic], severity: Severity) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
}

/// `more`: warnings that are no diagnostics.
fn summary(files: &files::Files, more: usize, language: Language) -> String {
    let errors = of(&files.diagnostics, Severity::Error);
    let warnings = of(&files.diagnostics, Severity::Warning) + more;
    let words = |many, german: [&str; 2], english: [&str; 2]| {
        let [one, several] = language.pick(german, english);
        count(many, one, several)
    };
    let told = words(warnings, ["Warnung", "Warnungen"], ["warning", "warnings"]);
    let found = match (errors, warnings) {
        (0, 0) => language.pick("in Ordnung", "in order").to_owned(),
        (0, _) => told,
        _ => format!("{}, {told}", words(errors, ["Fehler", "Fehler"], ["error", "errors"])),
    };
    let Some(site) = &files.site else { return found };
    let devices = words(site.devices.len(), ["Gerät", "Geräte"], ["device", "devices"]);
    let points = words(site.points.len(), ["Punkt", "Punkte"], ["point", "points"]);
    format!("{}: {devices}, {points}: {found}", site.name)
}
