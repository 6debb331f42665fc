//! The client of the local socket, for the commands that touch live state.

use std::io;
use std::path::Path;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;

use super::api::Problem;
use super::socket;
use crate::model::{Language, system_words};

/// A daemon has the answer well within this.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why the daemon could not be asked, or what it said instead.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the connection to the running hauswart broke")]
    Broken(#[source] hyper::Error),
    #[error("the running hauswart does not answer")]
    Silent,
    /// Its own words, in the site's language.
    #[error("{0}")]
    Refused(String),
    #[error("the running hauswart speaks another version")]
    Foreign(#[source] serde_json::Error),
    #[error("the socket of the running hauswart may not be opened: run this as its user")]
    Denied,
    #[error("the socket of the running hauswart cannot be opened")]
    Socket(#[source] io::Error),
}

impl ClientError {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let german = match self {
            Self::Broken(_) => "die Verbindung zum laufenden hauswart ist abgebrochen".to_owned(),
            Self::Silent => "das laufende hauswart antwortet nicht".to_owned(),
            Self::Refused(why) => why.clone(),
            Self::Foreign(_) => {
                "das laufende hauswart hat eine andere Version; nach einem Update neu starten".to_owned()
            }
            Self::Denied => {
                "kein Zugriff auf das laufende hauswart; diesen Befehl als dessen Benutzer ausführen".to_owned()
            }
            Self::Socket(error) => format!(
                "das laufende hauswart ist nicht zu erreichen: {}",
                system_words(error, language)
            ),
        };
        language.pick(german, self.to_string())
    }
}

/// A connection to the running daemon of a data folder.
#[derive(Debug)]
pub struct Client {
    sender: http1::SendRequest<Full<Bytes>>,
}

impl Client {
    /// Connects; `None` where no daemon runs.
    ///
    /// # Errors
    /// If there is one but it cannot be reached.
    pub async fn connect(data: &Path) -> Result<Option<Self>, ClientError> {
        let stream = match UnixStream::connect(socket::path(data)).await {
            Ok(stream) => stream,
            Err(error) => {
                return match error.kind() {
                    io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Ok(None),
                    io::ErrorKind::PermissionDenied => Err(ClientError::Denied),
                    _ => Err(ClientError::Socket(error)),
                };
            }
        };
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(ClientError::Broken)?;
        tokio::spawn(connection);
        Ok(Some(Self { sender }))
    }

    /// Fetches what `path` gives.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, ClientError> {
        let body = self.send(Method::GET, path, Bytes::new()).await?;
        serde_json::from_slice(&body).map_err(ClientError::Foreign)
    }

    /// Fetches the bytes that `path` gives.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn get_bytes(&mut self, path: &str) -> Result<Bytes, ClientError> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// Sends `what` and fetches the answer.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn post<T: DeserializeOwned>(
        &mut self,
        path: &str,
        what: &(impl Serialize + Sync),
    ) -> Result<T, ClientError> {
        let body = serde_json::to_vec(what).map_err(ClientError::Foreign)?;
        let body = self.send(Method::POST, path, body.into()).await?;
        serde_json::from_slice(&body).map_err(ClientError::Foreign)
    }

    /// Lets go of what `path` is.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn delete(&mut self, path: &str) -> Result<(), ClientError> {
        self.send(Method::DELETE, path, Bytes::new()).await.map(drop)
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Bytes, ClientError> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .expect("paths are percent-encoded");
        let answer = async {
            self.sender.ready().await?; // the answer before may just have ended
            let response = self.sender.send_request(request).await?;
            let status = response.status();
            Ok((status, response.into_body().collect().await?.to_bytes()))
        };
        let (status, body) = tokio::time::timeout(PATIENCE, answer)
            .await
            .map_err(|_| ClientError::Silent)?
            .map_err(ClientError::Broken)?;
        if status.is_success() {
            return Ok(body);
        }
        Err(ClientError::Refused(said(status, &body)))
    }
}

fn said(status: StatusCode, body: &[u8]) -> String {
    serde_json::from_slice::<Problem>(body).map_or_else(|_| status.to_string(), |it| it.error)
}

/// A name as part of a path: everything but letters, digits, `.`, `-` and `_`
/// of ASCII percent-encoded.
#[must_use]
pub fn encode(name: &str) -> String {
    let mut path = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_with_umlauts_fit_into_a_path() {
        assert_eq!(super::encode("HK1.Außen"), "HK1.Au%C3%9Fen");
    }
}
