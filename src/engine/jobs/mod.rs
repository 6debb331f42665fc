//! Reports that are written, and perhaps mailed, by themselves. The loop looks once a
//! cycle whether one is due and hands it to a task of its own, one at a time; each
//! time is recorded before and after, and each mail once it is out. What cannot be
//! recorded is not done, lest a restart do it again.
//!
//! ```text
//! due ─▶ recorded ─▶ made (own thread, low priority) ─▶ shelf ─▶ mail ─▶ recorded
//!            ▲                                                             │
//!            └── later, ever later: alarm from the third failure ◀─ failed ┘
//! ```
//! One that the process dies of is an alarm from the second time on, and after the
//! third it waits for its next time. One that hangs is an alarm after two hours.
//! What is in a report is its maker's matter, whom the caller brings.

mod due;
mod letter;
mod run;
mod shelf;
mod turn;
mod words;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::alarm::{Cause, Subject};
use super::picture::{JobState, JobStatus};
use crate::model::Recurrence;
use crate::site::{Job, Site};
use crate::store::jobs::{JobRecord, JobStanding};
use due::Due;

/// The process has died of a job so often: people are told.
const TOLD_DEATHS: u32 = 2;

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

    /// What is to be told of jobs that a former process died of. Asked for before any is
    /// begun again, for this process may die of it too.
    pub fn deadly(&self, site: &Site) -> Vec<(Subject, Cause)> {
        let jobs = site.report.jobs.iter().zip(&self.all);
        jobs.filter_map(|(job, held)| {
            let record = held.record.as_ref().filter(|record| record.when == job.at)?;
            let deaths = record.deaths + 1;
            if !matches!(record.standing, JobStanding::Begun { .. }) || deaths < TOLD_DEATHS {
                return None;
            }
            let why = words::died(deaths, site.language);
            let cause = if deaths < due::DEADLY { Cause::NotReported } else { Cause::ReportWaits };
            Some((Subject::Job(job.name.clone()), cause(why)))
        })
        .collect()
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
                since: None,
            };
            let Some(record) = &held.record else { return picture };
            picture.failures = record.failures;
            picture.state = match &record.standing {
                JobStanding::New => return picture,
                JobStanding::Begun { at } if self.runs == Some(number) => {
                    picture.since = Some(*at);
                    JobState::Running
                }
                JobStanding::Begun { .. } => {
                    picture.failures += 1;
                    picture.why = Some(words::died(record.deaths + 1, site.language));
                    JobState::Failed
                }
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
