//! `hauswart jobs`: the reports that the daemon writes by itself, when the next is due
//! and how the last one ended.

use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::table::{Align, Table};
use super::{Format, SiteFile, files, say};
use crate::engine::picture::{self, JobState, JobStatus};
use crate::model::Language;

pub const EXAMPLE: &str = "Example:
  hauswart jobs
  hauswart jobs --format json

Jobs stand in the site file, [[job]] (README, \"Reports\"). One that fails is tried again
until the next time of it, and is an alarm from the third failure on.
Exit code 0: none has failed; 1: one has; 2: no daemon runs.";

#[derive(Debug, clap::Args)]
pub struct Jobs {
    #[command(flatten)]
    site: SiteFile,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Jobs {
    pub fn run(self, language: Option<Language>) -> anyhow::Result<ExitCode> {
        let (site, language) = files::site(&self.site.path, language)?;
        let status: picture::Status = super::runtime()?.block_on(async {
            let mut client = super::daemon(&site, language).await?;
            Ok::<_, anyhow::Error>(client.get("/api/v1/status").await?)
        })?;
        match self.format {
            Format::Json => say::out(&serde_json::to_string_pretty(&status.jobs)?),
            Format::Text if status.jobs.is_empty() => say::out(language.pick(
                "kein [[job]] in der Anlagendatei (README, „Reports“)",
                "no [[job]] in the site file (README, \"Reports\")",
            )),
            Format::Text => {
                let lines = lines(&status.jobs, language, &site.time_zone);
                lines.iter().for_each(|line| say::out(line));
            }
        }
        let failed = status.jobs.iter().any(|job| job.failures > 0);
        Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

fn lines(jobs: &[JobStatus], language: Language, zone: &TimeZone) -> Vec<String> {
    let mut table = Table::new(&[
        (language.pick("Auftrag", "job"), Align::Left),
        (language.pick("nächstes Mal", "next time"), Align::Left),
        (language.pick("zuletzt", "last time"), Align::Left),
        ("", Align::Left),
    ]);
    let when =
        |at: Timestamp| at.to_zoned_datetime(zone.clone()).strftime("%d.%m.%Y %H:%M").to_string();
    for job in jobs {
        let came = match (job.state, &job.why) {
            (JobState::New, _) => language.pick("noch nie", "never yet").to_owned(),
            (JobState::Running, _) => {
                let since = job.since.map(when).unwrap_or_default();
                language.pick(format!("läuft seit {since}"), format!("running since {since}"))
            }
            (JobState::Done, _) => job.files.join(", "),
            (JobState::Failed, why) => {
                let (times, why) = (job.failures, why.as_deref().unwrap_or("?"));
                language.pick(
                    format!("gescheitert ({times}×): {why}"),
                    format!("failed ({times}×): {why}"),
                )
            }
        };
        let at = |at: Option<Timestamp>| at.map(when).unwrap_or_default();
        table.row([job.name.clone(), at(job.next), at(job.last), came]);
    }
    table.lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_failed_says_why_and_one_that_runs_since_when() {
        let job = JobStatus {
            name: "Monatsbericht".into(),
            next: Some("2026-12-02T05:30:00Z".parse().unwrap()),
            last: Some("2026-11-02T05:30:00Z".parse().unwrap()),
            state: JobState::Failed,
            files: Vec::new(),
            why: Some("Datenträger voll".into()),
            failures: 2,
            since: None,
        };
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let since = Some("2026-11-02T05:31:00Z".parse().unwrap());
        let runs = JobStatus { state: JobState::Running, since, ..job.clone() };
        let lines = lines(&[job, runs], Language::De, &zone);
        assert!(lines[2].ends_with("läuft seit 02.11.2026 06:31"), "{}", lines[2]);
        assert_eq!(
            lines[1],
            "Monatsbericht  02.12.2026 06:30  02.11.2026 06:30  gescheitert (2×): Datenträger voll"
        );
    }
}
