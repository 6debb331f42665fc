//! Readings by hand over the daemon: it keeps them as its own account, after the
//! same judgement as without it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::api::{Failure, Shared};
use crate::model::Language;
use crate::report::entering::{Entered, NewReading, Refusal, enter};

/// What `POST /api/v1/readings` takes: all of it is kept, or none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingsRequest {
    pub readings: Vec<NewReading>,
    /// Also what is implausible, or corrects another.
    #[serde(default)]
    pub yes: bool,
}

/// What it answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReadingsAnswer {
    pub added: usize,
    /// They were there already, just so.
    pub known: usize,
    /// Where there is one, nothing was kept.
    pub refused: Vec<RefusedReading>,
}

/// A reading that is not taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefusedReading {
    /// Its place in the request, from 0.
    pub place: usize,
    /// In the site's language.
    pub why: String,
}

impl ReadingsAnswer {
    /// What came of it, in words.
    #[must_use]
    pub fn of(outcome: Result<Entered, Vec<(usize, Refusal)>>, language: Language) -> Self {
        match outcome {
            Ok(Entered { added, known }) => Self { added, known, refused: Vec::new() },
            Err(refused) => {
                let refused = refused
                    .into_iter()
                    .map(|(place, refusal)| RefusedReading { place, why: refusal.words(language) });
                Self { added: 0, known: 0, refused: refused.collect() }
            }
        }
    }
}

pub(super) async fn add(
    State(shared): State<Shared>,
    Json(ReadingsRequest { readings, yes }): Json<ReadingsRequest>,
) -> Result<Json<ReadingsAnswer>, Failure> {
    let now = shared.engine.status().await?.now;
    let (site, language) = (shared.site.clone(), shared.site.language);
    let failed = |words: String| Failure(StatusCode::SERVICE_UNAVAILABLE, words);
    // It waits for the disk, and for whoever else holds the file.
    let entered =
        tokio::task::spawn_blocking(move || enter(&site, &site.data, &readings, yes, now));
    let entered = entered.await.map_err(|error| failed(error.to_string()))?;
    let outcome = entered.map_err(|error| failed(error.words(language)))?;
    Ok(Json(ReadingsAnswer::of(outcome, language)))
}
