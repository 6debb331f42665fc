//! One run of a job: makes the files, puts them on the shelf, mails them. Whatever
//! goes wrong ends as a sentence; a bug in the maker is one of them, and stops nothing.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::{mpsc, oneshot};

use super::{Ended, MakeReport, ReportFile, letter, shelf, words};
use crate::engine::run::Back;
use crate::model::fingerprint::{EMPTY, fingerprint};
use crate::model::{Language, system_words};
use crate::post::mail::{self, Attachment, Mail};
use crate::service::in_background;
use crate::site::{Job, Site};

/// One that takes longer hangs, perhaps; in real time.
pub const LONGEST: Duration = Duration::from_secs(2 * 3600);

/// What is to be made.
pub struct Order {
    pub site: Arc<Site>,
    /// Index into the site's jobs.
    pub job: usize,
    /// The time of it, which says the period.
    pub planned: Timestamp,
    pub now: Timestamp,
    /// Who has had the mail of that time already.
    pub mailed: Vec<String>,
    pub make: MakeReport,
    pub back: mpsc::UnboundedSender<Back>,
}

/// What lies on the shelf.
struct Shelved {
    days: (Date, Date),
    files: Vec<ReportFile>,
    paths: Vec<PathBuf>,
}

/// Waits for a run, which ends as a sentence if it breaks off; says once that it takes
/// longer than `longest`.
pub async fn watched(
    run: impl Future<Output = Ended> + Send + 'static,
    longest: Duration,
    language: Language,
    late: impl FnOnce() + Send,
) -> Ended {
    let mut running = tokio::spawn(run);
    let ended = match tokio::time::timeout(longest, &mut running).await {
        Ok(ended) => ended,
        Err(_) => {
            late();
            running.await
        }
    };
    ended.unwrap_or_else(|_| Ended { files: Vec::new(), outcome: Err(words::bug(language)) })
}

/// Does it.
pub async fn run(order: Order) -> Ended {
    let order = Arc::new(order);
    let (of, language) = (order.clone(), order.site.language);
    let made = in_background(move || shelve(&of)).await;
    let shelved = match made.unwrap_or_else(|unmade| Err(unmade.words(language))) {
        Ok(shelved) => shelved,
        Err(why) => return Ended { files: Vec::new(), outcome: Err(why) },
    };
    let outcome = post(&order, &shelved).await;
    let files = shelved.paths.iter().map(|path| path.display().to_string()).collect();
    Ended { files, outcome }
}

fn shelve(order: &Order) -> Result<Shelved, String> {
    let (site, job) = (&*order.site, &order.site.report.jobs[order.job]);
    let days = job.period.days(site.time_zone.to_datetime(order.planned).date());
    let files = (order.make)(job, days, order.now)?;
    let stem = letter::file_stem(site, job, days.0);
    let mut paths = Vec::new();
    for file in &files {
        let name = format!("{stem}{}", file.ending);
        let path = shelf::put(&job.folder, &name, &file.bytes).map_err(|error| {
            let (folder, why) = (job.folder.display(), system_words(&error, site.language));
            site.language.pick(
                format!("{name} lässt sich nicht in {folder} ablegen: {why}"),
                format!("{name} cannot be put into {folder}: {why}"),
            )
        })?;
        paths.push(path);
    }
    Ok(Shelved { days, files, paths })
}

/// To everybody who has not had it; the first failure, after all were tried. To nobody
/// more once it cannot be recorded who has had it.
async fn post(order: &Order, shelved: &Shelved) -> Result<(), String> {
    let (site, job) = (&*order.site, &order.site.report.jobs[order.job]);
    let Some(server) = &site.alarms.mail else { return Ok(()) };
    let letter = letter::write(site, job, shelved.days, &shelved.files, &shelved.paths);
    let names: Vec<String> = shelved
        .paths
        .iter()
        .map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned())
        .collect();
    let attached = shelved.files.iter().zip(&names).filter(|_| letter.attached);
    let attachments: Vec<Attachment<'_>> = attached
        .map(|(file, name)| Attachment { name, media_type: &file.media_type, bytes: &file.bytes })
        .collect();
    let mut outcome = Ok(());
    for to in &job.mail {
        if order.mailed.contains(to) {
            continue;
        }
        let mail = Mail {
            to,
            sender: &format!("hauswart {}", site.title),
            subject: &letter.subject,
            body: &letter.body,
            sent: order.now,
            id: &message_id(job, order.planned, to),
            attachments: &attachments,
        };
        match mail::send(server, &mail).await {
            Ok(()) => record(order, to).await?,
            Err(why) => {
                let why = why.words(site.language);
                let words = site.language.pick(
                    format!("der Bericht geht nicht an {to} hinaus: {why}"),
                    format!("the report does not go out to {to}: {why}"),
                );
                outcome = outcome.and(Err(words));
            }
        }
    }
    outcome
}

/// Keeps that somebody has had the mail, before the next one gets it.
async fn record(order: &Order, to: &str) -> Result<(), String> {
    let (recorded, kept) = oneshot::channel();
    let _ = order.back.send(Back::Mailed { job: order.job, to: to.to_owned(), recorded });
    if kept.await == Ok(true) {
        return Ok(());
    }
    Err(order.site.language.pick(
        format!("der Bericht ist an {to} hinausgegangen, aber der Datenträger nimmt den Vermerk darüber nicht an; ist er voll oder defekt?"),
        format!("the report has gone out to {to}, but the disk does not take the record of it; is it full or broken?"),
    ))
}

/// The same for each try.
fn message_id(job: &Job, planned: Timestamp, to: &str) -> String {
    let of = format!("{} {planned} {to}", job.name);
    format!("report.{:016x}", fingerprint(EMPTY, of.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    fn done() -> Ended {
        Ended { files: vec!["a.pdf".into()], outcome: Ok(()) }
    }

    #[tokio::test]
    async fn a_run_that_takes_too_long_is_told_once_and_waited_for() {
        let told = AtomicU32::new(0);
        let late = || {
            told.fetch_add(1, Ordering::SeqCst);
        };
        let ended = watched(async { done() }, SOON, Language::En, late).await;
        assert_eq!((ended.outcome, told.load(Ordering::SeqCst)), (Ok(()), 0));
        let slow = async {
            tokio::time::sleep(SOON * 10).await;
            done()
        };
        let ended = watched(slow, SOON, Language::En, late).await;
        assert_eq!((ended.files.len(), told.load(Ordering::SeqCst)), (1, 1));
    }

    #[tokio::test]
    async fn a_run_that_breaks_off_has_failed() {
        let broken = async { panic!("a bug outside the maker") };
        let ended = watched(broken, SOON, Language::En, || {}).await;
        assert_eq!(ended.outcome, Err(words::bug(Language::En)));
    }
}
