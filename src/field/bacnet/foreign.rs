//! Foreign-device registration (clause J.5): broadcasts of another subnet
//! through its BBMD. Only the BBMD's own word counts as accepted; silence is
//! no success. Renewed after half its time, in real time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::client::Shared;
use crate::wire::bacnet::{Bvlc, result_code};

/// How the registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registration {
    /// Not answered yet, or not asked for.
    #[default]
    Pending,
    Accepted,
    /// The BBMD refused, with this result code.
    Refused(u16),
    /// The BBMD does not answer.
    Silent,
}

/// After a failure it is tried again this soon, then ever more rarely.
const RETRY: Duration = Duration::from_secs(5);
const RAREST_RETRY: Duration = Duration::from_secs(60);

/// Waits until the registration is accepted, at most `patience`.
pub(super) async fn registered(state: &watch::Sender<Registration>, patience: Duration) {
    let mut state = state.subscribe();
    let accepted = state.wait_for(|state| *state == Registration::Accepted);
    let _ = timeout(patience, accepted).await;
}

/// Registers for ever. `results`: what the BBMD answers.
pub(super) async fn keep_registered(
    shared: Arc<Shared>,
    ttl: Duration,
    mut results: mpsc::Receiver<u16>,
) {
    let Some(bbmd) = shared.bbmd else { return };
    let ttl = ttl.clamp(Duration::from_secs(2), Duration::from_secs(65_535));
    let seconds = u16::try_from(ttl.as_secs()).unwrap_or(u16::MAX);
    let mut retry = RETRY;
    loop {
        while results.try_recv().is_ok() {}
        let register = Bvlc::RegisterForeignDevice { ttl: seconds }.encode();
        let answer = match shared.send_raw(&register, bbmd).await {
            Ok(()) => timeout(shared.timeout, results.recv()).await.ok().flatten(),
            Err(_) => None,
        };
        let state = match answer {
            Some(result_code::SUCCESS) => Registration::Accepted,
            Some(code) => Registration::Refused(code),
            None => Registration::Silent,
        };
        tell(&shared, state);
        if state == Registration::Accepted {
            retry = RETRY;
            rest(ttl / 2, &mut results).await;
        } else {
            tokio::time::sleep(retry).await;
            retry = (retry * 2).min(RAREST_RETRY);
        }
    }
}

fn tell(shared: &Shared, state: Registration) {
    if shared.registration.send_replace(state) == state {
        return;
    }
    match state {
        Registration::Accepted => tracing::info!(bbmd = ?shared.bbmd, "registered at the BBMD"),
        other => tracing::warn!(bbmd = ?shared.bbmd, ?other, "not registered at the BBMD"),
    }
}

/// Rests until it is time to renew. A BBMD that was restarted has forgotten
/// us and refuses to distribute: then renew at once.
async fn rest(duration: Duration, results: &mut mpsc::Receiver<u16>) {
    let forgotten = async {
        while let Some(code) = results.recv().await {
            if code == result_code::DISTRIBUTE_BROADCAST_NAK {
                tokio::time::sleep(Duration::from_secs(1)).await;
                return;
            }
        }
    };
    let _ = timeout(duration, forgotten).await;
}
