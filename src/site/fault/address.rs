//! Faults of connections and devices: addresses, protocols, ports.

use crate::model::{Fault, Language};

#[derive(Debug, Clone)]
pub enum Address {
    BadAddress {
        text: String,
        example: &'static str,
    },
    BadMac {
        text: String,
    },
    /// A word that this type of connection does not have.
    NotForConnection {
        key: &'static str,
        kind: &'static str,
    },
    /// A word that a device on such a connection does not have.
    NotForDevice {
        key: &'static str,
        protocol: &'static str,
    },
    NoUnit {
        device: String,
    },
    UnitOnLine {
        unit: i64,
    },
    NetworkWithoutMac,
    NoWayToDevice {
        device: String,
    },
    Unfindable {
        device: String,
    },
    TemplateOfOther {
        template: String,
        protocol: &'static str,
        connection: String,
    },
    SameAddress {
        device: String,
        other: String,
    },
    SameLine {
        connection: String,
        other: String,
    },
}

impl Fault for Address {
    fn code(&self) -> &'static str {
        match self {
            Self::BadAddress { .. } | Self::BadMac { .. } | Self::NetworkWithoutMac => "address",
            Self::NotForConnection { .. } | Self::NotForDevice { .. } => "wrong-protocol",
            Self::NoUnit { .. } | Self::UnitOnLine { .. } => "unit",
            Self::NoWayToDevice { .. } | Self::Unfindable { .. } => "unfindable",
            Self::TemplateOfOther { .. } => "wrong-protocol",
            Self::SameAddress { .. } => "same-address",
            Self::SameLine { .. } => "same-line",
        }
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) =
            self.reason_of_connections().unwrap_or_else(|| self.reason_of_devices());
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        if let Self::BadAddress { example, .. } = self {
            let (german, english) =
                (format!("Zum Beispiel {example}"), format!("For example {example}"));
            return Some(language.pick(german, english));
        }
        let (german, english) = self.way_out()?;
        Some(language.pick(german, english).to_owned())
    }
}

impl Address {
    fn reason_of_connections(&self) -> Option<(String, String)> {
        Some(match self {
            Self::BadAddress { text, .. } => (
                format!("„{text}“ ist keine gültige Adresse."),
                format!("\"{text}\" is no valid address."),
            ),
            Self::NotForConnection { key, kind } => (
                format!("Eine Verbindung vom Typ {kind} hat kein „{key}“."),
                format!("A connection of type {kind} has no \"{key}\"."),
            ),
            Self::NotForDevice { key, protocol } => (
                format!("Ein Gerät an einer {protocol}-Verbindung hat kein „{key}“."),
                format!("A device on a {protocol} connection has no \"{key}\"."),
            ),
            Self::UnitOnLine { unit } => (
                format!("Die Modbus-Adresse {unit} gibt es auf einer seriellen Leitung nicht."),
                format!("A serial line has no Modbus address {unit}."),
            ),
            Self::TemplateOfOther { template, protocol, connection } => (
                format!(
                    "Die Vorlage „{template}“ spricht {protocol}, die Verbindung „{connection}“ nicht."
                ),
                format!(
                    "The template \"{template}\" speaks {protocol}, the connection \"{connection}\" does not."
                ),
            ),
            Self::SameLine { connection, other } => (
                format!(
                    "Die Verbindungen „{connection}“ und „{other}“ benutzen denselben Anschluss."
                ),
                format!("The connections \"{connection}\" and \"{other}\" use the same port."),
            ),
            _ => return None,
        })
    }

    fn reason_of_devices(&self) -> (String, String) {
        match self {
            Self::BadMac { text } => (
                format!("„{text}“ ist keine Geräteadresse (mac) eines BACnet-Netzes."),
                format!("\"{text}\" is no address (mac) on a BACnet network."),
            ),
            Self::NetworkWithoutMac => (
                "network und mac gehören zusammen; eins davon fehlt.".into(),
                "network and mac belong together; one of them is missing.".into(),
            ),
            Self::NoUnit { device } => (
                format!("Beim Gerät „{device}“ fehlt die Modbus-Adresse (unit)."),
                format!("The device \"{device}\" lacks its Modbus address (unit)."),
            ),
            Self::NoWayToDevice { device } => (
                format!("Beim Gerät „{device}“ fehlt, wie man es findet: instance oder address."),
                format!(
                    "The device \"{device}\" does not say how to find it: instance or address."
                ),
            ),
            Self::Unfindable { device } => (
                format!(
                    "Das Gerät „{device}“ ist nur über Rundruf zu finden, die Verbindung sendet aber keinen."
                ),
                format!(
                    "The device \"{device}\" can only be found by broadcast, but its connection sends none."
                ),
            ),
            Self::SameAddress { device, other } => (
                format!("Die Geräte „{device}“ und „{other}“ haben dieselbe Adresse."),
                format!("The devices \"{device}\" and \"{other}\" have the same address."),
            ),
            _ => (String::new(), String::new()),
        }
    }

    const fn way_out(&self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::BadMac { .. } => (
                "Eine Zahl von 0 bis 254 (MS/TP), sonst Bytes wie \"C0:A8:01:0A:BA:C0\"",
                "A number from 0 to 254 (MS/TP), else bytes such as \"C0:A8:01:0A:BA:C0\"",
            ),
            Self::NoUnit { .. } => {
                ("unit = 1 (an Gateways auch 255)", "unit = 1 (on gateways also 255)")
            }
            Self::UnitOnLine { .. } => ("Erlaubt sind 1 bis 247.", "1 to 247 are allowed."),
            Self::NoWayToDevice { .. } => (
                "Zum Beispiel instance = 1001 oder address = \"192.168.1.20:47808\"",
                "For example instance = 1001 or address = \"192.168.1.20:47808\"",
            ),
            Self::Unfindable { .. } => (
                "Beim Gerät address = … angeben oder bei der Verbindung broadcast = …",
                "Give the device address = … or the connection broadcast = …",
            ),
            Self::SameAddress { .. } => (
                "Bei einem der beiden unit, instance oder address ändern.",
                "Change unit, instance or address of one of them.",
            ),
            Self::TemplateOfOther { .. } => (
                "Eine andere Vorlage oder eine andere Verbindung nennen.",
                "Name another template or another connection.",
            ),
            Self::SameLine { .. } => (
                "Alle Geräte an eine der beiden Verbindungen hängen.",
                "Put all devices on one of the two connections.",
            ),
            Self::NotForConnection { .. } | Self::NotForDevice { .. } => {
                ("Die Angabe löschen.", "Delete it.")
            }
            Self::NetworkWithoutMac => {
                ("Zum Beispiel network = 5 und mac = 12", "For example network = 5 and mac = 12")
            }
            Self::BadAddress { .. } => return None,
        })
    }
}
