//! What a meter used, as `hauswart meter show --format json` tells it.

use std::collections::BTreeSet;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};

use super::answer::{Answer, Caller, Form, Refused, form};
use super::history::look_back;
use super::parameters::Parameters;
use super::tokens::Scope;
use crate::history::span::DAY_MS;
use crate::history::{Name, Shelf, Span};
use crate::model::Language;
use crate::model::diagnostic::did_you_mean;
use crate::report::readings::Readings;
use crate::report::shown::ShownMeter;
use crate::report::{Account, By, account, period};
use crate::site::{Meter, Site};
use crate::web::api::Shared;

/// The longest period, and the most parts of one.
const MOST_DAYS: i64 = 3_700;
const MOST_PARTS: i64 = 10_000;
/// Hours that are told where nothing else is asked for: 30 days.
const USUAL_H: i64 = 30 * 24;

pub async fn meter(
    State(shared): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    name: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Answer, Refused> {
    let language = caller.language;
    caller.require(Scope::Read)?;
    form(&headers, &[Form::Json], language)?;
    let parameters = Parameters::read(query.as_deref(), &["from", "to", "by"], None, language)?;
    // What is no UTF-8 names no meter.
    let name = name.map_or_else(|_| String::new(), |Path(name)| name);
    let place = place(&shared.site, &name, language)?;
    let span = parameters.span(&shared.site, shared.clock.now().wall, USUAL_H)?;
    if span.length_ms() > MOST_DAYS * DAY_MS {
        return Err(Refused::bad(language.pick(
            "höchstens zehn Jahre auf einmal: from und to näher zusammenrücken".to_owned(),
            "ten years at a time at most: move from and to closer together".to_owned(),
        )));
    }
    let by = parameters.get("by").map(|text| by(text, language)).transpose()?;
    if by.is_some_and(|by| by.most_parts(span) > MOST_PARTS) {
        return Err(Refused::bad(language.pick(
            format!(
                "mehr als {MOST_PARTS} Teile; einen kürzeren Zeitraum oder ein gröberes by nehmen"
            ),
            format!("more than {MOST_PARTS} parts; take a shorter period or a coarser by"),
        )));
    }
    let parts = by.map(|by| period::parts(span, by, &shared.site.time_zone));
    let point = account::point(&shared.site.meters[place]);
    let only: BTreeSet<Name> =
        point.map(|point| account::names(&shared.site, point)).unwrap_or_default();
    // Beyond the end a counter is looked for, too.
    let (alone, unsealed) =
        look_back(&shared, only, Span { until_ms: i64::MAX, ..span }, language).await?;
    let site = shared.site.clone();
    let written = tokio::task::spawn_blocking(move || {
        // It goes on when who asked has gone.
        let _alone = alone;
        let unreadable = |why: String| Refused::unreadable(&why, language);
        let shelf = Shelf::open(&site.data.join("history"));
        let mut shelf = shelf.map_err(|error| unreadable(error.words(site.language)))?;
        shelf.add(unsealed);
        let readings = Readings::read(&site.data);
        let readings = readings.map_err(|error| unreadable(error.words(site.language)))?;
        let meter = &site.meters[place];
        let account = Account::read(&site, meter, &mut shelf, &readings.samples(&meter.name), span);
        let shown = ShownMeter::of(&site, &account, span, parts.as_deref(), language);
        let answer = Answer::json(&shown)?;
        Ok(Answer { faults: shelf.faults.len(), ..answer })
    });
    written.await.map_err(|error| Refused::bug(&error.to_string()))?
}

/// The meter of a name: by its name or with its building's before it.
fn place(site: &Site, name: &str, language: Language) -> Result<usize, Refused> {
    let full = |meter: &Meter| format!("{}.{}", site.buildings[meter.building].name, meter.name);
    let found = site.meters.iter().position(|meter| meter.name == name || full(meter) == name);
    found.ok_or_else(|| {
        let known = site.meters.iter().map(|meter| meter.name.as_str());
        let words = match did_you_mean(name, known) {
            Some(meant) => language.pick(
                format!("den Zähler „{name}“ gibt es nicht. Meinten Sie „{meant}“?"),
                format!("there is no meter \"{name}\". Did you mean \"{meant}\"?"),
            ),
            None => language.pick(
                format!("den Zähler „{name}“ gibt es nicht; /api/v1/catalogue zeigt alle"),
                format!("there is no meter \"{name}\"; /api/v1/catalogue shows all"),
            ),
        };
        Refused::new(StatusCode::NOT_FOUND, words)
    })
}

fn by(text: &str, language: Language) -> Result<By, Refused> {
    Ok(match text {
        "quarter-hour" => By::QuarterHour,
        "hour" => By::Hour,
        "day" => By::Day,
        "month" => By::Month,
        "year" => By::Year,
        _ => {
            return Err(Refused::bad(language.pick(
                format!("by={text}: quarter-hour, hour, day, month oder year"),
                format!("by={text}: quarter-hour, hour, day, month or year"),
            )));
        }
    })
}
