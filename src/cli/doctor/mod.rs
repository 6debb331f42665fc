//! `hauswart doctor`: looks over the machine that the daemon runs on, and says
//! what to mend. It changes nothing, and touches no serial line or device.

mod account;
mod clock;
mod daemon;
mod disk;
mod finding;
mod network;
mod serial;

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::say::count;
use super::{Format, files};
use crate::model::{Language, diagnostic};
use crate::site::Site;
use account::Account;
use finding::{Finding, Verdict};

pub const EXAMPLE: &str = "Example:
  hauswart doctor --site /etc/hauswart/site.toml

Exit code 0: nothing to mend (notices may be shown); 1: something to mend;
2: the site file could not be read.";

#[derive(Debug, clap::Args)]
pub struct Doctor {
    #[command(flatten)]
    site: super::SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Doctor {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let files = files::read(&self.site.path, language)?;
        let language = files.language(language);
        let mut findings = Vec::new();
        if diagnostic::any_error(&files.diagnostics) {
            findings.push(Finding::FilesHaveErrors(self.site.path.clone()));
        }
        if let Some(site) = &files.site {
            findings.extend(look_over(site, &self.site.path)?);
        }
        let mend = findings.iter().filter(|it| it.verdict() == Verdict::Mend).count();
        match self.format {
            Format::Json => println!("{:#}", json!({ "findings": to_json(&findings, language) })),
            Format::Text => print(&findings, mend, language),
        }
        Ok(ExitCode::from(u8::from(mend > 0)))
    }
}

fn look_over(site: &Site, path: &std::path::Path) -> anyhow::Result<Vec<Finding>> {
    let account = Account::of_the_daemon();
    let mut findings = clock::look(site);
    findings.extend(disk::look(&site.data, &account));
    findings.extend(serial::look(site, &account));
    let (running, found) = super::runtime()?.block_on(daemon::look(site));
    findings.extend(found);
    findings.extend(network::look(site, running));
    findings.extend(daemon::unit(path));
    Ok(findings)
}

fn to_json(findings: &[Finding], language: Language) -> Vec<serde_json::Value> {
    let one = |finding: &Finding| {
        json!({
            "about": finding.about(Language::En),
            "verdict": finding.verdict(),
            "text": finding.words(language),
            "remedy": finding.remedy(language),
        })
    };
    findings.iter().map(one).collect()
}

fn print(findings: &[Finding], mend: usize, language: Language) {
    use unicode_width::UnicodeWidthStr;
    let abouts = findings.iter().map(|finding| finding.about(language));
    let width = abouts.map(UnicodeWidthStr::width).max().unwrap_or(0);
    for finding in findings {
        let about = finding.about(language);
        let padding = " ".repeat(width - about.width());
        println!("{} {about}{padding}  {}", finding.verdict().sign(), finding.words(language));
        if let Some(remedy) = finding.remedy(language) {
            println!("{:width$}    → {remedy}", "");
        }
    }
    let [one, several] = language.pick(["Mangel", "Mängel"], ["fault", "faults"]);
    let faults = count(mend, one, several);
    println!(
        "\n{}",
        match mend {
            0 => language.pick("nichts zu beheben", "nothing to mend").to_owned(),
            _ => language.pick(format!("{faults} zu beheben"), format!("{faults} to mend")),
        }
    );
}

/// Where something lies that is not there yet: the nearest folder that is.
fn nearest(path: &std::path::Path) -> PathBuf {
    let there = path.ancestors().find(|ancestor| ancestor.exists());
    there.unwrap_or_else(|| std::path::Path::new("/")).to_owned()
}
