//! What a pulled answer looks like: its language, its form, its tag, and refusals
//! that say what to do. An answer whose tag the other side has already is not sent
//! again.

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use super::places::Turn;
use super::tokens::Scope;
use crate::engine::ask::Ended;
use crate::model::Language;
use crate::web::api::Problem;

/// Who asks, and in which language; the guard puts it into each request.
#[derive(Debug, Clone)]
pub struct Caller {
    scope: Scope,
    pub language: Language,
    /// To be held by work that goes on when who asked has gone.
    pub turn: Turn,
}

impl Caller {
    pub const fn new(scope: Scope, language: Language, turn: Turn) -> Self {
        Self { scope, language, turn }
    }

    /// Whether its token may read what needs `scope`.
    ///
    /// # Errors
    /// 403
    pub fn require(&self, scope: Scope) -> Result<(), Refused> {
        if self.scope >= scope {
            return Ok(());
        }
        let (has, scope) = (self.scope.word(), scope.word());
        let words = self.language.pick(
            format!("dieses Token hat den Umfang {has}, hier braucht es {scope}: „hauswart token create NAME --scope {scope}“"),
            format!("this token has the scope {has}, here it takes {scope}: \"hauswart token create NAME --scope {scope}\""),
        );
        Err(Refused::new(StatusCode::FORBIDDEN, words))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        // Never without the guard.
        parts.extensions.get().cloned().ok_or(StatusCode::UNAUTHORIZED)
    }
}

/// The language that is asked for first, of ours; `usual` unless one is.
pub fn language(headers: &HeaderMap, usual: Language) -> Language {
    let text = headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok());
    let mut best = (0.0, usual);
    for (range, weight) in weighted(text.unwrap_or_default()) {
        let primary = range.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let language = match primary.as_str() {
            "de" => Language::De,
            "en" => Language::En,
            _ => continue,
        };
        if weight > best.0 {
            best = (weight, language);
        }
    }
    best.1
}

/// What is in a list like `text/csv;q=0.5, */*;q=0.1`, with its weights (RFC 9110,
/// 12.4.2), 1 where none stands.
fn weighted(list: &str) -> impl Iterator<Item = (&str, f32)> {
    list.split(',').filter_map(|part| {
        let mut words = part.split(';').map(str::trim);
        let range = words.next().filter(|range| !range.is_empty())?;
        let weight = words.find_map(|word| word.strip_prefix("q=").or(word.strip_prefix("Q=")));
        Some((range, weight.map_or(Some(1.0), |it| it.parse().ok())?))
    })
}

/// How rows can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Csv,
}

impl Form {
    const fn media(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
        }
    }
}

/// Of rows, the form that the other side likes best.
///
/// # Errors
/// As [`accepted`].
pub fn form(headers: &HeaderMap, forms: &[Form], language: Language) -> Result<Form, Refused> {
    let named: Vec<(&str, Form)> = forms.iter().map(|form| (form.media(), *form)).collect();
    accepted(headers, &named, language)
}

/// The first of `forms`, each with its media type, that the other side likes best; the
/// first at all where it does not say.
///
/// # Errors
/// 406 if it wants none of them.
pub fn accepted<F: Copy>(
    headers: &HeaderMap,
    forms: &[(&str, F)],
    language: Language,
) -> Result<F, Refused> {
    let lists = headers.get_all(header::ACCEPT).iter().filter_map(|it| it.to_str().ok());
    let lists = lists.collect::<Vec<_>>().join(",");
    if lists.is_empty() {
        return Ok(forms[0].1);
    }
    let mut best: Option<(f32, F)> = None;
    for (media, form) in forms {
        // The most exact range counts.
        let exactness = |range: &str| match range {
            _ if range.eq_ignore_ascii_case(media) => Some(2),
            "*/*" => Some(0),
            _ => {
                let class = range.strip_suffix("/*").filter(|it| media.starts_with(*it));
                class.map(|_| 1)
            }
        };
        let ranges = weighted(&lists).filter_map(|(it, weight)| Some((exactness(it)?, weight)));
        let weight = ranges.max_by_key(|(exact, _)| *exact).map_or(0.0, |(_, weight)| weight);
        if weight > best.as_ref().map_or(0.0, |(best, _)| *best) {
            best = Some((weight, *form));
        }
    }
    best.map(|(_, form)| form).ok_or_else(|| {
        let known: Vec<&str> = forms.iter().map(|(media, _)| *media).collect();
        let known = known.join(", ");
        let words = language.pick(
            format!("diese Form gibt es nicht; Accept: {known}"),
            format!("there is no such form; Accept: {known}"),
        );
        Refused::new(StatusCode::NOT_ACCEPTABLE, words)
    })
}

/// How many files were missing or damaged: a table has no place for it.
const FAULTS: HeaderName = HeaderName::from_static("hauswart-faults");

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub media: &'static str,
    pub bytes: Vec<u8>,
    /// Where the next page is, relative.
    pub next: Option<String>,
    /// Files of the history that are missing or damaged.
    pub faults: usize,
}

impl Answer {
    /// # Errors
    /// 500 if it cannot be written, which is a bug.
    pub fn json(of: &impl Serialize) -> Result<Self, Refused> {
        let bytes = serde_json::to_vec(of).map_err(|error| Refused::bug(&error.to_string()))?;
        Ok(Self { media: "application/json", bytes, next: None, faults: 0 })
    }

    pub const fn csv(bytes: Vec<u8>) -> Self {
        Self { media: "text/csv; charset=utf-8", bytes, next: None, faults: 0 }
    }
}

impl IntoResponse for Answer {
    fn into_response(mut self) -> Response {
        // It may lie there until a slow reader has read it.
        self.bytes.shrink_to_fit();
        let tag: String = digest(&SHA256, &self.bytes).as_ref()[..16]
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect();
        let mut response = Response::new(Body::from(self.bytes));
        let mut put = |name: HeaderName, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                response.headers_mut().insert(name, value);
            }
        };
        put(header::CONTENT_TYPE, self.media);
        put(header::ETAG, &format!("\"{tag}\""));
        if self.faults > 0 {
            put(FAULTS, &self.faults.to_string());
        }
        if let Some(next) = self.next {
            put(header::LINK, &format!("<{next}>; rel=\"next\""));
        }
        response
    }
}

/// Without the body if the other side has it already (RFC 9110, 13.1.2).
pub fn unless_known(known: &HeaderMap, response: Response) -> Response {
    let Some(tag) = response.headers().get(header::ETAG).and_then(|it| it.to_str().ok()) else {
        return response;
    };
    let lists = known.get_all(header::IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
    let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
    if response.status() != StatusCode::OK
        || !tags.any(|it| it == "*" || it.strip_prefix("W/").unwrap_or(it) == tag)
    {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

/// A refusal: a status of its class and a sentence that says what to do.
#[derive(Debug)]
pub struct Refused {
    pub status: StatusCode,
    words: String,
    /// Seconds.
    retry_after: Option<u64>,
}

impl Refused {
    pub const fn new(status: StatusCode, words: String) -> Self {
        Self { status, words, retry_after: None }
    }

    /// 400
    pub const fn bad(words: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, words)
    }

    /// It may be tried again after so many seconds.
    pub fn for_now(status: StatusCode, seconds: u64, language: Language) -> Self {
        let words = match status {
            StatusCode::TOO_MANY_REQUESTS => language.pick(
                format!("zu viele Anfragen mit diesem Token; in {seconds} s noch einmal"),
                format!("too many requests with this token; again in {seconds} s"),
            ),
            _ => language.pick(
                format!("gerade wird anderes beantwortet; in {seconds} s noch einmal"),
                format!("others are being answered; again in {seconds} s"),
            ),
        };
        Self { status, words, retry_after: Some(seconds) }
    }

    /// What must not be: for the journal, not for the network.
    pub fn bug(why: &str) -> Self {
        tracing::error!("HTTP API: {why}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error, see the journal".to_owned())
    }

    /// 503; why, which may name folders of this machine, is for the journal alone.
    pub fn withheld(why: &str, words: String) -> Self {
        tracing::warn!("HTTP API: {why}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, words)
    }

    /// What is recorded cannot be read; `why` in the site's language.
    pub fn unreadable(why: &str, language: Language) -> Self {
        let words = language.pick(
            "das lässt sich gerade nicht lesen; „hauswart verify“ sagt, warum",
            "this cannot be read just now; \"hauswart verify\" says why",
        );
        Self::withheld(why, words.to_owned())
    }

    /// The daemon ends.
    pub fn ended(language: Language) -> impl Fn(Ended) -> Self {
        move |ended| Self::new(StatusCode::SERVICE_UNAVAILABLE, ended.words(language))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(Problem { error: self.words })).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The path without what was asked of it, which may be long.
pub fn route(request: &Request) -> String {
    request.uri().path().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;

    use super::*;

    fn headers(name: HeaderName, text: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(text).unwrap());
        headers
    }

    #[test]
    fn a_token_of_a_smaller_scope_is_refused() {
        let turns = Arc::new(Semaphore::new(1));
        let turn = Arc::new(turns.try_acquire_owned().unwrap());
        let caller = |has| Caller::new(has, Language::En, turn.clone());
        let may = |has, wants| caller(has).require(wants).is_ok();
        assert!(may(Scope::Read, Scope::Read) && may(Scope::Report, Scope::Read));
        assert!(may(Scope::Report, Scope::Report) && !may(Scope::Read, Scope::Report));
    }

    #[test]
    fn it_speaks_the_language_that_is_asked_for_first() {
        let of = |text: &str| language(&headers(header::ACCEPT_LANGUAGE, text), Language::De);
        for (text, expected) in [
            ("en", Language::En),
            ("en-GB,de;q=0.9", Language::En),
            ("en;q=0.5, de-AT;q=0.8", Language::De),
            ("fr, en;q=0.1", Language::En),
            ("fr", Language::De),
            ("en;q=0", Language::De),
            ("en;q=x", Language::De),
            ("", Language::De),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn the_form_that_is_liked_best_is_given() {
        let of = |text: &str| {
            let both = [Form::Json, Form::Csv];
            form(&headers(header::ACCEPT, text), &both, Language::En).map_err(|it| it.status)
        };
        for (text, expected) in [
            ("*/*", Ok(Form::Json)),
            ("text/csv", Ok(Form::Csv)),
            ("TEXT/CSV", Ok(Form::Csv)),
            ("text/*", Ok(Form::Csv)),
            ("text/csv, application/json", Ok(Form::Json)),
            ("text/csv, application/json;q=0.9", Ok(Form::Csv)),
            ("text/csv;q=0, */*", Ok(Form::Json)),
            ("application/json;q=0, */*;q=0.1", Ok(Form::Csv)),
            ("text/html", Err(StatusCode::NOT_ACCEPTABLE)),
            ("text/csv;q=0", Err(StatusCode::NOT_ACCEPTABLE)),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
        assert_eq!(form(&HeaderMap::new(), &[Form::Csv], Language::En).ok(), Some(Form::Csv));
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let answer = || Answer::csv(b"a,b\n".to_vec()).into_response();
        let tag = answer().headers()[header::ETAG].to_str().unwrap().to_owned();
        let other = Answer::csv(b"a,c\n".to_vec()).into_response();
        assert_ne!(other.headers()[header::ETAG].to_str().unwrap(), tag);
        for (text, status) in [
            (tag.clone(), StatusCode::NOT_MODIFIED),
            (format!("\"x\", W/{tag}"), StatusCode::NOT_MODIFIED),
            ("*".to_owned(), StatusCode::NOT_MODIFIED),
            ("\"x\"".to_owned(), StatusCode::OK),
        ] {
            let response = unless_known(&headers(header::IF_NONE_MATCH, &text), answer());
            assert_eq!(response.status(), status, "{text}");
            assert_eq!(response.headers()[header::ETAG].to_str().unwrap(), tag);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_read_names_no_folder_of_the_machine() {
        let why = "/var/lib/hauswart/history cannot be read";
        let refused = Refused::unreadable(why, Language::En).into_response();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = axum::body::to_bytes(refused.into_body(), 4096).await.unwrap();
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("hauswart verify") && !body.contains('/'), "{body}");
    }
}
