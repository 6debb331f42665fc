//! The routes. JSON in, JSON out; a refusal is `{"error": "…"}` in the site's
//! language with a status of its class.
//!
//! | route | does |
//! |---|---|
//! | `GET /api/v1/status` | the whole picture |
//! | `GET /api/v1/points/{name}` | reads a point or a device now |
//! | `GET /api/v1/points/{name}/known` | what is known of it, without reading |
//! | `POST /api/v1/overrides` | commands a point at level manual, with an end |
//! | `DELETE /api/v1/overrides/{id}` | ends an override |

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::socket::User;
use crate::engine::ask::{Ended, Handle, OverrideOrder, Refusal};
use crate::engine::{find, picture};
use crate::model::value::parse_value;
use crate::site::Site;

#[derive(Debug, Clone)]
struct Shared {
    site: Arc<Site>,
    engine: Handle,
}

/// What `POST /api/v1/overrides` takes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideRequest {
    pub point: String,
    /// As people type it: `20.5 °C`, `standby`.
    pub value: String,
    /// How long it lasts, in seconds.
    pub seconds: f64,
    #[serde(default)]
    pub why: String,
}

/// What it answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OverrideAnswer {
    pub id: u64,
    /// The point's full name.
    pub point: String,
    /// The value as it is understood.
    pub shown: String,
}

/// What every refusal looks like.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Problem {
    pub error: String,
}

struct Failure(StatusCode, String);

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
    fn refused(&self, refusal: &Refusal) -> Failure {
        let status = match refusal {
            Refusal::NoSuchOverride(_) => StatusCode::NOT_FOUND,
            Refusal::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Failure(status, refusal.words(self.site.language))
    }
}

/// The API of this engine.
pub fn router(site: Arc<Site>, engine: Handle) -> Router {
    Router::new()
        .route("/api/v1/status", get(status))
        .route("/api/v1/points/{name}", get(read))
        .route("/api/v1/points/{name}/known", get(known))
        .route("/api/v1/overrides", post(command))
        .route("/api/v1/overrides/{id}", delete(release))
        .with_state(Shared { site, engine })
}

async fn status(State(shared): State<Shared>) -> Result<Json<picture::Status>, Failure> {
    Ok(Json(shared.engine.status().await?))
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

async fn command(
    State(shared): State<Shared>,
    ConnectInfo(user): ConnectInfo<User>,
    Json(request): Json<OverrideRequest>,
) -> Result<Json<OverrideAnswer>, Failure> {
    let language = shared.site.language;
    let wrong = |words| Failure(StatusCode::UNPROCESSABLE_ENTITY, words);
    let id = find::point(&shared.site, &request.point)
        .map_err(|not| Failure(StatusCode::NOT_FOUND, not.words(language)))?;
    let point = shared.site.points.get(id);
    let value = parse_value(&point.kind, &request.value)
        .map_err(|not| wrong(format!("{}: {}", request.value, not.words(language))))?;
    let lasts = Duration::try_from_secs_f64(request.seconds)
        .map_err(|_| shared.refused(&Refusal::TooLong))?;
    let order = OverrideOrder { point: id, value, lasts, user: user.0, why: request.why };
    let id = shared.engine.command(order).await?.map_err(|refusal| shared.refused(&refusal))?;
    Ok(Json(OverrideAnswer { id, point: point.name.clone(), shown: point.kind.display(value) }))
}

async fn release(State(shared): State<Shared>, Path(id): Path<u64>) -> Result<StatusCode, Failure> {
    shared.engine.release(id).await?.map_err(|refusal| shared.refused(&refusal))?;
    Ok(StatusCode::NO_CONTENT)
}
