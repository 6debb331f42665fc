//! Requests to web addresses: a JSON post, a bare get. Over https with the
//! certificates that this machine trusts, over http as the site file says.

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, header};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::{PATIENCE, PostError, line, secret};
use crate::site::Secret;

/// Bytes of an answer that are looked at.
const LONGEST_ANSWER: usize = 4096;
const AGENT: &str = concat!("hauswart/", env!("CARGO_PKG_VERSION"));

/// Posts a JSON text; returns once the other side has taken it (2xx).
///
/// # Errors
/// [`PostError`]; it may have been taken even so, if the connection broke.
pub async fn post_json(url: &str, token: Option<&Secret>, json: String) -> Result<(), PostError> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(header::USER_AGENT, AGENT)
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        let token = secret::read(token).await?;
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    send(request.body(Full::new(Bytes::from(json)))).await
}

/// Asks for an address, and is content with any 2xx.
///
/// # Errors
/// As [`post_json`].
pub async fn get(url: &str) -> Result<(), PostError> {
    let request = Request::builder().uri(url).header(header::USER_AGENT, AGENT);
    send(request.body(Full::new(Bytes::new()))).await
}

async fn send(request: Result<Request<Full<Bytes>>, hyper::http::Error>) -> Result<(), PostError> {
    let request = request.map_err(|error| PostError::Malformed(line(&error.to_string())))?;
    match tokio::time::timeout(PATIENCE, exchange(request)).await {
        Err(_) => Err(PostError::Silent),
        Ok(done) => done,
    }
}

async fn exchange(request: Request<Full<Bytes>>) -> Result<(), PostError> {
    let secure = request.uri().scheme_str() == Some("https");
    let builder = Client::builder(TokioExecutor::new());
    // Certificates are read anew each time: they change over the years.
    let answer = if secure {
        let roots = HttpsConnectorBuilder::new().with_native_roots();
        let roots = roots.map_err(|error| PostError::unreachable(&error))?;
        let connector = roots.https_only().enable_http1().build();
        builder.build(connector).request(request).await
    } else {
        builder.build(HttpConnector::new()).request(request).await
    };
    let answer = answer.map_err(|error| PostError::unreachable(&error))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let said = Limited::new(answer.into_body(), LONGEST_ANSWER).collect().await;
    let said = said.map(|body| body.to_bytes()).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    Err(PostError::Refused(line(&format!("{status} {said}"))))
}
