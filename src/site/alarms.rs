//! Who hears of alarms, and how: the table `[alarms]`. Passwords stand in files
//! or systemd credentials, never in the site file.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Time;

use super::NamedSchedule;
use super::addresses;
use super::fault::Post;
use super::place::{At, Faults, Place, or};
use super::raw_alarms::{RawAlarms, RawMail, RawRecipient, RawSecret};
use crate::model::AlarmClass;
use crate::model::unit::duration;

/// Who hears of alarms, and how.
#[derive(Debug, Clone)]
pub struct Alarms {
    /// Where mail is handed in.
    pub mail: Option<MailServer>,
    pub recipients: Vec<Recipient>,
    /// Alarms within this time go out as one message.
    pub gather: Duration,
    /// When the daily digest goes out, on the site's clock.
    pub digest: Option<Time>,
    pub life_sign: Option<LifeSign>,
}

impl Default for Alarms {
    fn default() -> Self {
        let gather = Duration::from_secs(30);
        Self { mail: None, recipients: Vec::new(), gather, digest: None, life_sign: None }
    }
}

/// A server that takes mail from us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    /// Our own address.
    pub from: String,
    pub login: Option<(String, Secret)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// From the first byte (port 465).
    Tls,
    /// After a greeting, and not without (port 587).
    #[default]
    Starttls,
    /// To this machine only (port 25).
    None,
}

impl Encryption {
    const fn port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::Starttls => 587,
            Self::None => 25,
        }
    }
}

/// Where a password is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// Absolute.
    File(PathBuf),
    /// The name of a systemd credential (`LoadCredential=`).
    Credential(String),
}

/// A recipient's address for journal and alarms: of a web address the host
/// alone, for whoever knows the rest may post there.
#[must_use]
pub fn shown(label: &str) -> String {
    let Some((scheme, rest)) = label.split_once("://") else { return label.to_owned() };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let more = if host.len() < rest.len() { "/…" } else { "" };
    format!("{scheme}://{host}{more}")
}

/// Somebody, or some program, that hears of alarms.
#[derive(Debug, Clone)]
pub struct Recipient {
    pub to: Destination,
    /// Never empty.
    pub classes: Vec<AlarmClass>,
    /// Alarms come only while it is on; unknown counts as on.
    pub on_call: Option<NamedSchedule>,
    /// Gets the daily digest.
    pub digest: bool,
}

impl Recipient {
    /// The address: by it, letters in the store find their recipient.
    #[must_use]
    pub fn label(&self) -> &str {
        match &self.to {
            Destination::Mail(address) => address,
            Destination::Webhook { url, .. } => url,
        }
    }

    #[must_use]
    pub const fn by_mail(&self) -> bool {
        matches!(self.to, Destination::Mail(_))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    Mail(String),
    /// JSON is posted there; the token goes along as a bearer's.
    Webhook {
        url: String,
        token: Option<Secret>,
    },
}

/// An address that wants to hear from us now and then, and tells somebody if it
/// does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifeSign {
    pub url: String,
    pub every: Duration,
}

/// From the raw table to the validated one; `cycle` is the site's.
pub(super) fn build(raw: &RawAlarms, base: &Path, cycle: Duration, faults: &mut Faults) -> Alarms {
    let mail = raw.mail.as_ref().and_then(|raw| mail(raw, base, faults));
    let recipients = raw.recipients.iter();
    let recipients: Vec<Recipient> =
        recipients.filter_map(|it| recipient(it, raw.mail.is_some(), base, faults)).collect();
    let usual = Alarms::default();
    let digest = raw.digest.as_ref().and_then(|at| time(at, faults));
    check_digest(raw, faults);
    if raw.recipients.is_empty() && raw.life_sign.is_none() {
        faults.warning(&raw.place, Post::NobodyHears);
    }
    Alarms {
        mail,
        recipients,
        gather: raw.gather.as_ref().and_then(|at| duration(at.value)).unwrap_or(usual.gather),
        digest,
        life_sign: raw.life_sign.as_ref().and_then(|raw| {
            let url = url(raw.url.as_ref()?, faults)?;
            let every = duration(or(raw.every.as_ref(), 300.0)).unwrap_or_default();
            if every < cycle {
                faults.error(raw.every.as_ref().map_or(&raw.place, |at| &at.place), Post::Hasty);
            }
            Some(LifeSign { url, every })
        }),
    }
}

/// A digest needs a time and somebody who reads it.
fn check_digest(raw: &RawAlarms, faults: &mut Faults) {
    let readers = || raw.recipients.iter().filter_map(|it| it.digest.as_ref());
    let reader = readers().find(|at| at.value);
    match (&raw.digest, reader) {
        (None, Some(reader)) => faults.error(&reader.place, Post::NoDigestTime),
        (Some(at), None) => faults.warning(&at.place, Post::NobodyReads),
        _ => {}
    }
}

fn mail(raw: &RawMail, base: &Path, faults: &mut Faults) -> Option<MailServer> {
    let encryption: Encryption = or(raw.encryption.as_ref(), Encryption::default());
    let server = raw.server.as_ref().and_then(|at| {
        let found = addresses::host_port(&at.value, Some(encryption.port()));
        if found.is_none() {
            faults.error(&at.place, Post::BadServer { text: at.value.clone() });
        }
        found
    });
    if let (Some((host, _)), Some(at)) = (&server, &raw.encryption)
        && encryption == Encryption::None
        && !is_own(host)
    {
        faults.error(&at.place, Post::Unencrypted { host: host.clone() });
    }
    let from = raw.from.as_ref().and_then(|at| address(at, faults));
    let password = raw.password.as_ref().map(|raw| secret(raw, base, faults));
    let login = match (&raw.user, password) {
        (Some(user), Some(password)) => Some((user.value.clone(), password?)),
        (Some(user), None) => {
            faults.error(&user.place, Post::NoPassword);
            None
        }
        (None, Some(_)) => {
            let place = raw.password.as_ref().map_or(&raw.place, |raw| &raw.place);
            faults.error(place, Post::NoUser);
            None
        }
        (None, None) => None,
    };
    let (host, port) = server?;
    Some(MailServer { host, port, encryption, from: from?, login })
}

fn recipient(
    raw: &RawRecipient,
    has_server: bool,
    base: &Path,
    faults: &mut Faults,
) -> Option<Recipient> {
    let to = match (&raw.mail, &raw.webhook) {
        (Some(at), None) => {
            if !has_server {
                faults.error(&at.place, Post::NoServer);
            }
            if let Some(token) = &raw.token {
                faults.error(&token.place, Post::TokenByMail);
            }
            address(at, faults).map(Destination::Mail)
        }
        (None, Some(at)) => {
            let token = raw.token.as_ref().map(|raw| secret(raw, base, faults));
            let url = url(at, faults);
            url.map(|url| Destination::Webhook { url, token: token.flatten() })
        }
        _ => {
            faults.error(&raw.place, Post::OneWay);
            None
        }
    };
    let usual = || vec![AlarmClass::Urgent, AlarmClass::Fault];
    let classes = raw
        .classes
        .as_ref()
        .map_or_else(usual, |classes| classes.value.iter().map(|class| class.value).collect());
    if let Some(at) = raw.classes.as_ref().filter(|at| at.value.is_empty()) {
        faults.error(&at.place, Post::NoClass);
    }
    Some(Recipient {
        to: to?,
        classes,
        on_call: raw.on_call.as_ref().map(NamedSchedule::at),
        digest: or(raw.digest.as_ref(), false),
    })
}

/// What has an account, a host, and nothing that could end a header.
pub(super) fn address(at: &At<String>, faults: &mut Faults) -> Option<String> {
    let text = at.value.trim();
    let is_word = |part: &str| {
        !part.is_empty()
            && !part.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;@\"".contains(c))
    };
    let good =
        text.rsplit_once('@').is_some_and(|(account, host)| is_word(account) && is_word(host));
    if !good {
        faults.error(&at.place, Post::BadMail { text: at.value.clone() });
    }
    good.then(|| text.to_owned())
}

/// `http://` or `https://` with a host.
fn url(at: &At<String>, faults: &mut Faults) -> Option<String> {
    let text = at.value.trim();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let good = rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        addresses::host_port(host, Some(80)).is_some()
            && text.chars().all(|c| c.is_ascii_graphic() && !"<>\"{}|\\^`".contains(c))
    });
    if !good {
        faults.error(&at.place, Post::BadUrl { text: at.value.clone() });
    }
    good.then(|| text.to_owned())
}

fn time(at: &At<String>, faults: &mut Faults) -> Option<Time> {
    let time = Time::strptime("%H:%M", at.value.trim());
    if time.is_err() {
        faults.error(&at.place, Post::BadTime { text: at.value.clone() });
    }
    time.ok()
}

fn secret(raw: &RawSecret, base: &Path, faults: &mut Faults) -> Option<Secret> {
    match (&raw.file, &raw.credential) {
        _ if raw.in_the_open => {
            faults.error(&raw.place, Post::InTheOpen);
            None
        }
        (Some(file), None) => Some(Secret::File(base.join(&file.value))),
        (None, Some(name)) if name.value.is_empty() || name.value.contains('/') => {
            faults.error(&name.place, Post::BadCredential { text: name.value.clone() });
            None
        }
        (None, Some(name)) => Some(Secret::Credential(name.value.clone())),
        _ => {
            faults.error(&raw.place, Post::OneSecret);
            None
        }
    }
}

/// Whether a host is this machine.
fn is_own(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl NamedSchedule {
    fn at(at: &At<String>) -> Self {
        let Place { file, span } = at.place.clone();
        Self { schedule: at.value.clone(), file, span }
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn of_a_web_address_only_the_host_is_told() {
        assert_eq!(shown("https://hooks.example.org/T0/B0/secret"), "https://hooks.example.org/…");
        assert_eq!(shown("http://127.0.0.1:8080?key=secret"), "http://127.0.0.1:8080/…");
        assert_eq!(shown("https://example.org"), "https://example.org");
        assert_eq!(shown("anna@musterstadt.de"), "anna@musterstadt.de");
    }
}
