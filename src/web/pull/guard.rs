//! What stands before all routes: no answer without a token, so many requests a
//! minute for each, few at a time. Tells the journal who asked for what; of what is
//! refused once a minute, so that a scanner does not flood it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::time::{Instant, sleep};

use super::answer::{self, Caller, Refused};
use super::places::{self, Places};
use super::rate::{Hush, Rates};
use super::tokens::{self, Token};
use crate::engine::plausible::built;
use crate::model::{Clock, Language};
use crate::site::Site;

/// Who has no token waits so long for the word; who guesses one guesses slowly.
const GUESSING: Duration = Duration::from_secs(1);
/// Characters of what is asked for.
const LONGEST_TARGET: usize = 4096;

/// See the module. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Guard {
    site: Arc<Site>,
    clock: Arc<dyn Clock>,
    rates: Arc<Mutex<Rates>>,
    hush: Arc<Mutex<Hush>>,
    places: Places,
}

/// Where a request comes from; the listener puts it into each.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Guard {
    pub fn new(site: Arc<Site>, clock: Arc<dyn Clock>, rate: u32) -> Self {
        Self {
            site,
            clock,
            rates: Arc::new(Mutex::new(Rates::new(rate))),
            hush: Arc::default(),
            places: Places::default(),
        }
    }

    /// The token that a request brings.
    async fn token(&self, headers: &HeaderMap, language: Language) -> Result<Token, Refused> {
        let presented = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let bearer = presented.and_then(|text| text.split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let Some((_, presented)) = bearer else { return Err(without_token(language)) };
        let (data, presented) = (self.site.data.clone(), presented.trim().to_owned());
        let now = self.clock.now().wall;
        let Some(check) = self.places.check().await else {
            return Err(Refused::for_now(StatusCode::SERVICE_UNAVAILABLE, 30, language));
        };
        // A disk that does not answer must hold up nobody else.
        let found = tokio::task::spawn_blocking(move || {
            // It goes on when who asked has gone.
            let _check = check;
            let found = tokens::find(&data, &presented, now);
            if let Ok(Some(token)) = &found {
                tokens::used(&data, &token.name, now);
            }
            found
        });
        match found.await {
            Ok(Ok(Some(token))) if self.clock.is_system() && token.may_be_over(now, built()) => {
                Err(Refused::new(StatusCode::SERVICE_UNAVAILABLE, doubtful(language)))
            }
            Ok(Ok(Some(token))) => Ok(token),
            Ok(Ok(None)) => Err(without_token(language)),
            // Which file is none of the caller's business.
            Ok(Err(error)) => {
                let words = language.pick(
                    "die Token lassen sich gerade nicht prüfen; später noch einmal",
                    "tokens cannot be checked just now; try again later",
                );
                Err(Refused::withheld(&error.words(self.site.language), words.to_owned()))
            }
            Err(error) => Err(Refused::bug(&error.to_string())),
        }
    }

    /// `who`: the token's name, once it is known.
    async fn answered(
        &self,
        mut request: Request,
        next: Next,
        who: &mut Option<String>,
    ) -> Result<Response, Refused> {
        let language = answer::language(request.headers(), self.site.language);
        let token = self.token(request.headers(), language).await?;
        let name = who.insert(token.name);
        let taken = {
            let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
            rates.take(name, Instant::now())
        };
        taken.map_err(|seconds| {
            Refused::for_now(StatusCode::TOO_MANY_REQUESTS, seconds, language)
        })?;
        acceptable(&request, language)?;
        let Some((place, turn)) = self.places.take(name).await else {
            return Err(Refused::for_now(StatusCode::SERVICE_UNAVAILABLE, 30, language));
        };
        request.extensions_mut().insert(Caller::new(token.scope, language, turn));
        let known = request.headers().clone();
        let response = next.run(request).await;
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            return Ok(only_get(language));
        }
        places::held(answer::unless_known(&known, response), place).await
    }

    fn tell(&self, status: StatusCode, from: Option<SocketAddr>, route: &str) {
        let mut hush = self.hush.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(others) = hush.speaks(Instant::now()) else { return };
        let from = from.map_or_else(|| "?".to_owned(), |from| from.ip().to_string());
        let status = status.as_u16();
        let words = self.site.language.pick(
            format!("HTTP-API: {from} abgewiesen ({status}, {route}); {others} weitere seit der letzten Meldung"),
            format!("HTTP API: {from} refused ({status}, {route}); {others} more since this was last told"),
        );
        tracing::info!("{words}");
    }
}

/// Puts the guard before these routes.
pub fn before(routes: Router, guard: Guard) -> Router {
    routes.layer(middleware::from_fn_with_state(guard, stand))
}

async fn stand(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let from = request.extensions().get::<Peer>().map(|peer| peer.0);
    let (method, route) = (request.method().clone(), answer::route(&request));
    let mut who = None;
    let answered = guard.answered(request, next, &mut who).await;
    let mut response = answered.unwrap_or_else(Refused::into_response);
    let status = response.status();
    let who = who.as_deref().unwrap_or("?");
    tracing::debug!("HTTP API: {who} {method} {route} {}", status.as_u16());
    if matches!(
        status,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
    ) {
        guard.tell(status, from, &route);
    }
    if status == StatusCode::UNAUTHORIZED {
        sleep(GUESSING).await;
    }
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Bearer realm=\"hauswart\"");
        headers.insert(header::WWW_AUTHENTICATE, scheme);
    }
    let fixed = [
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::VARY, "Accept, Accept-Language, Authorization"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, text) in fixed {
        headers.insert(name, HeaderValue::from_static(text));
    }
    response
}

fn without_token(language: Language) -> Refused {
    let words = language.pick(
        "ohne gültiges Token gibt es keine Antwort: „Authorization: Bearer …“ mitschicken; ein Token legt „hauswart token create“ an",
        "there is no answer without a valid token: send \"Authorization: Bearer …\"; \"hauswart token create\" makes one",
    );
    Refused::new(StatusCode::UNAUTHORIZED, words.to_owned())
}

/// The clock shows a time that cannot be.
fn doubtful(language: Language) -> String {
    let words = language.pick(
        "die Uhr dieses Rechners geht nach: ob dieses befristete Token noch gilt, ist unbekannt; erst die Uhr stellen",
        "the clock of this machine is behind: whether this token has ended is unknown; set the clock first",
    );
    words.to_owned()
}

/// What is too long, or brings a body that nobody reads.
fn acceptable(request: &Request, language: Language) -> Result<(), Refused> {
    if request.uri().path_and_query().is_some_and(|it| it.as_str().len() > LONGEST_TARGET) {
        let words = language.pick(
            format!("die Adresse ist länger als {LONGEST_TARGET} Zeichen; weniger Punkte auf einmal abfragen"),
            format!("the address is longer than {LONGEST_TARGET} characters; ask for fewer points at a time"),
        );
        return Err(Refused::new(StatusCode::URI_TOO_LONG, words));
    }
    let headers = request.headers();
    let length = headers.get(header::CONTENT_LENGTH);
    let body = headers.contains_key(header::TRANSFER_ENCODING)
        || length.is_some_and(|length| length.as_bytes() != b"0");
    if body && matches!(*request.method(), Method::GET | Method::HEAD) {
        let words = language.pick(
            "diese Anfrage braucht keinen Inhalt; ohne ihn noch einmal",
            "this request needs no body; again without one",
        );
        return Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, words.to_owned()));
    }
    Ok(())
}

/// 405 (RFC 9110, 15.5.6).
fn only_get(language: Language) -> Response {
    let words = language.pick(
        "hier wird nur gelesen, mit GET; geändert wird auf dem Rechner selbst, mit „hauswart“",
        "this is for reading only, with GET; changes are made on the machine itself, with \"hauswart\"",
    );
    let mut response =
        Refused::new(StatusCode::METHOD_NOT_ALLOWED, words.to_owned()).into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

/// 404, with a token.
pub async fn unknown(caller: Caller) -> Refused {
    let words = caller.language.pick(
        "das gibt es hier nicht; /api/v1/openapi.json beschreibt, was es gibt",
        "there is no such thing here; /api/v1/openapi.json tells what there is",
    );
    Refused::new(StatusCode::NOT_FOUND, words.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::timeout;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::clock::Scaled;
    use crate::model::diagnostic::Source;
    use crate::web::pull::listen;
    use crate::web::pull::tokens::Scope;

    fn guard(data: &Path) -> Guard {
        let text = "format = 1\n[site]\nname = \"Test\"\n[[building]]\nname = \"Schule\"\n";
        let source = Source { file: "site.toml".into(), text: text.into() };
        let mut site = crate::site::load(&source, Path::new("/anlage"), &[]).site.unwrap();
        site.data = data.to_owned();
        Guard::new(Arc::new(site), Arc::new(Scaled::real()), 60)
    }

    /// What the guard answers to who presents this token, and after how long.
    async fn answered(guard: Guard, token: String) -> (String, Duration) {
        let router = before(Router::new().route("/", get(async || "there")), guard);
        let (mut near, far) = duplex(4096);
        let from = SocketAddr::from(([127, 0, 0, 1], 1));
        tokio::spawn(listen::talk(far, from, router, CancellationToken::new()));
        let begun = Instant::now();
        let asked = format!(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        near.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = String::new();
        near.read_to_string(&mut answer).await.unwrap();
        (answer, begun.elapsed())
    }

    #[tokio::test]
    async fn tokens_are_guessed_slowly_and_few_are_looked_for_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let now = Scaled::real().now().wall;
        let token = tokens::create(folder.path(), "a", Scope::Read, now, None).unwrap();
        let wrong = format!("hauswart_a_{}", "0".repeat(64));
        let guard = guard(folder.path());
        let (answer, _) = answered(guard.clone(), token).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("there"), "{answer}");
        let (answer, after) = answered(guard.clone(), wrong.clone()).await;
        assert!(answer.starts_with("HTTP/1.1 401") && after >= GUESSING, "{answer} {after:?}");
        let mut held = Vec::new();
        while let Ok(Some(check)) = timeout(Duration::from_millis(50), guard.places.check()).await {
            held.push(check);
        }
        assert_eq!(held.len(), 4);
        let mut waits = tokio::spawn(answered(guard, wrong));
        assert!(timeout(GUESSING * 2, &mut waits).await.is_err(), "the disk is not asked");
        drop(held);
        assert!(waits.await.unwrap().0.starts_with("HTTP/1.1 401"));
    }

    #[tokio::test]
    async fn by_a_clock_that_is_behind_no_token_with_an_end_counts() {
        let folder = tempfile::tempdir().unwrap();
        let [made, until] = ["2199-01-01T00:00:00Z", "2199-12-31T00:00:00Z"];
        let [made, until] = [made, until].map(|it| it.parse().unwrap());
        for (name, until, status) in [("ends", Some(until), "503"), ("stays", None, "200")] {
            let token = tokens::create(folder.path(), name, Scope::Read, made, until).unwrap();
            let (answer, _) = answered(guard(folder.path()), token).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        }
    }
}
