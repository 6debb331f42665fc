//! The listener: opens the port, and tries on where it cannot: the building runs
//! without it. Connections are few, live minutes, and must say in seconds what they
//! want, so that slow ones and many take nothing from the plant.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::guard::{Guard, Peer};
use super::tls::Renewed;
use crate::engine::picture::WebStatus;
use crate::model::{Language, system_words};
use crate::site::WebApi;
use crate::web::api::Shared;

/// Until the next try to open the port.
const AGAIN: Duration = Duration::from_secs(20);
/// Connections at a time; others wait in the system's queue.
const CONNECTIONS: usize = 64;
/// To agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// To say what is wanted, also for the next request of a connection.
const HEADERS: Duration = Duration::from_secs(15);
/// A connection's life, and how long an answer under way may take beyond it.
const LIFE: Duration = Duration::from_secs(300);
const LAST_ANSWER: Duration = Duration::from_secs(60);
const MOST_HEADERS: usize = 64;
/// Bytes of all headers, and of what is on its way.
const BUFFER: usize = 32 << 10;

/// Starts it, if the site file says so; it ends with `stop`.
pub fn start(shared: &Shared, stop: CancellationToken) {
    let Some(web) = shared.site.web.clone() else { return };
    let guard = Guard::new(shared.site.clone(), shared.clock.clone(), web.rate);
    let router = super::router(shared.clone(), guard);
    let shared = shared.clone();
    tokio::spawn(async move {
        while !stop.is_cancelled() {
            match open(&web, shared.site.language).await {
                Ok((listener, tls)) => {
                    told(&shared, &web, Ok(())).await;
                    return serve(listener, tls, &router, &stop).await;
                }
                Err(why) => told(&shared, &web, Err(why)).await,
            }
            tokio::select! {
                () = sleep(AGAIN) => {}
                () = stop.cancelled() => {}
            }
        }
    });
}

/// Tells status, journal and alarms how it stands.
async fn told(shared: &Shared, web: &WebApi, listens: Result<(), String>) {
    let (language, address) = (shared.site.language, web.listen);
    if listens.is_ok() {
        let words =
            language.pick(format!("HTTP-API auf {address}"), format!("HTTP API on {address}"));
        tracing::info!("{words}");
    }
    let status = WebStatus {
        listen: address.to_string(),
        tls: web.tls.is_some(),
        why_not: listens.clone().err(),
    };
    shared.tell_web(status);
    let listens = listens.map_err(|why| {
        language.pick(
            format!("die HTTP-API auf {address} ist nicht erreichbar: {why}"),
            format!("the HTTP API on {address} does not listen: {why}"),
        )
    });
    // Where the engine has ended, nobody needs to know.
    let _ = shared.engine.listening(listens).await;
}

/// Port and certificate, or why not, in words.
async fn open(web: &WebApi, language: Language) -> Result<(TcpListener, Option<Renewed>), String> {
    let tls = web.tls.clone();
    let read = tokio::task::spawn_blocking(move || {
        tls.map(|tls| Renewed::read(&tls, language)).transpose()
    });
    let tls = read.await.map_err(|error| error.to_string())?;
    let tls = tls.map_err(|unusable| unusable.words(language))?;
    let listener = TcpListener::bind(web.listen).await.map_err(|error| {
        match error.kind() {
            io::ErrorKind::AddrInUse => language.pick(
                "den Port hat schon ein anderes Programm; listen in [web] ändern oder jenes beenden",
                "another program has the port; change listen in [web], or end that one",
            ).to_owned(),
            io::ErrorKind::AddrNotAvailable => language.pick(
                "das ist keine Adresse dieses Rechners; listen in [web] ändern",
                "this is no address of this machine; change listen in [web]",
            ).to_owned(),
            _ => system_words(&error, language),
        }
    })?;
    Ok((listener, tls))
}

async fn serve(
    listener: TcpListener,
    mut tls: Option<Renewed>,
    router: &Router,
    stop: &CancellationToken,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, (stream, from)) = tokio::select! {
            () = stop.cancelled() => return,
            (place, accepted) = accepted => match accepted {
                Ok(accepted) => (place, accepted),
                // Too many open files, or the other side has gone.
                Err(_) => {
                    sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let tls = tls.as_mut().map(Renewed::acceptor);
        let (router, stop) = (router.clone(), stop.clone());
        tokio::spawn(async move {
            let _place = place;
            match tls {
                None => talk(stream, from, router, stop).await,
                Some(tls) => {
                    if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
                        talk(stream, from, router, stop).await;
                    }
                }
            }
        });
    }
}

/// One connection to its end.
pub async fn talk<S>(stream: S, from: SocketAddr, router: Router, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router.layer(Extension(Peer(from))));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_headers(MOST_HEADERS)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // How it ended is the other side's affair.
        _ = connection.as_mut() => return,
        () = sleep(LIFE) => {}
        () = stop.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(LAST_ANSWER, connection).await;
}
