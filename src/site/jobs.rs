//! From `[[job]]` as written to jobs: when, of what, in which forms, where to.

use std::path::Path;

use super::alarms;
use super::fault::{JobFault, Naming, Post, What};
use super::place::{At, Faults};
use super::raw_report::{Form, RawJob};
use super::raw_site::RawSite;
use super::{Job, JobPeriod};
use crate::model::{Language, Recurrence};

/// Builds all jobs; `data` is the folder that theirs is in where they name none.
pub(super) fn build(
    raw: &RawSite,
    base: &Path,
    data: &Path,
    language: Language,
    faults: &mut Faults,
) -> Vec<Job> {
    let has_server = raw.alarms.as_ref().is_some_and(|alarms| alarms.mail.is_some());
    let jobs: Vec<Job> = raw
        .jobs
        .iter()
        .map(|job| Job {
            name: job.name.value.clone(),
            at: at(job, faults),
            period: job.period.as_ref().map_or(JobPeriod::LastMonth, |at| at.value),
            buildings: buildings(raw, job, faults),
            forms: forms(job, faults),
            folder: match &job.folder {
                Some(at) => base.join(&at.value),
                None => data.join("berichte"),
            },
            mail: mail(job, has_server, faults),
            language: job.language.as_ref().map(|at| at.value),
        })
        .collect();
    same_files(raw, &jobs, language, faults);
    jobs
}

/// Two that would write the same file replace each other's.
fn same_files(raw: &RawSite, jobs: &[Job], language: Language, faults: &mut Faults) {
    let named = |building: usize| raw.buildings[building].name.value.as_str();
    let alike = |job: &Job| {
        let language = job.language.unwrap_or(language);
        (job.folder.clone(), job.period, language, job.whose(named))
    };
    // One whose period or buildings are not known is told of those.
    let known = |job: &RawJob, built: &Job| {
        job.period.is_some() && (job.buildings.is_none() || !built.buildings.is_empty())
    };
    let pairs = raw.jobs.iter().zip(jobs).filter(|(job, built)| known(job, built));
    let pairs: Vec<(&RawJob, &Job)> = pairs.collect();
    for (place, (job, built)) in pairs.iter().enumerate() {
        let common = |other: &Job| built.forms.iter().find(|it| other.forms.contains(it)).cloned();
        let found = pairs[..place].iter().find_map(|(_, other)| {
            let form = common(other).filter(|_| alike(other) == alike(built))?;
            Some((other.name.clone(), form))
        });
        if let Some((other, form)) = found {
            let name = built.name.clone();
            faults.error(&job.name.place, JobFault::SameFile { name, other, form });
        }
    }
}

/// The five fields, one blank between them.
fn at(job: &RawJob, faults: &mut Faults) -> String {
    let Some(at) = &job.at else { return String::new() };
    if let Err(fault) = Recurrence::parse(&at.value) {
        faults.error(&at.place, JobFault::At(fault));
    }
    at.value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn buildings(raw: &RawSite, job: &RawJob, faults: &mut Faults) -> Vec<usize> {
    let Some(list) = &job.buildings else { return Vec::new() };
    check_any("buildings", list, faults);
    let mut found = Vec::new();
    for at in &list.value {
        match raw.buildings.iter().position(|it| it.name.value == at.value) {
            Some(index) if found.contains(&index) => {}
            Some(index) => found.push(index),
            None => {
                let known = raw.buildings.iter().map(|it| it.name.value.clone()).collect();
                let (name, word) = (job.name.value.clone(), at.value.clone());
                let (who, what) = (What::Job, What::Building);
                faults.error(&at.place, Naming::Unknown { who, name, what, word, known });
            }
        }
    }
    found
}

fn forms(job: &RawJob, faults: &mut Faults) -> Vec<String> {
    let Some(list) = &job.forms else { return Vec::new() };
    check_any("forms", list, faults);
    let mut found: Vec<Form> = Vec::new();
    for form in &list.value {
        if !found.contains(&form.value) {
            found.push(form.value);
        }
    }
    found.into_iter().map(|form| form.ending().to_owned()).collect()
}

fn mail(job: &RawJob, has_server: bool, faults: &mut Faults) -> Vec<String> {
    let list = job.mail.iter().flatten();
    list.filter_map(|at| {
        if !has_server {
            faults.error(&at.place, Post::NoServer);
        }
        alarms::address(at, faults)
    })
    .collect()
}

fn check_any<T>(key: &'static str, list: &At<Vec<At<T>>>, faults: &mut Faults) {
    if list.value.is_empty() {
        faults.error(&list.place, JobFault::Empty { key });
    }
}
