//! Reports that are written, and perhaps mailed, by themselves. The loop looks once a
//! cycle whether one is due and hands it to a task of its own, one at a time; each
//! time is recorded before and after.
//!
//! ```text
//! due ─▶ recorded ─▶ made (own thread, low priority) ─▶ shelf ─▶ mail ─▶ recorded
//!            ▲                                                             │
//!            └── later, ever later: alarm from the third failure ◀─ failed ┘
//! ```
//! What is in a report is its maker's matter, whom the caller brings.

mod due;
mod letter;
mod run;
mod shelf;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::alarm::{Cause, Subject};
use super::picture::{JobState, JobStatus};
use super::run::{Back, Running};
use crate::model::{AlarmClass, Now, Recurrence};
use crate::site::{Job, Site};
use crate::store::jobs::{JobRecord, JobStanding};
use due::Due;

/// Failures in a row from which on people are told.
const TOLD_FROM: u32 = 3;

/// One file of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// What comes behind the report's name: `.pdf`, `-verbrauch.csv`.
    pub ending: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// Makes the files of a job, in the order of its forms.
///
/// First and last day of the period, both included; the moment on the site's clock.
/// Errors are a sentence in the site's language. Takes its time on a thread of its own.
pub type MakeReport =
    Arc<dyn Fn(&Job, (Date, Date), Timestamp) -> Result<Vec<ReportFile>, String> + Send + Sync>;

/// See the module.
pub(super) struct Jobs {
    /// `None`: nobody makes reports, and no job is done.
    make: Option<MakeReport>,
    /// As of the site.
    all: Vec<Held>,
    /// The one that runs.
    runs: Option<usize>,
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs").field("all", &self.all).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Held {
    when: Recurrence,
    record: Option<JobRecord>,
    /// Nothing is to be done between these.
    rest: Option<(Timestamp, Timestamp)>,
}

/// How a run ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Those that lie on the shelf.
    pub files: Vec<String>,
    /// Who has had the mail, those before included.
    pub mailed: Vec<String>,
    pub outcome: Result<(), String>,
}

impl Jobs {
    /// With what a former process recorded; what it recorded of jobs that are no more
    /// comes back by name.
    pub fn start(
        site: &Site,
        make: Option<MakeReport>,
        mut records: Vec<JobRecord>,
    ) -> (Self, Vec<String>) {
        let mut all = Vec::new();
        for job in &site.report.jobs {
            // One that cannot be read has been told when the site was loaded.
            let Ok(when) = Recurrence::parse(&job.at) else { continue };
            let place = records.iter().position(|record| record.name == job.name);
            let record = place.map(|place| records.swap_remove(place));
            all.push(Held { when, record, rest: None });
        }
        let forgotten = records.into_iter().map(|record| record.name).collect();
        (Self { make, all, runs: None }, forgotten)
    }

    /// For people.
    pub fn pictures(&self, site: &Site, now: Timestamp) -> Vec<JobStatus> {
        let jobs = site.report.jobs.iter().zip(&self.all).enumerate();
        jobs.map(|(number, (job, held))| {
            let next = self.make.as_ref().and_then(|_| held.when.next(now, &site.time_zone));
            let mut picture = JobStatus {
                name: job.name.clone(),
                next,
                last: None,
                state: JobState::New,
                files: Vec::new(),
                why: None,
                failures: 0,
            };
            let Some(record) = &held.record else { return picture };
            picture.failures = record.failures;
            picture.state = match &record.standing {
                JobStanding::New => return picture,
                JobStanding::Begun { .. } if self.runs == Some(number) => JobState::Running,
                // The process died of it, perhaps; it comes again.
                JobStanding::Begun { .. } => JobState::Failed,
                JobStanding::Done { files, .. } => {
                    picture.files.clone_from(files);
                    JobState::Done
                }
                JobStanding::Failed { why, .. } => {
                    picture.why = Some(why.clone());
                    JobState::Failed
                }
            };
            picture.last = Some(record.planned);
            picture
        })
        .collect()
    }
}

impl Held {
    /// What is to be done, asked for only when it may have changed.
    fn due(&mut self, job: &Job, now: Timestamp, site: &Site) -> Due {
        if self.rest.is_some_and(|(since, until)| (since..until).contains(&now)) {
            return Due::Later(None);
        }
        let due = due::due(self.record.as_ref(), &job.at, &self.when, now, &site.time_zone);
        self.rest = match due {
            Due::Later(next) => Some((now, next.unwrap_or(Timestamp::MAX))),
            _ => None,
        };
        due
    }
}

impl Running {
    /// Begins the first job that is due, if none runs. Not on a clock that cannot be
    /// right.
    pub(super) fn do_jobs(&mut self, now: Now) {
        let Some(make) = self.jobs.make.clone() else { return };
        if self.jobs.runs.is_some() || self.stopping || self.plausible.is_doubtful() {
            return;
        }
        let site = self.site.clone();
        for (number, job) in site.report.jobs.iter().enumerate() {
            let Some(held) = self.jobs.all.get_mut(number) else { return };
            match held.due(job, now.wall, &site) {
                Due::Later(_) => {}
                Due::Begin => {
                    let record = JobRecord {
                        name: job.name.clone(),
                        when: job.at.clone(),
                        planned: now.wall,
                        standing: JobStanding::New,
                        failures: 0,
                        mailed: Vec::new(),
                    };
                    held.record = Some(record.clone());
                    drop(self.journal.keep_job(record));
                }
                Due::Now(planned) => {
                    self.begin_job(number, planned, make, now);
                    return;
                }
            }
        }
    }

    fn begin_job(&mut self, number: usize, planned: Timestamp, make: MakeReport, now: Now) {
        let job = &self.site.report.jobs[number];
        let held = &mut self.jobs.all[number];
        let before = held.record.take().filter(|it| it.planned == planned);
        let died =
            matches!(before.as_ref().map(|it| &it.standing), Some(JobStanding::Begun { .. }));
        let failures = before.as_ref().map_or(0, |it| it.failures) + u32::from(died);
        let record = JobRecord {
            name: job.name.clone(),
            when: job.at.clone(),
            planned,
            standing: JobStanding::Begun { at: now.wall },
            failures,
            mailed: before.map(|it| it.mailed).unwrap_or_default(),
        };
        held.record = Some(record.clone());
        self.jobs.runs = Some(number);
        tracing::info!(
            job = job.name,
            "{}",
            self.site.language.pick("Bericht begonnen", "report begun")
        );
        let order = run::Order {
            site: self.site.clone(),
            job: number,
            planned,
            now: now.wall,
            mailed: record.mailed.clone(),
            make,
        };
        let recorded = self.journal.keep_job(record);
        let (back, busy) = (self.back.clone(), self.clock.busy());
        tokio::spawn(async move {
            recorded.await;
            let ended = run::run(order).await;
            let _ = back.send(Back::Reported { job: number, ended, busy });
        });
    }

    /// A job has ended, or failed and is tried again.
    pub(super) fn reported(&mut self, number: usize, ended: Ended) {
        let now = self.now();
        self.jobs.runs = None;
        let Some(held) = self.jobs.all.get_mut(number) else { return };
        let Some(record) = held.record.as_mut() else { return };
        let (at, subject) = (now.wall, Subject::Job(record.name.clone()));
        record.mailed = ended.mailed;
        held.rest = None;
        let failed = match ended.outcome {
            Ok(()) => {
                let files = ended.files;
                tracing::info!(job = record.name, "{}", files.join(", "));
                record.standing = JobStanding::Done { at, files };
                record.failures = 0;
                None
            }
            Err(why) => {
                tracing::warn!(job = record.name, failures = record.failures + 1, "{why}");
                record.standing = JobStanding::Failed { at, why: why.clone() };
                record.failures += 1;
                Some((why, record.failures))
            }
        };
        drop(self.journal.keep_job(record.clone()));
        match failed {
            None => {
                self.alarms.clear(&subject, now);
            }
            Some((why, failures)) if failures >= TOLD_FROM => {
                self.sound(subject, AlarmClass::Fault, Cause::NotReported(why), now);
            }
            Some(_) => {}
        }
    }

    /// Whether nothing is wrong with a job any more, as recorded; or it is no more.
    pub(super) fn is_job_well(&self, name: &str) -> bool {
        let records = self.jobs.all.iter().filter_map(|held| held.record.as_ref());
        !records.into_iter().any(|record| record.name == name && record.failures > 0)
    }
}
