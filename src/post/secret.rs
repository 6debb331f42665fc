//! Passwords, read anew each time, so that a changed one counts at once.

use std::path::PathBuf;

use super::PostError;
use crate::site::Secret;

/// Reads a password: the first line of its file.
///
/// # Errors
/// `Secret` if it cannot be read.
pub(super) async fn read(secret: &Secret) -> Result<String, PostError> {
    let path = match secret {
        Secret::File(path) => path.clone(),
        Secret::Credential(name) => {
            // systemd.exec(5), "Credentials".
            let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") else {
                let why = format!("CREDENTIALS_DIRECTORY, LoadCredential={name}:…");
                return Err(PostError::Secret(why));
            };
            PathBuf::from(folder).join(name)
        }
    };
    let shown = path.display().to_string();
    let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(path)).await;
    let text = match read {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => return Err(PostError::Secret(format!("{shown}: {error}"))),
        Err(bug) => return Err(PostError::Secret(bug.to_string())),
    };
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
