//! What the daemon's jobs bring: the energy report in the forms that a job names. Made
//! of what the daemon has recorded, in its own process, on the thread of the job.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::{files, past};
use crate::engine::jobs::{MakeReport, ReportFile};
use crate::model::Language;
use crate::report::energy::{self, Occupancy, Order, Period};
use crate::report::form::Form;
use crate::report::readings::Readings;
use crate::site::{Job, Site};

/// As many years side by side as `hauswart report` shows.
const YEARS: i16 = 3;

/// Makes the reports of a site's jobs.
pub fn maker(site_file: PathBuf, site: Arc<Site>) -> MakeReport {
    Arc::new(move |job, (first, last), now| {
        make(&site_file, &site, job, Period { first, last }, now)
            .map_err(|error| format!("{error:#}"))
    })
}

fn make(
    site_file: &Path,
    site: &Site,
    job: &Job,
    period: Period,
    now: Timestamp,
) -> anyhow::Result<Vec<ReportFile>> {
    let language = site.language;
    let occupancy = occupancy(site_file, site, language);
    let mut shelf = past::open(site, &[], language)?;
    let readings = Readings::read(&site.data);
    let readings = readings.map_err(|error| anyhow::anyhow!(error.words(language)))?;
    let buildings = job.buildings.iter().map(|it| site.buildings[*it].name.clone()).collect();
    let order = Order { period, years: YEARS, buildings };
    let worded = (job.language.unwrap_or(language), site.time_zone.to_datetime(now));
    let report = energy::of_site(site, &mut shelf, &readings, &occupancy, &order, worded);
    let document = report.map_err(|error| anyhow::anyhow!(error.words(language)))?;
    drop(shelf);
    let forms = job.forms.iter().filter_map(|form| Form::named(form));
    forms
        .map(|form| {
            Ok(ReportFile {
                ending: format!(".{}", form.ending()),
                media_type: form.media_type().to_owned(),
                bytes: form.write(&document)?,
            })
        })
        .collect()
}

/// Of the rule files as they lie: what runs is the engine's. Where they cannot be used,
/// the report lacks the times of occupancy.
fn occupancy(site_file: &Path, site: &Site, language: Language) -> Occupancy {
    let read = files::read(site_file, Some(language)).ok();
    let program = read.and_then(|read| read.program);
    Occupancy::of(site, program.as_ref())
}
