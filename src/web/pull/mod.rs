//! The HTTP API over TCP: what other programs pull, with a token, and nothing that
//! writes. What it can do stands in `openapi.json`, which is checked against it.
//!
//! ```text
//! listen ─ tls ─▶ guard ──────────────▶ routes ─▶ answer
//!                 token, rate, place    read only  ETag, language
//! ```
//! Nobody without a token learns even which routes there are. The building comes
//! first: connections, answers at a time, rows of a page and looks into the past
//! are bounded, and files are read where no cycle waits for it.

mod answer;
mod catalogue;
mod guard;
mod history;
mod listen;
mod meters;
mod parameters;
mod places;
mod rate;
mod report;
mod rows;
mod tls;
pub mod tokens;

pub use listen::start;
pub use report::Occupied;
pub use tls::unusable;

use axum::Router;
use axum::routing::get;

use self::guard::Guard;
use super::api::Shared;

/// What is told of the routes, in words of the OpenAPI Initiative.
pub const OPENAPI: &str = include_str!("openapi.json");

/// All routes behind their guard.
fn router(shared: Shared, guard: Guard) -> Router {
    let routes = Router::new()
        .route("/api/v1/catalogue", get(catalogue::catalogue))
        .route("/api/v1/history/samples", get(history::samples))
        .route("/api/v1/history/quarter-hours", get(history::quarter_hours))
        .route("/api/v1/meters/{name}", get(meters::meter))
        .route("/api/v1/reports/energy", get(report::energy))
        .route("/api/v1/openapi.json", get(catalogue::openapi))
        .fallback(guard::unknown)
        .with_state(shared);
    guard::before(routes, guard)
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_route_is_described_and_there_are_no_others() {
        let document: serde_json::Value = serde_json::from_str(super::OPENAPI).unwrap();
        let mut described: Vec<&str> =
            document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        let own = include_str!("mod.rs").split("mod tests").next().unwrap();
        let routes = own.split(".route(\"").skip(1);
        let mut routes: Vec<&str> = routes.map(|it| it.split('"').next().unwrap()).collect();
        described.sort_unstable();
        routes.sort_unstable();
        assert_eq!(routes, described);
        assert!(!own.contains("post(") && !own.contains("put(") && !own.contains("delete("));
        for (path, methods) in document["paths"].as_object().unwrap() {
            assert_eq!(methods.as_object().unwrap().keys().collect::<Vec<_>>(), ["get"], "{path}");
        }
    }
}
