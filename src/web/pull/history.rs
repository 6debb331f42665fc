//! The history of points, page by page: samples as they were kept, and quarter
//! hours on a grid without holes. A page is bounded in rows and in what is read for
//! it; it says where the next one begins. Point after point, within each in order of
//! time; in the units of the catalogue.

use std::collections::BTreeSet;
use std::path::Path;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use super::answer::{Answer, Caller, Form, Refused, form};
use super::parameters::Parameters;
use super::rows::{self, Row, Series};
use super::tokens::Scope;
use crate::engine::find;
use crate::history::rollup::QUARTER_MS;
use crate::history::span::day_of;
use crate::history::{
    Asked, FileKind, HistoryError, Name, Query, Rollup, Sample, Shelf, Span, Unsealed,
};
use crate::model::{Language, PointId};
use crate::report::account::names;
use crate::site::Site;
use crate::web::api::Shared;
use crate::web::client::encode;
use crate::web::past::gather;

/// Points of a request.
const MOST_POINTS: usize = 50;
/// Rows of a page.
const USUAL_ROWS: usize = 1000;
const MOST_ROWS: usize = 10_000;
/// Days of samples that are opened for a page, of all its points.
const MOST_DAYS: usize = 62;
/// Nobody waits longer for whoever looks into the past.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Where a page begins: the place of its point, and the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    point: usize,
    at_ms: i64,
}

impl Cursor {
    fn read(text: &str) -> Option<Self> {
        let (point, at_ms) = text.split_once('.')?;
        Some(Self { point: point.parse().ok()?, at_ms: at_ms.parse().ok()? })
    }
}

/// What is asked for.
struct Wanted {
    kind: FileKind,
    points: Vec<PointId>,
    span: Span,
    limit: usize,
    cursor: Cursor,
    form: Form,
}

pub async fn samples(
    state: State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Answer, Refused> {
    caller.require(Scope::Read)?;
    pull(FileKind::Raw, &state, caller.language, &headers, query.as_deref()).await
}

pub async fn quarter_hours(
    state: State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Answer, Refused> {
    caller.require(Scope::Read)?;
    pull(FileKind::Rollup, &state, caller.language, &headers, query.as_deref()).await
}

async fn pull(
    kind: FileKind,
    shared: &Shared,
    language: Language,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<Answer, Refused> {
    let form = form(headers, &[Form::Json, Form::Csv], language)?;
    let now = shared.clock.now().wall;
    let wanted = wanted(kind, &shared.site, query, now, form, language)?;
    let rest = wanted.points.iter().skip(wanted.cursor.point);
    let only: BTreeSet<Name> = rest.flat_map(|point| names(&shared.site, *point)).collect();
    let (alone, unsealed) = look_back(shared, only, wanted.span, language).await?;
    let site = shared.site.clone();
    let written = tokio::task::spawn_blocking(move || {
        // It goes on when who asked has gone.
        let _alone = alone;
        let shelf = Shelf::open(&site.data.join("history"));
        let mut shelf =
            shelf.map_err(|error| Refused::unreadable(&error.words(site.language), language))?;
        shelf.add(unsealed);
        let page = Page::read(&mut shelf, &site, &wanted);
        page.written(&shelf, &site, &wanted)
    });
    written.await.map_err(|error| Refused::bug(&error.to_string()))?
}

/// The turn to look into the past: one at a time.
pub async fn turn(shared: &Shared, language: Language) -> Result<OwnedMutexGuard<()>, Refused> {
    let turn = timeout(PATIENCE, shared.looking_back.clone().lock_owned()).await;
    turn.map_err(|_| Refused::for_now(StatusCode::SERVICE_UNAVAILABLE, 30, language))
}

/// The turn to look into the past, and what no file has yet of these points, if
/// `span` reaches so far: the daemon has other things to do.
pub async fn look_back(
    shared: &Shared,
    only: BTreeSet<Name>,
    span: Span,
    language: Language,
) -> Result<(OwnedMutexGuard<()>, Unsealed), Refused> {
    let alone = turn(shared, language).await?;
    let folder = shared.site.data.join("history");
    let sealed = tokio::task::spawn_blocking(move || {
        // The turn goes with it: it goes on when who asked has gone.
        let shelf = Shelf::open(&folder).ok();
        (alone, shelf.and_then(|shelf| shelf.reach(FileKind::Raw)))
    });
    let (alone, sealed) = sealed.await.map_err(|error| Refused::bug(&error.to_string()))?;
    if only.is_empty() || sealed.is_some_and(|sealed| span.until_ms <= sealed.until_ms) {
        return Ok((alone, Unsealed::default()));
    }
    let asked = Asked { after: None, only: Some(only), standing: false };
    let unsealed = gather(shared, asked).await.map_err(Refused::ended(language))?;
    Ok((alone, unsealed))
}

fn wanted(
    kind: FileKind,
    site: &Site,
    query: Option<&str>,
    now: Timestamp,
    form: Form,
    language: Language,
) -> Result<Wanted, Refused> {
    const KNOWN: &[&str] = &["from", "to", "limit", "cursor"];
    let parameters = Parameters::read(query, KNOWN, Some("point"), language)?;
    let mut points = Vec::new();
    for name in parameters.all_of("point") {
        let point = find::point(site, name)
            .map_err(|not| Refused::new(StatusCode::NOT_FOUND, not.words(language)))?;
        if !points.contains(&point) {
            points.push(point);
        }
    }
    if points.is_empty() || points.len() > MOST_POINTS {
        return Err(Refused::bad(language.pick(
            format!("point=… nennt 1 bis {MOST_POINTS} Punkte; /api/v1/catalogue zeigt alle"),
            format!("point=… names 1 to {MOST_POINTS} points; /api/v1/catalogue shows all"),
        )));
    }
    let span = parameters.span(site, now, 24)?;
    let cursor = match parameters.get("cursor") {
        None => Cursor { point: 0, at_ms: span.from_ms },
        Some(text) => Cursor::read(text)
            .filter(|it| it.point < points.len() && span.has(it.at_ms))
            .ok_or_else(|| {
                Refused::bad(language.pick(
                    "cursor gehört nicht zu dieser Anfrage; next der vorigen Seite unverändert abrufen".to_owned(),
                    "cursor does not belong to this request; fetch next of the page before as it is".to_owned(),
                ))
            })?,
    };
    let limit = parameters.count("limit", USUAL_ROWS, MOST_ROWS)?;
    Ok(Wanted { kind, points, span, limit, cursor, form })
}

/// Rows, each with the place of its point.
#[derive(Default)]
struct Page {
    rows: Vec<(usize, Row)>,
    next: Option<Cursor>,
    /// From when until when there is something of any point.
    recorded: Option<Span>,
}

impl Page {
    fn read(shelf: &mut Shelf, site: &Site, wanted: &Wanted) -> Self {
        let unrolled = shelf.unrolled();
        let recorded = match (wanted.kind, shelf.reach(wanted.kind), unrolled) {
            (FileKind::Rollup, Some(files), Some(rest)) => {
                Some(Span { until_ms: rest.until_ms, ..files })
            }
            (FileKind::Rollup, files, rest) => files.or(rest),
            (_, files, _) => files,
        };
        let mut page = Self { recorded, ..Self::default() };
        let Some(recorded) = recorded else { return page };
        let mut days = MOST_DAYS;
        for (place, point) in wanted.points.iter().enumerate().skip(wanted.cursor.point) {
            let from_ms = match place == wanted.cursor.point {
                true => wanted.cursor.at_ms,
                false => wanted.span.from_ms,
            };
            let span = Span {
                from_ms: from_ms.max(recorded.from_ms),
                until_ms: wanted.span.until_ms.min(recorded.until_ms),
            };
            if span.from_ms >= span.until_ms {
                continue;
            }
            let room = wanted.limit - page.rows.len();
            if room == 0 || days == 0 {
                page.next = Some(Cursor { point: place, at_ms: from_ms });
                break;
            }
            let names = names(site, *point);
            let (rows, goes_on) = match wanted.kind {
                FileKind::Rollup => quarters(shelf, &names, span, room),
                _ => kept(shelf, &names, span, room, &mut days),
            };
            page.rows.extend(rows.into_iter().map(|row| (place, row)));
            if let Some(at_ms) = goes_on {
                page.next = Some(Cursor { point: place, at_ms });
                break;
            }
        }
        page
    }

    fn written(self, shelf: &Shelf, site: &Site, wanted: &Wanted) -> Result<Answer, Refused> {
        let series: Vec<Series<'_>> =
            wanted.points.iter().map(|point| Series::of(site.points.get(*point))).collect();
        let next = self.next.map(|cursor| next(cursor, &series, wanted));
        let faults = shelf.faults.iter().map(file_name).collect();
        let head = rows::Head { span: wanted.span, recorded: self.recorded, faults };
        rows::write(wanted.form, wanted.kind, &series, self.rows, head, next)
    }
}

/// The name of the file that is at fault; in which folder is none of the caller's
/// business.
fn file_name(fault: &HistoryError) -> String {
    let name = fault.path().and_then(Path::file_name);
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The address of the next page; times stand there, for "now" goes on.
fn next(cursor: Cursor, series: &[Series<'_>], wanted: &Wanted) -> String {
    let route = match wanted.kind {
        FileKind::Rollup => "quarter-hours",
        _ => "samples",
    };
    let at = |ms| Timestamp::from_millisecond(ms).unwrap_or_default();
    let points = series.iter().map(|series| format!("point={}&", encode(series.point)));
    let points: String = points.collect();
    let Span { from_ms, until_ms } = wanted.span;
    let (from, to, limit) = (at(from_ms), at(until_ms), wanted.limit);
    let Cursor { point, at_ms } = cursor;
    format!(
        "/api/v1/history/{route}?{points}from={from}&to={to}&limit={limit}&cursor={point}.{at_ms}"
    )
}

/// Samples, day after day, and where they go on if there are more.
fn kept(
    shelf: &mut Shelf,
    names: &BTreeSet<Name>,
    span: Span,
    room: usize,
    days: &mut usize,
) -> (Vec<Row>, Option<i64>) {
    let mut all: Vec<Sample> = Vec::new();
    let mut at_ms = span.from_ms;
    while at_ms < span.until_ms {
        if all.len() >= room || *days == 0 {
            return (all.into_iter().map(Row::Sample).collect(), Some(at_ms));
        }
        *days -= 1;
        let until_ms = day_of(at_ms).until_ms.min(span.until_ms);
        let query =
            Query { points: Some(names), span: Span { from_ms: at_ms, until_ms }, columns: None };
        let mut day: Vec<Sample> = Vec::new();
        let _ = shelf.read(&query, |_, rows: &[Sample]| {
            day.extend_from_slice(rows);
            Ok::<_, ()>(())
        });
        // Of several names each may have a part.
        day.sort_by_key(|sample| sample.at_ms);
        day.dedup_by_key(|sample| sample.at_ms);
        let left = room - all.len();
        if let Some(first) = day.get(left) {
            let goes_on = first.at_ms;
            all.extend_from_slice(&day[..left]);
            return (all.into_iter().map(Row::Sample).collect(), Some(goes_on));
        }
        all.append(&mut day);
        at_ms = until_ms;
    }
    (all.into_iter().map(Row::Sample).collect(), None)
}

/// Quarter hours that begin in a time, each of them, and where they go on.
fn quarters(
    shelf: &mut Shelf,
    names: &BTreeSet<Name>,
    span: Span,
    room: usize,
) -> (Vec<Row>, Option<i64>) {
    let from_ms = -(-span.from_ms).div_euclid(QUARTER_MS) * QUARTER_MS;
    let most_ms = from_ms + i64::try_from(room).unwrap_or(i64::MAX / QUARTER_MS) * QUARTER_MS;
    let until_ms = span.until_ms.min(most_ms);
    let part = Span { from_ms, until_ms };
    let length = part.length_ms().max(0).unsigned_abs().div_ceil(QUARTER_MS.unsigned_abs());
    let mut grid: Vec<Rollup> =
        (0..length as i64).map(|place| Rollup::empty(from_ms + place * QUARTER_MS)).collect();
    let mut put = |rows: &[Rollup]| {
        for row in rows.iter().filter(|row| part.has(row.at_ms)) {
            let place = (row.at_ms - from_ms) / QUARTER_MS;
            let known = |it: &Rollup| (it.known_s, it.count);
            if let Some(slot) = grid.get_mut(place as usize)
                && known(row) > known(slot)
            {
                *slot = *row;
            }
        }
    };
    let query = Query { points: Some(names), span: part, columns: None };
    let _ = shelf.read(&query, |_, rows: &[Rollup]| {
        put(rows);
        Ok::<_, ()>(())
    });
    if let Some(unrolled) = shelf.unrolled() {
        let begin_ms = unrolled.from_ms.max(day_of(from_ms).from_ms);
        let end_ms = unrolled.until_ms.min(until_ms);
        if begin_ms < end_ms {
            let rest = Span { from_ms: begin_ms, until_ms: end_ms };
            let _ = shelf.roll(Some(names), rest, |_, rows| {
                put(rows);
                Ok::<_, ()>(())
            });
        }
    }
    let goes_on = (until_ms < span.until_ms).then_some(until_ms);
    (grid.into_iter().map(Row::Quarter).collect(), goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_file_and_no_folder() {
        let path = Path::new("/var/lib/hauswart/history/raw/2026-01-12.parquet").to_owned();
        let faults = [
            HistoryError::Spoilt { path: path.clone(), batches: 3 },
            HistoryError::Newer { path: path.clone(), found: 2 },
            HistoryError::Missing { path },
        ];
        for fault in faults {
            assert_eq!(file_name(&fault), "2026-01-12.parquet");
        }
    }
}
