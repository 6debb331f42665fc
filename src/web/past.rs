//! What the daemon gives of its history and its store: the pages that no file has
//! yet, what a point was at a moment of the past, and everything as of one moment,
//! for a backup.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::routing::{MethodRouter, post};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::api::{Failure, Shared};
use super::client::{Client, ClientError, encode};
use super::socket::User;
use crate::engine::ask::Ended;
use crate::engine::find;
use crate::engine::recall::{self, Recalled};
use crate::history::{
    Asked, Carry, Counts, HistoryError, Import, Name, Page, Place, Shelf, Unfit, Unsealed,
};

/// What `GET /api/v1/history/open` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// After which piece the page begins, as `next` of the page before says.
    hour: Option<i64>,
    number: Option<u64>,
    /// Full names of points with commas in between; all unless given.
    only: Option<String>,
}

pub(super) async fn unsealed(
    State(shared): State<Shared>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page>, Failure> {
    let after = query.hour.zip(query.number).map(|(hour, number)| Place { hour, number });
    let only = query.only.map(|names| names.split(',').map(Name::from).collect());
    Ok(Json(shared.engine.unsealed(Asked { after, only, standing: false }).await?))
}

/// All entries of the store, with what was heard until now.
pub(super) async fn store(State(shared): State<Shared>) -> Result<Vec<u8>, Failure> {
    // Of no point: only so that the disk takes what was heard.
    let asked = Asked { only: Some(BTreeSet::new()), ..Asked::default() };
    shared.engine.unsealed(asked).await?;
    let (language, store) = (shared.site.language, shared.store);
    let failed = |words: String| Failure(StatusCode::SERVICE_UNAVAILABLE, words);
    let read = tokio::task::spawn_blocking(move || crate::store::dump(&*store));
    let dumped = read.await.map_err(|error| failed(error.to_string()))?;
    dumped.map_err(|error| failed(error.words(language)))
}

/// What is recorded of the point called `name` at `at`; one such question at a time.
pub(super) async fn recalled(
    shared: &Shared,
    name: &str,
    at: Timestamp,
) -> Result<Recalled, Failure> {
    let site = shared.site.clone();
    let language = site.language;
    let point = find::point(&site, name)
        .map_err(|not| Failure(StatusCode::NOT_FOUND, not.words(language)))?;
    let failed =
        |error: HistoryError| Failure(StatusCode::SERVICE_UNAVAILABLE, error.words(language));
    let only = Some(recall::names(site.points.get(point)));
    let alone = shared.looking_back.clone().lock_owned().await;
    let unsealed = gather(shared, Asked { after: None, only, standing: true }).await?;
    let recalling = tokio::task::spawn_blocking(move || {
        // It goes on when who asked has gone.
        let _alone = alone;
        let mut shelf = Shelf::open(&site.data.join("history"))?;
        shelf.add(unsealed);
        Ok(recall::recall(&mut shelf, &site, point, at))
    });
    let ended = |_| Failure(StatusCode::INTERNAL_SERVER_ERROR, String::new());
    recalling.await.map_err(ended)?.map_err(failed)
}

/// All pages of what no file has yet.
pub(super) async fn gather(shared: &Shared, mut asked: Asked) -> Result<Unsealed, Ended> {
    let mut unsealed = Unsealed::default();
    loop {
        let page = shared.engine.unsealed(asked.clone()).await?;
        asked.after = page.next;
        unsealed.add(page);
        if asked.after.is_none() {
            return Ok(unsealed);
        }
    }
}

/// Bytes of the largest day, or part of a day, that is taken in.
const LARGEST_IMPORT: usize = 32 << 20;

/// What `POST /api/v1/history/import` answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Imported {
    /// In the order in which the points were given.
    pub points: Vec<(Counts, Carry)>,
    /// Files that turned out to be damaged, in words.
    pub faults: Vec<String>,
}

pub(super) fn import_route() -> MethodRouter<Shared> {
    post(import).layer(DefaultBodyLimit::max(LARGEST_IMPORT))
}

async fn import(
    State(shared): State<Shared>,
    ConnectInfo(user): ConnectInfo<User>,
    Json(import): Json<Import>,
) -> Result<Json<Imported>, Failure> {
    let language = shared.site.language;
    let failed = |error: HistoryError| {
        let status = match error {
            HistoryError::Unfit(_) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        Failure(status, error.words(language))
    };
    let mut names = import.points.iter().map(|it| &it.point);
    if let Some(unknown) = names.find(|name| shared.site.points.find(name).is_none()) {
        return Err(failed(HistoryError::Unfit(Unfit::Unknown(unknown.clone()))));
    }
    let day_ms = import.day_ms;
    let brought = shared.engine.bring(import).await?.map_err(failed)?;
    let mut counts = Counts::default();
    brought.points.iter().for_each(|(of_point, _)| counts.add(*of_point));
    if counts.new > 0 {
        let day = Timestamp::from_millisecond(day_ms).map(|it| it.strftime("%Y-%m-%d").to_string());
        let (day, user) = (day.unwrap_or_default(), user.0);
        let Counts { new, replaced, .. } = counts;
        let words = language.pick(
            format!("{user} hat {new} Werte vom {day} importiert, {replaced} sind ersetzt"),
            format!("{user} has imported {new} values of {day}, {replaced} were replaced"),
        );
        tracing::info!("{words}");
    }
    let faults = brought.faults.iter().map(|fault| fault.words(language)).collect();
    Ok(Json(Imported { points: brought.points, faults }))
}

/// Above so many names all points are asked for: a path has its limits.
const MANY_NAMES: usize = 100;

/// Asks the daemon for all that no file has yet, of these points or, without
/// names, of all.
///
/// # Errors
/// [`ClientError`].
pub async fn ask_unsealed(client: &mut Client, names: &[Name]) -> Result<Unsealed, ClientError> {
    let names: Vec<String> = names.iter().map(|name| encode(name)).collect();
    let only = match names.len() {
        1..=MANY_NAMES => format!("only={}", names.join(",")),
        _ => String::new(),
    };
    let mut unsealed = Unsealed::default();
    let mut place = String::new();
    loop {
        let path = format!("/api/v1/history/open?{only}{place}");
        let page: Page = client.get(&path).await?;
        let next = page.next;
        unsealed.add(page);
        let Some(Place { hour, number }) = next else { return Ok(unsealed) };
        place = format!("&hour={hour}&number={number}");
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::path::Path;
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::Poll;

    use super::*;
    use crate::clock::Scaled;
    use crate::engine::{Engine, Setup};
    use crate::model::diagnostic::Source;
    use crate::report::energy::Occupancy;
    use crate::site;
    use crate::web::pull::Occupied;

    const SITE: &str = "format = 1\n[site]\nname = \"Test\"\n\
        [[building]]\nname = \"Schule\"\n\
        [[connection]]\nname = \"C\"\ntype = \"modbus-tcp\"\naddress = \"127.0.0.1:9\"\n\
        [[device]]\nname = \"HK1\"\nconnection = \"C\"\nunit = 1\n\
        [device.point.Raum]\nrole = \"room-temperature\"\nregister = \"holding 0\"\n\
        type = \"i16\"\nscale = 0.1\nunit = \"°C\"\n";

    #[tokio::test]
    async fn one_looks_into_the_past_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let source = Source { file: "site.toml".into(), text: SITE.into() };
        let loaded = site::load(&source, Path::new("/anlage"), &[]);
        let mut site = loaded.site.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
        site.data = folder.path().to_owned();
        site.read_only = true;
        let site = Arc::new(site);
        let store = crate::store::open(folder.path(), "stamp").unwrap().store;
        let engine = Engine::start(Setup {
            site: site.clone(),
            program: None,
            rule_files: None,
            clock: Arc::new(Scaled::real()),
            store: None,
            lost: Vec::new(),
            history: None,
            make_report: None,
            watch: None,
        });
        let of = site.clone();
        let occupied = Occupied::new(move || Occupancy::of(&of, None));
        let clock = Arc::new(Scaled::real());
        let shared = Shared::new(site, engine.handle(), store, clock, occupied, Arc::default());
        let mut first = pin!(recalled(&shared, "HK1.Raum", Timestamp::UNIX_EPOCH));
        let waits = poll_fn(|it| Poll::Ready(first.as_mut().poll(it).is_pending())).await;
        assert!(waits && shared.looking_back.try_lock().is_err());
        assert!(first.await.is_ok_and(|recalled| recalled.is_empty()));
        assert!(shared.looking_back.try_lock().is_ok(), "it is the next one's turn");
    }
}
