//! The daemon itself: does it run, may we ask it, is it started at boot.

use std::path::Path;
use std::process::Command;

use super::finding::Finding;
use crate::engine::picture::{Status, WebStatus};
use crate::site::Site;
use crate::web::client::{Client, ClientError};
use crate::web::pull;

/// Whether one runs, and what there is to say.
pub async fn look(site: &Site) -> (bool, Vec<Finding>) {
    match Client::connect(&site.data).await {
        Ok(Some(mut client)) => match client.get::<Status>("/api/v1/status").await {
            Ok(status) => {
                let listening = status.web.map(Finding::Listening);
                (true, std::iter::once(Finding::Runs).chain(listening).collect())
            }
            Err(_) => (true, vec![Finding::DoesNotAnswer]),
        },
        Ok(None) => {
            let unusable = unusable(site).map(Finding::Listening);
            (false, std::iter::once(Finding::DoesNotRun).chain(unusable).collect())
        }
        Err(ClientError::Denied) => (true, vec![Finding::MayNotAsk]),
        Err(_) => (true, vec![Finding::DoesNotAnswer]),
    }
}

/// What would keep the HTTP API from listening.
fn unusable(site: &Site) -> Option<WebStatus> {
    let web = site.web.as_ref()?;
    let why_not = pull::unusable(web.tls.as_ref()?, site.language);
    let listen = web.listen.to_string();
    why_not.is_some().then_some(WebStatus { listen, tls: true, why_not })
}

/// Whether systemd starts it at boot; nothing where there is no systemd, or
/// the site is not the one that the unit runs.
pub fn unit(site: &Path) -> Option<Finding> {
    let is_installed = Path::new("/run/systemd/system").exists()
        && site.canonicalize().is_ok_and(|path| path == Path::new("/etc/hauswart/site.toml"));
    if !is_installed {
        return None;
    }
    let asked = Command::new("systemctl").args(["is-enabled", "hauswart"]).output().ok()?;
    let enabled = String::from_utf8_lossy(&asked.stdout).trim() == "enabled";
    (!enabled).then_some(Finding::NotStartedAtBoot)
}
