//! Certificate and key for the HTTP API, from PEM files. They are renewed while the
//! daemon runs: once they have changed they are read anew, and what then cannot be
//! used is told and the former ones go on.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::model::{Language, system_words};
use crate::site::Tls;

/// So often it is looked whether the files have changed.
const LOOK: Duration = Duration::from_secs(60);

/// Why certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error("{path} cannot be read")]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("there is no certificate in {0}")]
    NoCertificate(PathBuf),
    #[error("there is no private key in {0}")]
    NoKey(PathBuf),
    #[error("certificate and key cannot be used together")]
    Unfit(#[source] rustls::Error),
}

impl Unusable {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::Unreadable { path, source } => {
                let (path, why) = (path.display(), system_words(source, language));
                (
                    format!("{path} lässt sich nicht lesen: {why}"),
                    format!("{path} cannot be read: {why}"),
                )
            }
            Self::NoCertificate(path) => {
                let path = path.display();
                (
                    format!("in {path} steht kein Zertifikat im PEM-Format"),
                    format!("{path} has no certificate in PEM format"),
                )
            }
            Self::NoKey(path) => {
                let path = path.display();
                (
                    format!("in {path} steht kein privater Schlüssel im PEM-Format ohne Passwort"),
                    format!("{path} has no private key in PEM format without a password"),
                )
            }
            Self::Unfit(why) => (
                format!("Zertifikat und Schlüssel passen nicht zusammen ({why})"),
                format!("certificate and key do not belong together ({why})"),
            ),
        };
        language.pick(german, english)
    }
}

/// Why certificate and key cannot be used, in words; `None`: they can.
#[must_use]
pub fn unusable(tls: &Tls, language: Language) -> Option<String> {
    config(tls).err().map(|why| why.words(language))
}

/// Certificate and key as they were last read.
#[derive(Debug)]
pub struct Renewed {
    tls: Tls,
    current: Arc<Mutex<Current>>,
    /// When the files were last looked at, and who does so.
    looked: Instant,
    looks: Option<JoinHandle<()>>,
    language: Language,
}

#[derive(Debug)]
struct Current {
    config: Arc<ServerConfig>,
    /// When the files were changed; `None`: what they are now is not taken up.
    changed: Option<Changed>,
    /// Why it is not, as it was told.
    told: Option<String>,
}

impl Renewed {
    /// Reads them.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn read(tls: &Tls, language: Language) -> Result<Self, Unusable> {
        let changed = Some(changed(tls));
        let config = Arc::new(config(tls)?);
        let current = Arc::new(Mutex::new(Current { config, changed, told: None }));
        Ok(Self { tls: tls.clone(), current, looked: Instant::now(), looks: None, language })
    }

    /// For the next connection. Looks at the files where no connection waits for a
    /// disk; what is found counts for those that come after.
    pub fn acceptor(&mut self) -> TlsAcceptor {
        let idle = self.looks.as_ref().is_none_or(JoinHandle::is_finished);
        if idle && self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            let (tls, current, language) = (self.tls.clone(), self.current.clone(), self.language);
            self.looks = Some(spawn_blocking(move || look(&tls, &current, language)));
        }
        TlsAcceptor::from(locked(&self.current).config.clone())
    }
}

/// Takes up what has changed. What cannot be used is tried again each time, for it may
/// be mended without a change of the files, by their rights, and told once.
fn look(tls: &Tls, current: &Mutex<Current>, language: Language) {
    let changed = changed(tls);
    if locked(current).changed == Some(changed) {
        return;
    }
    let read = config(tls);
    let mut current = locked(current);
    match read {
        Ok(config) => {
            *current = Current { config: Arc::new(config), changed: Some(changed), told: None };
            let words = ("HTTP-API: neues Zertifikat", "HTTP API: new certificate");
            tracing::info!("{}", language.pick(words.0, words.1));
        }
        Err(why) => {
            let why = why.words(language);
            current.changed = None;
            if current.told.as_ref() == Some(&why) {
                return;
            }
            tracing::error!(
                "{}",
                language.pick(
                    format!("HTTP-API: {why}; das bisherige Zertifikat gilt weiter"),
                    format!("HTTP API: {why}; the former certificate goes on"),
                )
            );
            current.told = Some(why);
        }
    }
}

fn locked(current: &Mutex<Current>) -> MutexGuard<'_, Current> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}

/// When certificate and key were last written.
type Changed = [Option<SystemTime>; 2];

fn changed(tls: &Tls) -> Changed {
    [&tls.certificate, &tls.key].map(|path| path.metadata().and_then(|it| it.modified()).ok())
}

fn config(tls: &Tls) -> Result<ServerConfig, Unusable> {
    let bytes = |path: &Path| {
        std::fs::read(path).map_err(|source| Unusable::Unreadable { path: path.to_owned(), source })
    };
    let certificates = CertificateDer::pem_slice_iter(&bytes(&tls.certificate)?)
        .collect::<Result<Vec<_>, pem::Error>>()
        .ok()
        .filter(|all| !all.is_empty())
        .ok_or_else(|| Unusable::NoCertificate(tls.certificate.clone()))?;
    let key = PrivateKeyDer::from_pem_slice(&bytes(&tls.key)?)
        .map_err(|_| Unusable::NoKey(tls.key.clone()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(Unusable::Unfit)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    /// A certificate that openssl made.
    fn make(folder: &Path, name: &str) -> Tls {
        let (certificate, key) = (folder.join(name), folder.join(format!("{name}.key")));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
            .args(["-nodes", "-subj", "/CN=hauswart", "-keyout"])
            .args([&key.display().to_string(), "-out", &certificate.display().to_string()])
            .output()
            .expect("openssl is missing: run tests/run");
        assert!(made.status.success(), "{made:?}");
        Tls { certificate, key }
    }

    /// Writes when it was changed, and lets it be looked at.
    async fn looked_at(renewed: &mut Renewed, tls: &Tls, days: u64) -> Arc<ServerConfig> {
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs((30_000 + days) * 86_400);
        let file = fs::File::options().append(true).open(&tls.certificate).unwrap();
        file.set_modified(changed).unwrap();
        renewed.looked = Instant::now().checked_sub(LOOK).unwrap();
        drop(renewed.acceptor());
        renewed.looks.take().unwrap().await.unwrap();
        locked(&renewed.current).config.clone()
    }

    #[tokio::test]
    async fn a_renewed_certificate_is_taken_up_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (tls, other) = (make(folder.path(), "a"), make(folder.path(), "b"));
        let mut renewed = Renewed::read(&tls, Language::En).unwrap();
        let first = locked(&renewed.current).config.clone();
        drop(renewed.acceptor());
        assert!(renewed.looks.is_none(), "not so soon");
        // The certificate is there already, its key is not yet.
        fs::copy(&other.certificate, &tls.certificate).unwrap();
        let same = looked_at(&mut renewed, &tls, 1).await;
        assert!(Arc::ptr_eq(&same, &first), "the former one goes on");
        fs::copy(&other.key, &tls.key).unwrap();
        let second = looked_at(&mut renewed, &tls, 2).await;
        assert!(!Arc::ptr_eq(&second, &first));
        let same = looked_at(&mut renewed, &tls, 2).await;
        assert!(Arc::ptr_eq(&same, &second), "nothing has changed");
        fs::write(&tls.certificate, "none").unwrap();
        assert!(matches!(Renewed::read(&tls, Language::En), Err(Unusable::NoCertificate(_))));
        assert!(unusable(&tls, Language::En).unwrap().contains("no certificate in PEM format"));
    }

    #[tokio::test]
    async fn what_is_mended_without_a_later_date_is_taken_up_too() {
        let folder = tempfile::tempdir().unwrap();
        let tls = make(folder.path(), "a");
        let mut renewed = Renewed::read(&tls, Language::En).unwrap();
        let sound = fs::read(&tls.certificate).unwrap();
        fs::write(&tls.certificate, "none").unwrap();
        let first = looked_at(&mut renewed, &tls, 1).await;
        let told = locked(&renewed.current).told.clone();
        assert!(told.unwrap().contains("no certificate in PEM format"));
        fs::write(&tls.certificate, sound).unwrap();
        let second = looked_at(&mut renewed, &tls, 1).await;
        assert!(!Arc::ptr_eq(&second, &first));
        assert_eq!(locked(&renewed.current).told, None);
    }
}
