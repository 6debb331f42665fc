//! How many answers there are at a time. Few are worked on; a few more lie in memory
//! until the other side has read them, and no token has all of those places. A slow
//! reader holds its place until its last byte has left, so that many of them take
//! no memory from the plant.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::response::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::answer::Refused;

/// Requests that are worked on at a time; the others wait.
const AT_A_TIME: usize = 4;
/// Tokens that are looked for on the disk at a time.
const CHECKS: usize = 4;
/// Answers in memory at a time, in all and of one token.
const ANSWERS: usize = 12;
const ANSWERS_OF_A_TOKEN: usize = 4;
/// Nobody waits longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// See the module. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Places {
    checks: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    answers: Arc<Semaphore>,
    /// Of tokens that there are or were.
    of_tokens: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

/// An answer's place, from its request until it is sent.
#[derive(Debug)]
pub struct Place {
    _of_token: OwnedSemaphorePermit,
    _answer: OwnedSemaphorePermit,
}

/// To be worked on; held as long as work goes on.
pub type Turn = Arc<OwnedSemaphorePermit>;

impl Default for Places {
    fn default() -> Self {
        Self {
            checks: Arc::new(Semaphore::new(CHECKS)),
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
            answers: Arc::new(Semaphore::new(ANSWERS)),
            of_tokens: Arc::default(),
        }
    }
}

impl Places {
    /// To look for a token, until this is dropped; `None`: others did for too long.
    pub async fn check(&self) -> Option<OwnedSemaphorePermit> {
        timeout(PATIENCE, self.checks.clone().acquire_owned()).await.ok()?.ok()
    }

    /// A place and a turn for a request with this token; `None`: others had them for
    /// too long. The turn comes last: whoever waits for a place keeps nobody from work.
    pub async fn take(&self, token: &str) -> Option<(Place, Turn)> {
        let own = {
            let mut all = self.of_tokens.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Arc::new(Semaphore::new(ANSWERS_OF_A_TOKEN));
            all.entry(token.to_owned()).or_insert_with(new).clone()
        };
        let taken = timeout(PATIENCE, async {
            let of_token = own.acquire_owned().await.ok()?;
            let answer = self.answers.clone().acquire_owned().await.ok()?;
            let turn = self.turns.clone().acquire_owned().await.ok()?;
            Some((Place { _of_token: of_token, _answer: answer }, Arc::new(turn)))
        });
        taken.await.ok().flatten()
    }
}

/// What is sent, with the place that it has meanwhile.
struct Held {
    bytes: Bytes,
    _place: Place,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The answer, which gives its place back once all of it is sent, or cannot be.
///
/// # Errors
/// 500 if it was none that is whole, which is a bug.
pub async fn held(response: Response, place: Place) -> Result<Response, Refused> {
    let (parts, body) = response.into_parts();
    // Our answers are whole: nothing is copied here.
    let bytes = to_bytes(body, usize::MAX).await;
    let bytes = bytes.map_err(|error| Refused::bug(&error.to_string()))?;
    let bytes = Bytes::from_owner(Held { bytes, _place: place });
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::Router;
    use axum::extract::State;
    use axum::response::IntoResponse;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpSocket, TcpStream};
    use tokio::time::sleep;

    use super::*;
    use crate::web::pull::answer::Answer;

    /// More than what the system keeps of a connection.
    const LONG: usize = 16 << 20;

    async fn long(State(places): State<Places>, token: String) -> Result<Response, Refused> {
        let (place, _turn) = places.take(&token).await.unwrap();
        held(Answer::csv(vec![b'.'; LONG]).into_response(), place).await
    }

    async fn serve(places: Places) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(long)).with_state(places);
        tokio::spawn(async move {
            while let Ok((stream, from)) = listener.accept().await {
                let stop = tokio_util::sync::CancellationToken::new();
                tokio::spawn(crate::web::pull::listen::talk(stream, from, router.clone(), stop));
            }
        });
        address
    }

    /// A client that has asked and reads little of what comes.
    async fn asks(address: SocketAddr, token: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 << 10).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        let (length, close) = (token.len(), "Connection: close");
        let asked = format!(
            "GET / HTTP/1.1\r\nHost: a\r\n{close}\r\nContent-Length: {length}\r\n\r\n{token}"
        );
        stream.write_all(asked.as_bytes()).await.unwrap();
        stream
    }

    /// Whether so many places become free.
    async fn free(places: &Places, count: usize) -> bool {
        for _ in 0..200 {
            if places.answers.available_permits() == count {
                return true;
            }
            sleep(Duration::from_millis(20)).await;
        }
        false
    }

    #[tokio::test]
    async fn slow_readers_hold_their_own_places_and_no_others() {
        let places = Places::default();
        let address = serve(places.clone()).await;
        let mut slow = Vec::new();
        for _ in 0..ANSWERS_OF_A_TOKEN + 3 {
            let mut stream = asks(address, "slow").await;
            if slow.len() < ANSWERS_OF_A_TOKEN {
                stream.read_exact(&mut [0; 100]).await.unwrap();
            }
            slow.push(stream);
        }
        let others = ANSWERS - ANSWERS_OF_A_TOKEN;
        sleep(Duration::from_millis(200)).await;
        assert_eq!(places.answers.available_permits(), others, "an answer is there until sent");
        assert_eq!(places.turns.available_permits(), AT_A_TIME, "who waits keeps none from work");
        let mut answer = Vec::new();
        asks(address, "other").await.read_to_end(&mut answer).await.unwrap();
        assert!(answer.len() > LONG && answer.starts_with(b"HTTP/1.1 200"), "{}", answer.len());
        let head = String::from_utf8_lossy(&answer[..500]);
        assert!(head.contains(&format!("content-length: {LONG}\r\n")), "{head}");
        assert!(free(&places, others).await);
        // Those that waited have the places of those that went, and then nobody has one.
        drop(slow.drain(..ANSWERS_OF_A_TOKEN));
        let mut head = [0; 12];
        slow[0].read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 200");
        drop(slow);
        assert!(free(&places, ANSWERS).await);
    }
}
