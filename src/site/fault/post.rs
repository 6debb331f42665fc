//! Faults of the table `[alarms]`: who hears of alarms, and how.

use crate::model::{Fault, Language};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Post {
    BadMail {
        text: String,
    },
    BadServer {
        text: String,
    },
    BadUrl {
        text: String,
    },
    BadTime {
        text: String,
    },
    /// Mail to another machine that anybody on the way reads.
    Unencrypted {
        host: String,
    },
    /// A password in the site file.
    InTheOpen,
    /// A secret is in a file or is a credential.
    OneSecret,
    BadCredential {
        text: String,
    },
    NoPassword,
    NoUser,
    /// A recipient by mail, and no mail server.
    NoServer,
    /// A recipient has a mail address or a webhook.
    OneWay,
    TokenByMail,
    NoClass,
    NoDigestTime,
    /// A digest that nobody gets.
    NobodyReads,
    NobodyHears,
    /// Life signs more often than cycles.
    Hasty,
}

impl Fault for Post {
    fn code(&self) -> &'static str {
        match self {
            Self::BadMail { .. } => "bad-mail",
            Self::BadServer { .. } => "bad-address",
            Self::BadUrl { .. } => "bad-url",
            Self::BadTime { .. } => "bad-time",
            Self::Unencrypted { .. } => "unencrypted",
            Self::InTheOpen | Self::OneSecret | Self::BadCredential { .. } => "secret",
            Self::NoPassword | Self::NoUser => "login",
            Self::NoServer | Self::OneWay | Self::TokenByMail | Self::NoClass => "recipient",
            Self::NoDigestTime | Self::NobodyReads => "digest",
            Self::NobodyHears => "nobody-hears",
            Self::Hasty => "life-sign",
        }
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::BadMail { text } => (
                format!("„{text}“ ist keine E-Mail-Adresse."),
                format!("\"{text}\" is no e-mail address."),
            ),
            Self::BadServer { text } => {
                (format!("„{text}“ ist kein Mailserver."), format!("\"{text}\" is no mail server."))
            }
            Self::BadUrl { text } => (
                format!("„{text}“ ist keine Adresse, die mit http:// oder https:// beginnt."),
                format!("\"{text}\" is no address that begins with http:// or https://."),
            ),
            Self::BadTime { text } => {
                (format!("„{text}“ ist keine Uhrzeit."), format!("\"{text}\" is no time of day."))
            }
            Self::Unencrypted { host } => (
                format!("Ohne Verschlüsselung geht Post nur an diesen Rechner, nicht an {host}."),
                format!("Without encryption mail goes to this machine only, not to {host}."),
            ),
            Self::BadCredential { text } => (
                format!("„{text}“ kann kein Credential von systemd heißen."),
                format!("\"{text}\" cannot name a systemd credential."),
            ),
            _ => {
                let (german, english) = self.plain_reason();
                (german.to_owned(), english.to_owned())
            }
        };
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::BadMail { .. } => (
                "Zum Beispiel \"hausmeister@musterstadt.de\"",
                "For example \"hausmeister@musterstadt.de\"",
            ),
            Self::BadServer { .. } => (
                "Zum Beispiel \"smtp.musterstadt.de\" oder \"10.0.0.5:25\"",
                "For example \"smtp.musterstadt.de\" or \"10.0.0.5:25\"",
            ),
            Self::BadUrl { .. } => (
                "Zum Beispiel \"https://alarm.musterstadt.de/haken\"; Umlaute und Leerzeichen als %-Zeichen.",
                "For example \"https://alarm.musterstadt.de/hook\"; umlauts and blanks as %-signs.",
            ),
            Self::BadTime { .. } => ("Zum Beispiel \"07:00\"", "For example \"07:00\""),
            Self::Unencrypted { .. } => {
                ("encryption = \"starttls\" oder \"tls\"", "encryption = \"starttls\" or \"tls\"")
            }
            Self::InTheOpen | Self::OneSecret | Self::BadCredential { .. } | Self::NoPassword => (
                "{ credential = \"smtp\" } oder { file = \"/etc/hauswart/smtp\" }",
                "{ credential = \"smtp\" } or { file = \"/etc/hauswart/smtp\" }",
            ),
            Self::NoUser => {
                ("user = \"hauswart@musterstadt.de\"", "user = \"hauswart@musterstadt.de\"")
            }
            Self::NoServer => (
                "[alarms.mail] mit server und from anlegen.",
                "Add [alarms.mail] with server and from.",
            ),
            Self::OneWay => (
                "mail = \"hausmeister@musterstadt.de\" oder webhook = \"https://…\"",
                "mail = \"hausmeister@musterstadt.de\" or webhook = \"https://…\"",
            ),
            Self::TokenByMail => ("token löschen.", "Delete token."),
            Self::NoClass => {
                ("classes = [\"urgent\", \"fault\"]", "classes = [\"urgent\", \"fault\"]")
            }
            Self::NoDigestTime => {
                ("In [alarms]: digest = \"07:00\"", "In [alarms]: digest = \"07:00\"")
            }
            Self::NobodyReads => (
                "Bei mindestens einem Empfänger: digest = true",
                "At one recipient at least: digest = true",
            ),
            Self::NobodyHears => (
                "[[alarms.recipient]] mit mail oder webhook anlegen.",
                "Add [[alarms.recipient]] with mail or webhook.",
            ),
            Self::Hasty => (
                "every mindestens so lang wie cycle in [site]; üblich sind \"5 min\".",
                "every at least as long as cycle in [site]; \"5 min\" is usual.",
            ),
        };
        Some(language.pick(german, english).to_owned())
    }
}

impl Post {
    const fn plain_reason(&self) -> (&'static str, &'static str) {
        match self {
            Self::InTheOpen => (
                "Geheimes steht nicht in der Anlagendatei: Die lesen viele.",
                "Secrets do not stand in the site file: many read it.",
            ),
            Self::OneSecret => (
                "Geheimes steht entweder in einer Datei oder in einem Credential von systemd.",
                "A secret is either in a file or a systemd credential.",
            ),
            Self::NoPassword => ("Zum Benutzer fehlt das Passwort.", "The user lacks a password."),
            Self::NoUser => ("Zum Passwort fehlt der Benutzer.", "The password lacks a user."),
            Self::NoServer => {
                ("Für E-Mail fehlt der Mailserver.", "There is no mail server for e-mail.")
            }
            Self::OneWay => (
                "Ein Empfänger hat entweder eine E-Mail-Adresse oder einen Webhook.",
                "A recipient has either an e-mail address or a webhook.",
            ),
            Self::TokenByMail => ("E-Mail kennt kein „token“.", "E-mail has no \"token\"."),
            Self::NoClass => {
                ("Dieser Empfänger bekäme keine Alarme.", "This recipient would get no alarms.")
            }
            Self::NoDigestTime => (
                "Für den Tagesbericht fehlt die Uhrzeit.",
                "There is no time for the daily digest.",
            ),
            Self::NobodyReads => {
                ("Den Tagesbericht bekommt niemand.", "Nobody gets the daily digest.")
            }
            Self::NobodyHears => ("Von Alarmen erfährt niemand.", "Nobody hears of alarms."),
            Self::Hasty => (
                "Lebenszeichen kommen nicht öfter, als die Regeln ausgewertet werden.",
                "Life signs come no more often than the rules are evaluated.",
            ),
            _ => ("", ""),
        }
    }
}
