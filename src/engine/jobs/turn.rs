//! A job's turn in the loop: what is due is recorded and begun, and how it ended is
//! recorded and, if it keeps failing, told.

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::due::Due;
use super::{Ended, MakeReport, run, words};
use crate::engine::alarm::{Cause, Subject};
use crate::engine::run::{Back, Running};
use crate::model::{AlarmClass, Now};
use crate::store::jobs::{JobRecord, JobStanding};

/// Failures in a row from which on people are told.
const TOLD_FROM: u32 = 3;

impl Running {
    /// Begins the first job that is due, if none runs. Not on a clock that cannot be
    /// right.
    pub(in crate::engine) fn do_jobs(&mut self, now: Now) {
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
                        deaths: 0,
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
        let died = u32::from(died);
        let count = |of: fn(&JobRecord) -> u32| before.as_ref().map_or(0, of) + died;
        let (failures, deaths) = (count(|it| it.failures), count(|it| it.deaths));
        let record = JobRecord {
            name: job.name.clone(),
            when: job.at.clone(),
            planned,
            standing: JobStanding::Begun { at: now.wall },
            failures,
            deaths,
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
            back: self.back.clone(),
        };
        let recorded = self.journal.keep_job(record);
        let (back, busy, language) = (self.back.clone(), self.clock.busy(), self.site.language);
        tokio::spawn(async move {
            let late = || drop(back.send(Back::Late { job: number }));
            let ended = if recorded.await {
                run::watched(run::run(order), run::LONGEST, language, late).await
            } else {
                words::unrecorded(language)
            };
            let _ = back.send(Back::Reported { job: number, ended, busy });
        });
    }

    /// Somebody has had the mail of the job that runs; `recorded` gets whether that would
    /// outlive the process.
    pub(in crate::engine) fn mailed(
        &mut self,
        number: usize,
        to: String,
        recorded: oneshot::Sender<bool>,
    ) {
        let Some(held) = self.jobs.all.get_mut(number) else { return };
        let Some(record) = held.record.as_mut() else { return };
        record.mailed.push(to);
        let kept = self.journal.keep_job(record.clone());
        tokio::spawn(async move {
            let _ = recorded.send(kept.await);
        });
    }

    /// The job that runs takes too long. No other is begun beside it.
    pub(in crate::engine) fn late(&mut self, number: usize) {
        let record = self.jobs.all.get(number).and_then(|held| held.record.as_ref());
        let Some(record) = record else { return };
        let JobStanding::Begun { at } = record.standing else { return };
        let (subject, site) = (Subject::Job(record.name.clone()), &self.site);
        let at = at.to_zoned_datetime(site.time_zone.clone());
        let why = words::late(&at.strftime("%d.%m.%Y %H:%M").to_string(), site.language);
        self.sound(subject, AlarmClass::Fault, Cause::ReportHangs(why), self.now());
    }

    /// A job has ended, or failed and is tried again.
    pub(in crate::engine) fn reported(&mut self, number: usize, ended: Ended) {
        let now = self.now();
        self.jobs.runs = None;
        let Some(held) = self.jobs.all.get_mut(number) else { return };
        let Some(record) = held.record.as_mut() else { return };
        let (at, subject) = (now.wall, Subject::Job(record.name.clone()));
        record.deaths = 0;
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
            // What stands already says why as of now.
            Some((why, failures)) if failures >= TOLD_FROM || self.alarms.stands(&subject) => {
                self.sound(subject, AlarmClass::Fault, Cause::NotReported(why), now);
            }
            Some(_) => {}
        }
    }

    /// The process ends as it was asked to: the job that runs is none that it died of.
    pub(in crate::engine) fn stop_job(&mut self) {
        let at = self.now().wall;
        let running = self.jobs.runs.and_then(|number| self.jobs.all.get_mut(number));
        if let Some(record) = running.and_then(|held| held.record.as_mut()) {
            let why = words::stopped(self.site.language);
            record.standing = JobStanding::Failed { at, why };
            drop(self.journal.keep_job(record.clone()));
        }
    }

    /// Whether nothing is wrong with a job any more, as recorded; or it is no more.
    pub(in crate::engine) fn is_job_well(&self, name: &str) -> bool {
        let records = self.jobs.all.iter().filter_map(|held| held.record.as_ref());
        let is_well =
            |it: &JobRecord| it.failures == 0 && !matches!(it.standing, JobStanding::Begun { .. });
        records.into_iter().filter(|it| it.name == name).all(is_well)
    }
}
