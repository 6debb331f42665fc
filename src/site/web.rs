//! Where other programs pull figures over the network: the table `[web]`, read and
//! checked. Without it nothing listens. Whether certificate and key can be read, is
//! seen by whoever listens: they are renewed while the daemon runs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::fault::Listening;
use super::place::{At, Faults, Place, or};
use super::section::Section;

/// A port that needs no rights, on this machine alone.
const USUAL: &str = "127.0.0.1:8443";
/// Requests of a client in a minute: a page each half second.
const RATE: i64 = 120;

/// The HTTP API over TCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebApi {
    pub listen: SocketAddr,
    /// `None`: in the open, and `listen` is a loopback address.
    pub tls: Option<Tls>,
    /// Requests that one token may make in a minute, 1–100000.
    pub rate: u32,
}

/// PEM files, absolute: the certificate with what stands above it, and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Debug)]
pub(super) struct RawWeb {
    place: Place,
    listen: Option<At<String>>,
    certificate: Option<At<String>>,
    key: Option<At<String>>,
    rate: Option<At<i64>>,
}

/// Reads the table.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> RawWeb {
    let raw = RawWeb {
        place: section.place.clone(),
        listen: section.text("listen", faults),
        certificate: section.text("certificate", faults),
        key: section.text("key", faults),
        rate: section.integer("rate", 1, 100_000, faults),
    };
    section.finish(faults);
    raw
}

/// Checks it; `None` if it has a fault.
pub(super) fn build(raw: &RawWeb, base: &Path, faults: &mut Faults) -> Option<WebApi> {
    let text = or(raw.listen.as_ref(), USUAL.to_owned());
    let place = raw.listen.as_ref().map_or(&raw.place, |at| &at.place);
    let listen: Option<SocketAddr> = text.trim().parse().ok();
    let listen = listen.filter(|address| address.port() > 0);
    if listen.is_none() {
        faults.error(place, Listening::BadAddress { text: text.clone() });
    }
    let tls = match (&raw.certificate, &raw.key) {
        (Some(certificate), Some(key)) => {
            Some(Tls { certificate: base.join(&certificate.value), key: base.join(&key.value) })
        }
        (Some(at), None) => {
            faults.error(&at.place, Listening::NoKey);
            return None;
        }
        (None, Some(at)) => {
            faults.error(&at.place, Listening::NoCertificate);
            return None;
        }
        (None, None) => None,
    };
    let listen = listen?;
    if tls.is_none() && !listen.ip().to_canonical().is_loopback() {
        faults.error(place, Listening::InTheOpen { address: text });
        return None;
    }
    let rate = u32::try_from(or(raw.rate.as_ref(), RATE)).ok()?;
    Some(WebApi { listen, tls, rate })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::model::diagnostic::Source;
    use crate::site::{Site, load};

    fn site(web: &str) -> Option<Site> {
        let text =
            format!("format = 1\n[site]\nname = \"Test\"\n[[building]]\nname = \"Schule\"\n{web}");
        load(&Source { file: "site.toml".into(), text: text.into() }, Path::new("/anlage"), &[])
            .site
    }

    #[test]
    fn nothing_listens_unless_the_table_is_there() {
        assert_eq!(site("").unwrap().web, None);
        let web = site("[web]\n").unwrap().web.unwrap();
        assert_eq!(web.listen.to_string(), "127.0.0.1:8443");
        assert_eq!((web.tls, web.rate), (None, 120));
    }

    #[test]
    fn in_the_open_only_this_machine_is_served() {
        let tls = "certificate = \"a.pem\"\nkey = \"/etc/a.key\"\n";
        for (listen, open, closed) in [
            ("127.0.0.1:80", true, true),
            ("[::1]:80", true, true),
            ("[::ffff:127.0.0.1]:80", true, true),
            ("0.0.0.0:80", false, true),
            ("[::]:80", false, true),
            ("10.0.0.5:8443", false, true),
            ("127.0.0.1:0", false, false),
            ("localhost:80", false, false),
            ("127.0.0.1", false, false),
        ] {
            let of = |more: &str| site(&format!("[web]\nlisten = \"{listen}\"\n{more}"));
            assert_eq!((of("").is_some(), of(tls).is_some()), (open, closed), "{listen}");
        }
        let tls = site(&format!("[web]\n{tls}")).unwrap().web.unwrap().tls.unwrap();
        assert_eq!(tls.certificate, Path::new("/anlage/a.pem"), "beside the site file");
        assert_eq!(tls.key, Path::new("/etc/a.key"));
    }
}
