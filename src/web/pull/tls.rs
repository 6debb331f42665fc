//! Certificate and key for the HTTP API, from PEM files. They are renewed while the
//! daemon runs: once they have changed they are read anew, and what then cannot be
//! used is told and the former ones go on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

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
    config: Arc<ServerConfig>,
    /// When the files were changed, when they were last looked at.
    changed: [Option<SystemTime>; 2],
    looked: Instant,
    language: Language,
}

impl Renewed {
    /// Reads them.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn read(tls: &Tls, language: Language) -> Result<Self, Unusable> {
        let changed = changed(tls);
        let config = Arc::new(config(tls)?);
        Ok(Self { tls: tls.clone(), config, changed, looked: Instant::now(), language })
    }

    /// For the next connection.
    pub fn acceptor(&mut self) -> TlsAcceptor {
        if self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            let changed = changed(&self.tls);
            if changed != self.changed {
                self.changed = changed;
                self.renew();
            }
        }
        TlsAcceptor::from(self.config.clone())
    }

    fn renew(&mut self) {
        let language = self.language;
        match config(&self.tls) {
            Ok(config) => {
                self.config = Arc::new(config);
                let words = ("HTTP-API: neues Zertifikat", "HTTP API: new certificate");
                tracing::info!("{}", language.pick(words.0, words.1));
            }
            Err(why) => {
                let why = why.words(language);
                tracing::error!(
                    "{}",
                    language.pick(
                        format!("HTTP-API: {why}; das bisherige Zertifikat gilt weiter"),
                        format!("HTTP API: {why}; the former certificate goes on"),
                    )
                );
            }
        }
    }
}

fn changed(tls: &Tls) -> [Option<SystemTime>; 2] {
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

    #[test]
    fn a_renewed_certificate_is_taken_up_and_a_broken_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (tls, other) = (make(folder.path(), "a"), make(folder.path(), "b"));
        let mut renewed = Renewed::read(&tls, Language::En).unwrap();
        let later = |renewed: &mut Renewed, days: u64| {
            let changed = SystemTime::now() + Duration::from_secs(days * 86_400);
            let file = fs::File::options().append(true).open(&tls.certificate).unwrap();
            file.set_modified(changed).unwrap();
            renewed.looked = Instant::now().checked_sub(LOOK).unwrap();
            drop(renewed.acceptor());
        };
        let first = renewed.config.clone();
        drop(renewed.acceptor());
        assert!(Arc::ptr_eq(&renewed.config, &first), "nothing has changed");
        // The certificate is there already, its key is not yet.
        fs::copy(&other.certificate, &tls.certificate).unwrap();
        later(&mut renewed, 1);
        assert!(Arc::ptr_eq(&renewed.config, &first), "the former one goes on");
        fs::copy(&other.key, &tls.key).unwrap();
        later(&mut renewed, 2);
        assert!(!Arc::ptr_eq(&renewed.config, &first));
        fs::write(&tls.certificate, "none").unwrap();
        assert!(matches!(Renewed::read(&tls, Language::En), Err(Unusable::NoCertificate(_))));
        assert!(unusable(&tls, Language::En).unwrap().contains("no certificate in PEM format"));
    }
}
