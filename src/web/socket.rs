//! The local socket: where it lies, who may open it, who is asking.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

/// Where the daemon of this data folder listens.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join("hauswart.sock")
}

/// The name of the account that is asking, `uid 1234` where it has none.
#[derive(Debug, Clone)]
pub struct User(pub String);

impl Connected<IncomingStream<'_, UnixListener>> for User {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self(stream.io().peer_cred().map_or_else(
            |_| "?".to_owned(),
            |peer| account(peer.uid()).unwrap_or_else(|| format!("uid {}", peer.uid())),
        ))
    }
}

/// The account's name from the user database.
fn account(uid: u32) -> Option<String> {
    let database = std::fs::read_to_string("/etc/passwd").ok()?;
    database.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let theirs: u32 = fields.nth(1)?.parse().ok()?;
        (theirs == uid).then(|| name.to_owned())
    })
}

/// Opens the socket for the daemon's own group. Only who holds the data
/// folder's lock may call this: a socket left over is removed.
///
/// # Errors
/// If the folder cannot be written or the path is longer than a socket's may
/// be (about 100 bytes).
pub fn open(data: &Path) -> io::Result<UnixListener> {
    let path = path(data);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}

/// Serves `router` until `stop`, then removes the socket.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    listener: UnixListener,
    router: Router,
    data: &Path,
    stop: CancellationToken,
) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<User>();
    let ended = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await;
    let _ = std::fs::remove_file(path(data));
    ended
}

/// The account that this process runs as.
#[must_use]
pub fn own_account() -> String {
    let uid = rustix::process::getuid().as_raw();
    account(uid).unwrap_or_else(|| format!("uid {uid}"))
}
