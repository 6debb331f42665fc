//! What a job's files and its mail are called, and what stands in the mail.

use std::path::PathBuf;

use jiff::civil::Date;

use super::ReportFile;
use crate::model::Language;
use crate::site::{Job, JobPeriod, Site};

/// More is not sent by mail, in bytes: encoded it is 20 MiB, which most servers take.
const MOST_BYTES: usize = 15 << 20;

/// Month names, German and English.
const MONTHS: [(&str, &str); 12] = [
    ("Januar", "January"),
    ("Februar", "February"),
    ("März", "March"),
    ("April", "April"),
    ("Mai", "May"),
    ("Juni", "June"),
    ("Juli", "July"),
    ("August", "August"),
    ("September", "September"),
    ("Oktober", "October"),
    ("November", "November"),
    ("Dezember", "December"),
];

/// `energiebericht-2026-01`: period, and whose it is where it is not all buildings'.
#[must_use]
pub fn file_stem(site: &Site, job: &Job, first: Date) -> String {
    let year = first.year();
    let period = match job.period {
        JobPeriod::LastMonth => format!("{year}-{:02}", first.month()),
        JobPeriod::LastYear | JobPeriod::ThisYear => year.to_string(),
    };
    let report = language(site, job).pick("energiebericht", "energy-report");
    match job.whose(|building| &site.buildings[building].name) {
        None => format!("{report}-{period}"),
        Some(whose) => format!("{report}-{period}-{whose}"),
    }
}

/// What it is written in.
#[must_use]
pub fn language(site: &Site, job: &Job) -> Language {
    job.language.unwrap_or(site.language)
}

/// Subject and text, and whether the files go along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub subject: String,
    pub body: String,
    pub attached: bool,
}

/// Writes the mail to files that lie at these paths.
#[must_use]
pub fn write(
    site: &Site,
    job: &Job,
    days: (Date, Date),
    files: &[ReportFile],
    paths: &[PathBuf],
) -> Letter {
    let language = language(site, job);
    let period = period(job.period, days, language);
    let subject = language.pick("Energiebericht", "Energy report");
    let subject = format!("{subject} {}, {period}", site.title);
    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    let attached = bytes <= MOST_BYTES;
    let names: Vec<String> = paths
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let names = names.join(", ");
    let folder = job.folder.display();
    let body = if attached {
        language.pick(
            format!("Im Anhang: {names}.\nDie Dateien liegen auch auf dem Rechner der Anlage, in {folder}.\n"),
            format!("Attached: {names}.\nThe files also lie on the site's computer, in {folder}.\n"),
        )
    } else {
        let mib = bytes.div_ceil(1 << 20);
        language.pick(
            format!("Der Bericht ist mit {mib} MiB zu groß für E-Mail. Er liegt auf dem Rechner der Anlage, in {folder}: {names}.\n"),
            format!("With {mib} MiB the report is too large for e-mail. It lies on the site's computer, in {folder}: {names}.\n"),
        )
    };
    Letter { subject, body, attached }
}

fn period(period: JobPeriod, (first, last): (Date, Date), language: Language) -> String {
    let year = first.year();
    match period {
        JobPeriod::LastMonth => {
            let place = usize::try_from(first.month()).unwrap_or(1).clamp(1, 12) - 1;
            let (german, english) = MONTHS[place];
            format!("{} {year}", language.pick(german, english))
        }
        JobPeriod::LastYear => year.to_string(),
        JobPeriod::ThisYear => language.pick(
            format!("{year} bis {}", last.strftime("%d.%m.")),
            format!("{year} until {}", last.strftime("%-d %B")),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::civil::date;

    use super::*;
    use crate::model::diagnostic::Source;

    fn site() -> Site {
        let text = "format = 1\n[site]\nname = \"M\"\ntitle = \"Stadt M\"\n[[building]]\nname = \"Rathaus\"\n\
                    [[building]]\nname = \"Schule\"\n[[job]]\nname = \"Monat: Bäder\"\nat = \"30 6 2 * *\"\n\
                    period = \"last-month\"\nforms = \"pdf\"\nfolder = \"/b\"\n";
        let source = Source { file: "site.toml".into(), text: text.into() };
        crate::site::load(&source, Path::new("/"), &[]).site.unwrap()
    }

    fn january() -> (Date, Date) {
        (date(2026, 1, 1), date(2026, 1, 31))
    }

    #[test]
    fn files_are_called_by_language_period_and_building() {
        let site = site();
        let mut job = site.report.jobs[0].clone();
        let stem = |job: &Job| file_stem(&site, job, january().0);
        assert_eq!(stem(&job), "energiebericht-2026-01");
        job.buildings = vec![1];
        job.language = Some(Language::En);
        assert_eq!(stem(&job), "energy-report-2026-01-Schule");
        job.buildings = vec![0, 1];
        job.period = JobPeriod::LastYear;
        assert_eq!(stem(&job), "energy-report-2026-Monat--Bäder");
    }

    #[test]
    fn a_mail_says_what_it_brings_and_what_is_too_large() {
        let site = site();
        let job = &site.report.jobs[0];
        let file = |bytes: usize| ReportFile {
            ending: ".pdf".into(),
            media_type: "application/pdf".into(),
            bytes: vec![0; bytes],
        };
        let paths = [PathBuf::from("/b/energiebericht-2026-01.pdf")];
        let letter = write(&site, job, january(), &[file(10)], &paths);
        assert_eq!(letter.subject, "Energiebericht Stadt M, Januar 2026");
        assert!(
            letter.attached && letter.body.starts_with("Im Anhang: energiebericht-2026-01.pdf")
        );
        let letter = write(&site, job, january(), &[file(MOST_BYTES + 1)], &paths);
        assert!(!letter.attached && letter.body.contains("16 MiB"), "{}", letter.body);
        let this = period(JobPeriod::ThisYear, (date(2026, 1, 1), date(2026, 3, 9)), Language::En);
        assert_eq!(this, "2026 until 9 March");
    }
}
