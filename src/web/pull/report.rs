//! The energy report as it is pulled: the same figures and forms as `hauswart report`.
//! Computed out of what is sealed, behind all that control does, one at a time, those
//! of jobs among them. Nothing
//! in it says when it was made: as long as the figures are the same, so is its ETag.

use std::fmt;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use super::answer::{self, Answer, Caller, Refused};
use super::history::turn;
use super::parameters::Parameters;
use super::tokens::Scope;
use crate::history::Shelf;
use crate::model::Language;
use crate::report::energy::{self, Given, Occupancy, Order, Period, ReportError};
use crate::report::form::Form;
use crate::report::readings::Readings;
use crate::service::in_background;
use crate::site::Site;
use crate::web::api::Shared;

/// Years side by side.
const USUAL_YEARS: usize = 3;
const MOST_YEARS: usize = 10;
/// Days of all buildings and years together: a leap year of a town of sixty, three times.
const MOST_DAYS: usize = 366 * 3 * 60;

/// When buildings are occupied, by the rule files as they lie there when it is asked.
#[derive(Clone)]
pub struct Occupied(Arc<dyn Fn() -> Occupancy + Send + Sync>);

impl Occupied {
    pub fn new(read: impl Fn() -> Occupancy + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }
}

impl fmt::Debug for Occupied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Occupied").finish_non_exhaustive()
    }
}

pub async fn energy(
    State(shared): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Answer, Refused> {
    caller.require(Scope::Report)?;
    let known = ["period", "years", "format", "lang"];
    let parameters = Parameters::read(query.as_deref(), &known, Some("building"), caller.language)?;
    let language = language(&parameters, caller.language)?;
    let form = form(&parameters, &headers, language)?;
    let order = order(&parameters, &shared.site, shared.clock.now().wall, language)?;
    let alone = turn(&shared, language).await?;
    let written = in_background(move || {
        // It goes on when who asked has gone.
        let _alone = alone;
        write(&shared, &order, form, language)
    });
    written.await.map_err(|unmade| Refused::bug(&unmade.words(Language::En)))?
}

fn write(
    shared: &Shared,
    order: &Order,
    form: Form,
    language: Language,
) -> Result<Answer, Refused> {
    let site = &*shared.site;
    let unreadable = |why: String| Refused::unreadable(&why, language);
    let shelf = Shelf::open(&site.data.join("history"));
    let mut shelf = shelf.map_err(|error| unreadable(error.words(site.language)))?;
    let readings = Readings::read(&site.data);
    let readings = readings.map_err(|error| unreadable(error.words(site.language)))?;
    let occupancy = (shared.occupied.0)();
    let mut given = [Given {
        site,
        shelf: &mut shelf,
        readings: &|meter| readings.samples(&meter.name),
        occupied: &|building, at| occupancy.is_occupied(building, at),
    }];
    let collected = energy::collect(&mut given, order, |_, _| {});
    let collected = collected.map_err(|error| match error {
        ReportError::NoBuilding { .. } => {
            Refused::new(StatusCode::NOT_FOUND, error.words(language))
        }
        // It may name files of the site.
        _ => Refused::withheld(
            &error.words(site.language),
            language.pick(
                "der Bericht lässt sich gerade nicht erstellen; „hauswart report“ auf dem Rechner sagt, warum",
                "the report cannot be made just now; \"hauswart report\" on the machine says why",
            ).to_owned(),
        ),
    })?;
    let document = energy::document(&collected, language, None);
    let bytes = form.write(&document).map_err(|error| Refused::bug(&error.to_string()))?;
    Ok(Answer { media: form.media_type(), bytes, next: None, faults: shelf.faults.len() })
}

/// `lang`, or else as the headers say.
fn language(parameters: &Parameters, usual: Language) -> Result<Language, Refused> {
    match parameters.get("lang") {
        None => Ok(usual),
        Some("de") => Ok(Language::De),
        Some("en") => Ok(Language::En),
        Some(other) => Err(Refused::bad(
            usual.pick(format!("lang={other}: de oder en"), format!("lang={other}: de or en")),
        )),
    }
}

/// `format`, or else as the headers say; JSON where they do not.
fn form(parameters: &Parameters, headers: &HeaderMap, language: Language) -> Result<Form, Refused> {
    let Some(ending) = parameters.get("format") else {
        let forms = [Form::Json, Form::Csv, Form::Xlsx, Form::Html, Form::Pdf];
        let bare = |form: Form| form.media_type().split(';').next().unwrap_or_default();
        return answer::accepted(headers, &forms.map(|form| (bare(form), form)), language);
    };
    Form::named(ending).ok_or_else(|| {
        let known = Form::ALL.map(Form::ending).join(", ");
        Refused::bad(language.pick(
            format!("format={ending}: es gibt {known}"),
            format!("format={ending}: there are {known}"),
        ))
    })
}

/// What is asked for; the last whole year unless a period is.
fn order(
    parameters: &Parameters,
    site: &Site,
    now: Timestamp,
    language: Language,
) -> Result<Order, Refused> {
    let zone = &site.time_zone;
    let asked = match parameters.get("period") {
        Some(text) => Period::parse(text).map_err(|not| Refused::bad(not.words(language)))?,
        None => Period::year(zone.to_datetime(now).year() - 1)
            .ok_or_else(|| Refused::bad("period=2026".to_owned()))?,
    };
    let Some(period) = asked.until(now, zone) else {
        return Err(Refused::bad(language.pick(
            format!("der Zeitraum {} hat noch nicht begonnen", asked.text()),
            format!("the period {} has not begun yet", asked.text()),
        )));
    };
    let years = parameters.count("years", USUAL_YEARS, MOST_YEARS)?;
    let buildings: Vec<String> = parameters.all_of("building").map(str::to_owned).collect();
    let count = if buildings.is_empty() { site.buildings.len() } else { buildings.len() };
    bounded(&period, years, count, language)?;
    let years = i16::try_from(years).unwrap_or(i16::MAX);
    Ok(Order { period, years, buildings })
}

/// Whether it is no more than what is computed at a time.
fn bounded(
    period: &Period,
    years: usize,
    buildings: usize,
    language: Language,
) -> Result<(), Refused> {
    let days = usize::try_from(period.days()).unwrap_or(usize::MAX);
    if days.saturating_mul(years).saturating_mul(buildings) <= MOST_DAYS {
        return Ok(());
    }
    Err(Refused::bad(language.pick(
        format!("das ist zu viel für einen Bericht: {buildings} Gebäude, {years} Jahre, je {days} Tage; Gebäude nennen (building=…), weniger Jahre (years=1) oder einen kürzeren Zeitraum nehmen (period=…)"),
        format!("that is too much for one report: {buildings} buildings, {years} years, {days} days each; name buildings (building=…), take fewer years (years=1) or a shorter period (period=…)"),
    )))
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    #[test]
    fn years_and_buildings_are_bounded_together() {
        let status = |period: &str, years, buildings| {
            let period = Period::parse(period).unwrap();
            let bounded = bounded(&period, years, buildings, Language::En);
            bounded.map_err(|refused| refused.into_response().status())
        };
        let refused = Err(StatusCode::BAD_REQUEST);
        assert_eq!(status("2024", 3, 60), Ok(()));
        assert_eq!(status("2024", 3, 61), refused);
        assert_eq!(status("2024", 4, 60), refused);
        assert_eq!(status("2016-01-01..2025-12-31", 10, 1), Ok(()));
        assert_eq!(status("2016-01-01..2025-12-31", 10, 2), refused);
        assert_eq!(status("2026-01", 10, 200), Ok(()));
        assert_eq!(status("2026-01", usize::MAX, usize::MAX), refused);
    }
}
