//! The routes. JSON in, JSON out; a refusal is `{"error": "…"}` in the site's
//! language with a status of its class.
//!
//! | route | does |
//! |---|---|
//! | `GET /api/v1/status` | the whole picture |
//! | `GET /api/v1/points/{name}` | reads a point or a device now |
//! | `GET /api/v1/points/{name}/known` | what is known of it, without reading |
//! | `GET /api/v1/explain/{name}` | why a point, value or rule is as it is; `?at=` a moment of the past |
//! | `POST /api/v1/overrides` | overrides a point or a schedule, with an end |
//! | `DELETE /api/v1/overrides/{id}` | ends an override |
//! | `GET /api/v1/history/open` | what the history has and no file yet, page by page |
//! | `POST /api/v1/history/import` | takes a past day from elsewhere into the history |
//! | `GET /api/v1/store` | all that the store holds at this moment, as lines of JSON |
//! | `GET`, `POST`, `DELETE /api/v1/drills` | past drills, starts one, ends it |
//! | `GET /api/v1/alarms` | alarms that stand, or went and were not acknowledged |
//! | `POST /api/v1/alarms/trial` | sends a trial letter to each recipient |
//! | `POST /api/v1/acknowledgements` | acknowledges an alarm, or what a rule waits with |
//! | `POST /api/v1/readings` | keeps readings of meters by hand |
//! | `POST /api/v1/reload` | takes up the rule files, or says what that would change |

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::past;
use super::pull::Occupied;
use super::socket::User;
use crate::engine::ask::{
    AcknowledgeOrder, Acknowledged, Ended, Ends, Handle, OverrideOrder, Placed, Refusal, ReloadBy,
    ReloadOrder, Seeing, Target, Untold,
};
use crate::engine::find::NotFound;
use crate::engine::{find, picture};
use crate::model::value::parse_value;
use crate::model::{Clock, Kind};
use crate::site::Site;
use crate::store::Store;

/// Held by whoever looks far into the past, a report of a job among them: one at a
/// time, for it takes memory.
pub type LookingBack = Arc<Mutex<()>>;

/// What all routes work with, over the socket and over TCP. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shared {
    pub(super) site: Arc<Site>,
    pub(super) engine: Handle,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) occupied: Occupied,
    pub(super) looking_back: LookingBack,
    /// How it stands with the API over TCP.
    web: Arc<std::sync::Mutex<Option<picture::WebStatus>>>,
}

/// What `POST /api/v1/overrides` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideRequest {
    /// A point or a schedule, by its full name or the end of it.
    pub point: String,
    /// As people type it: `20.5 °C`, `standby`, `on`.
    pub value: String,
    /// How long it lasts, in seconds; or else `until`.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// `None`: from now on.
    #[serde(default)]
    pub from: Option<Timestamp>,
    #[serde(default)]
    pub until: Option<Timestamp>,
    #[serde(default)]
    pub why: String,
}

/// What it answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OverrideAnswer {
    pub id: u64,
    /// The full name of the point or schedule.
    pub point: String,
    /// The value as it is understood.
    pub shown: String,
    pub from: Timestamp,
    pub until: Timestamp,
    /// False: it is in force, but a restart would end it, for the disk does not
    /// take its record.
    pub recorded: bool,
}

/// What `POST /api/v1/acknowledgements` takes: one of the two.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeRequest {
    /// A rule or value, by its full name or the end of it.
    #[serde(default)]
    pub rule: Option<String>,
    /// An alarm, by its number.
    #[serde(default)]
    pub alarm: Option<u64>,
    #[serde(default)]
    pub why: String,
}

/// What it answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AcknowledgeAnswer {
    /// The rule or value, by its full name.
    pub rule: Option<String>,
    pub alarms: Vec<picture::AlarmStatus>,
}

/// What `POST /api/v1/reload` takes.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReloadRequest {
    /// Say what would change, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// What `POST /api/v1/drills` takes.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrillRequest {
    /// Without it, as long as the slowest device takes to fall back.
    pub seconds: Option<f64>,
}

/// What every refusal looks like.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Problem {
    pub error: String,
}

pub(super) struct Failure(pub StatusCode, pub String);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.0, Json(Problem { error: self.1 })).into_response()
    }
}

impl From<Ended> for Failure {
    fn from(ended: Ended) -> Self {
        Self(StatusCode::SERVICE_UNAVAILABLE, ended.to_string())
    }
}

impl Shared {
    /// Store and clock are those that the engine works with, and `looking_back` is
    /// held by its jobs, too.
    #[must_use]
    pub fn new(
        site: Arc<Site>,
        engine: Handle,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        occupied: Occupied,
        looking_back: LookingBack,
    ) -> Self {
        Self { site, engine, store, clock, occupied, looking_back, web: Arc::default() }
    }

    /// For `status`.
    pub(super) fn tell_web(&self, status: picture::WebStatus) {
        *self.web.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
    }

    fn refused(&self, refusal: &Refusal) -> Failure {
        let status = match refusal {
            Refusal::NoSuchOverride(_) | Refusal::NoSuchAlarm(_) | Refusal::NotFound(_) => {
                StatusCode::NOT_FOUND
            }
            Refusal::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Failure(status, refusal.words(self.site.language))
    }
}

/// The API of this engine.
pub fn router(shared: Shared) -> Router {
    Router::new()
        .route("/api/v1/status", get(status))
        .route("/api/v1/points/{name}", get(read))
        .route("/api/v1/points/{name}/known", get(known))
        .route("/api/v1/explain/{name}", get(explain))
        .route("/api/v1/overrides", post(command))
        .route("/api/v1/overrides/{id}", delete(release))
        .route("/api/v1/alarms", get(alarms))
        .route("/api/v1/alarms/trial", post(try_letters))
        .route("/api/v1/acknowledgements", post(acknowledge))
        .route("/api/v1/readings", post(super::readings::add))
        .route("/api/v1/reload", post(reload))
        .route("/api/v1/drills", get(drills).post(start_drill).delete(end_drill))
        .route("/api/v1/history/open", get(past::unsealed))
        .route("/api/v1/history/import", past::import_route())
        .route("/api/v1/store", get(past::store))
        .with_state(shared)
}

async fn status(State(shared): State<Shared>) -> Result<Json<picture::Status>, Failure> {
    let web = shared.web.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Json(picture::Status { web, ..shared.engine.status().await? }))
}

async fn read(
    State(shared): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<Vec<picture::PointStatus>>, Failure> {
    let points = find::points(&shared.site, &name)
        .map_err(|not| Failure(StatusCode::NOT_FOUND, not.words(shared.site.language)))?;
    Ok(Json(shared.engine.read(points).await?))
}

async fn known(
    State(shared): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<Vec<picture::PointStatus>>, Failure> {
    let points = find::points(&shared.site, &name)
        .map_err(|not| Failure(StatusCode::NOT_FOUND, not.words(shared.site.language)))?;
    Ok(Json(shared.engine.known(points).await?))
}

/// What `GET /api/v1/explain/{name}` takes.
#[derive(Debug, Deserialize)]
struct ExplainQuery {
    at: Option<Timestamp>,
}

async fn explain(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Query(query): Query<ExplainQuery>,
) -> Result<Response, Failure> {
    if let Some(at) = query.at {
        return Ok(Json(past::recalled(&shared, &name, at).await?).into_response());
    }
    let told = shared.engine.explain(name).await?;
    let told = told.map_err(|untold| {
        let status = match untold {
            Untold::NotFound(_) => StatusCode::NOT_FOUND,
            Untold::NotYet => StatusCode::SERVICE_UNAVAILABLE,
        };
        Failure(status, untold.words(shared.site.language))
    })?;
    Ok(Json(told).into_response())
}

async fn command(
    State(shared): State<Shared>,
    ConnectInfo(user): ConnectInfo<User>,
    Json(request): Json<OverrideRequest>,
) -> Result<Json<OverrideAnswer>, Failure> {
    let (target, value) = target(&shared, &request)?;
    let ends = match (request.seconds, request.until) {
        (None, Some(until)) => Ends::At(until),
        (Some(seconds), None) => Duration::try_from_secs_f64(seconds)
            .map(Ends::After)
            .map_err(|_| shared.refused(&Refusal::TooLong))?,
        _ => {
            let words = "one of \"seconds\" and \"until\" says when it ends";
            return Err(Failure(StatusCode::UNPROCESSABLE_ENTITY, words.to_owned()));
        }
    };
    let OverrideRequest { from, why, .. } = request;
    let order = OverrideOrder { target, value, from, ends, user: user.0, why };
    let placed = shared.engine.command(order).await?.map_err(|refusal| shared.refused(&refusal))?;
    let Placed { id, name: point, shown, from, until, recorded } = placed;
    Ok(Json(OverrideAnswer { id, point, shown, from, until, recorded }))
}

/// What is meant and its value. A name that no point has may be a schedule's:
/// the engine knows those.
fn target(shared: &Shared, request: &OverrideRequest) -> Result<(Target, f64), Failure> {
    let language = shared.site.language;
    let value = |kind: &Kind| {
        parse_value(kind, &request.value).map_err(|not| {
            let words = format!("{}: {}", request.value, not.words(language));
            Failure(StatusCode::UNPROCESSABLE_ENTITY, words)
        })
    };
    match find::point(&shared.site, &request.point) {
        Ok(id) => Ok((Target::Point(id), value(&shared.site.points.get(id).kind)?)),
        Err(NotFound::Unknown { name, .. }) => {
            let states = Kind::States(vec!["off".to_owned(), "on".to_owned()]);
            Ok((Target::Schedule(name), value(&states)?))
        }
        Err(not) => Err(Failure(StatusCode::NOT_FOUND, not.words(language))),
    }
}

async fn drills(State(shared): State<Shared>) -> Result<Json<picture::DrillsStatus>, Failure> {
    Ok(Json(shared.engine.drills().await?))
}

async fn start_drill(
    State(shared): State<Shared>,
    ConnectInfo(user): ConnectInfo<User>,
    Json(request): Json<DrillRequest>,
) -> Result<Json<picture::DrillsStatus>, Failure> {
    let lasts = request.seconds.map(Duration::try_from_secs_f64).transpose();
    let lasts = lasts.map_err(|_| shared.refused(&Refusal::DrillTooLong))?;
    let started = shared.engine.start_drill(user.0, lasts).await?;
    Ok(Json(started.map_err(|refusal| shared.refused(&refusal))?))
}

async fn end_drill(State(shared): State<Shared>) -> Result<(), Failure> {
    let ended = shared.engine.end_drill().await?;
    ended.map_err(|refusal| shared.refused(&refusal))
}

async fn acknowledge(
    State(shared): State<Shared>,
    ConnectInfo(user): ConnectInfo<User>,
    Json(AcknowledgeRequest { rule, alarm, why }): Json<AcknowledgeRequest>,
) -> Result<Json<AcknowledgeAnswer>, Failure> {
    let what = match (rule, alarm) {
        (Some(rule), None) => Seeing::Rule(rule),
        (None, Some(number)) => Seeing::Alarm(number),
        _ => {
            let words = "one of \"rule\" and \"alarm\" says what is acknowledged";
            return Err(Failure(StatusCode::UNPROCESSABLE_ENTITY, words.to_owned()));
        }
    };
    let order = AcknowledgeOrder { what, user: user.0, why };
    let done = shared.engine.acknowledge(order).await?;
    let Acknowledged { rule, alarms } = done.map_err(|refusal| shared.refused(&refusal))?;
    Ok(Json(AcknowledgeAnswer { rule, alarms }))
}

/// What `POST /api/v1/alarms/trial` answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrialAnswer {
    /// The addresses that a letter goes to.
    pub to: Vec<String>,
}

async fn try_letters(
    State(shared): State<Shared>,
    ConnectInfo(user): ConnectInfo<User>,
) -> Result<Json<TrialAnswer>, Failure> {
    let to = shared.engine.try_letters(user.0).await?;
    Ok(Json(TrialAnswer { to: to.map_err(|refusal| shared.refused(&refusal))? }))
}

async fn alarms(State(shared): State<Shared>) -> Result<Json<Vec<picture::AlarmStatus>>, Failure> {
    Ok(Json(shared.engine.alarms().await?))
}

async fn reload(
    State(shared): State<Shared>,
    Json(request): Json<ReloadRequest>,
) -> Result<Json<picture::ReloadReport>, Failure> {
    let order = ReloadOrder { by: ReloadBy::Person, dry_run: request.dry_run };
    let report = shared.engine.reload(order).await?;
    Ok(Json(report.map_err(|refusal| shared.refused(&refusal))?))
}

async fn release(State(shared): State<Shared>, Path(id): Path<u64>) -> Result<StatusCode, Failure> {
    shared.engine.release(id).await?.map_err(|refusal| shared.refused(&refusal))?;
    Ok(StatusCode::NO_CONTENT)
}
