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
use crate::web::api::LookingBack;

/// As many years side by side as `hauswart report` shows.
const YEARS: i16 = 3;

/// Makes the reports of a site's jobs. Waits while somebody else looks into the past:
/// two reports at once would take twice the memory. Not for a thread of the runtime.
pub fn maker(site_file: PathBuf, site: Arc<Site>, looking_back: LookingBack) -> MakeReport {
    Arc::new(move |job, (first, last), now| {
        let _alone = looking_back.blocking_lock();
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use jiff::civil::date;

    use super::*;
    use crate::model::diagnostic::Source;
    use crate::site;

    #[test]
    fn a_report_of_a_job_waits_while_another_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let text = "format = 1\n[site]\nname = \"Test\"\n[[building]]\nname = \"Rathaus\"\n\
            [[job]]\nname = \"Bericht\"\nat = \"0 6 2 * *\"\nperiod = \"last-month\"\nforms = [\"csv\"]\n";
        let source = Source { file: "site.toml".into(), text: text.into() };
        let loaded = site::load(&source, folder.path(), &[]);
        let mut site = loaded.site.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
        site.data = folder.path().join("data");
        let (site, looking_back) = (Arc::new(site), LookingBack::default());
        let make = maker(folder.path().join("site.toml"), site.clone(), looking_back.clone());
        let pulled = looking_back.clone().try_lock_owned().unwrap();
        let (done, ended) = mpsc::channel();
        std::thread::spawn(move || {
            let days = (date(2026, 10, 1), date(2026, 10, 31));
            let _ = done.send(make(&site.report.jobs[0], days, Timestamp::UNIX_EPOCH));
        });
        assert!(ended.recv_timeout(Duration::from_millis(300)).is_err(), "it waits");
        drop(pulled);
        let _ = ended.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(looking_back.try_lock().is_ok(), "it is the next one's turn");
    }
}
