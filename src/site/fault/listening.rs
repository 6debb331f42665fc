//! Faults of the table `[web]`: where other programs pull figures.

use crate::model::{Fault, Language};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listening {
    BadAddress {
        text: String,
    },
    /// Figures and tokens in the open, on a network.
    InTheOpen {
        address: String,
    },
    NoKey,
    NoCertificate,
}

impl Fault for Listening {
    fn code(&self) -> &'static str {
        match self {
            Self::BadAddress { .. } => "bad-address",
            Self::InTheOpen { .. } => "unencrypted",
            Self::NoKey | Self::NoCertificate => "certificate",
        }
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::BadAddress { text } => (
                format!("„{text}“ ist keine Adresse aus Zahlen mit Port."),
                format!("\"{text}\" is no address in numbers with a port."),
            ),
            Self::InTheOpen { address } => (
                format!(
                    "Ohne Zertifikat bedient die API nur diesen Rechner, nicht {address}: Unterwegs läse jeder die Token mit."
                ),
                format!(
                    "Without a certificate the API serves this machine only, not {address}: anybody on the way would read the tokens."
                ),
            ),
            Self::NoKey => (
                "Zum Zertifikat fehlt der Schlüssel.".to_owned(),
                "The certificate lacks its key.".to_owned(),
            ),
            Self::NoCertificate => (
                "Zum Schlüssel fehlt das Zertifikat.".to_owned(),
                "The key lacks its certificate.".to_owned(),
            ),
        };
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::BadAddress { .. } => (
                "Zum Beispiel \"127.0.0.1:8443\" oder für alle Netze \"0.0.0.0:8443\"",
                "For example \"127.0.0.1:8443\" or for all networks \"0.0.0.0:8443\"",
            ),
            Self::InTheOpen { .. } => (
                "certificate = \"api.pem\" und key = \"api.key\" angeben, oder listen = \"127.0.0.1:8443\"",
                "Give certificate = \"api.pem\" and key = \"api.key\", or listen = \"127.0.0.1:8443\"",
            ),
            Self::NoKey => ("key = \"api.key\"", "key = \"api.key\""),
            Self::NoCertificate => ("certificate = \"api.pem\"", "certificate = \"api.pem\""),
        };
        Some(language.pick(german, english).to_owned())
    }
}
