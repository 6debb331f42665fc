//! What the doctor finds, how bad it is, and what to do about it.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::engine::picture::WebStatus;
use crate::model::{Language, system_words};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Fine,
    /// Works, and may hurt one day.
    Notice,
    Mend,
}

impl Verdict {
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Fine => "✓",
            Self::Notice => "!",
            Self::Mend => "✗",
        }
    }
}

#[derive(Debug, Clone)]
pub enum Finding {
    FilesHaveErrors(PathBuf),
    ClockBefore {
        now: Timestamp,
        built: Timestamp,
    },
    ClockIsSet(Timestamp),
    ClockNotSet(Timestamp),
    ClockUnknown(Timestamp),
    NoBattery,
    OtherZone {
        machine: String,
        own: String,
    },
    MayNotWrite {
        folder: PathBuf,
        account: String,
    },
    Unreadable(PathBuf, ErrorKind),
    DiskFull {
        folder: PathBuf,
        free: u64,
    },
    DiskScarce {
        folder: PathBuf,
        free: u64,
    },
    DiskHasRoom {
        folder: PathBuf,
        free: u64,
    },
    ReadOnlyDisk(PathBuf),
    DiskForgets(PathBuf),
    DiskIsElsewhere(PathBuf),
    NoSerialLine(String),
    NotSerial(String),
    SerialIsThere(String),
    MayNotOpen {
        line: String,
        account: String,
    },
    NameMayChange {
        line: String,
        lasting: Option<String>,
    },
    NotOurAddress {
        connection: String,
        address: Ipv4Addr,
    },
    PortIsFree {
        connection: String,
        address: SocketAddrV4,
    },
    PortInUse {
        connection: String,
        address: SocketAddrV4,
    },
    PortNotOurs {
        connection: String,
        address: SocketAddrV4,
        why: ErrorKind,
    },
    NoSuchHost {
        connection: String,
        place: String,
    },
    TakesConnections {
        connection: String,
        place: String,
    },
    NoConnection {
        connection: String,
        place: String,
        why: ErrorKind,
    },
    Runs,
    DoesNotRun,
    MayNotAsk,
    DoesNotAnswer,
    NotStartedAtBoot,
    /// The HTTP API of the running daemon.
    Listening(WebStatus),
}

impl Finding {
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::ClockIsSet(_)
            | Self::DiskHasRoom { .. }
            | Self::SerialIsThere(_)
            | Self::PortIsFree { .. }
            | Self::TakesConnections { .. }
            | Self::Runs
            | Self::Listening(WebStatus { why_not: None, .. }) => Verdict::Fine,
            Self::ClockNotSet(_)
            | Self::ClockUnknown(_)
            | Self::NoBattery
            | Self::OtherZone { .. }
            | Self::DiskScarce { .. }
            | Self::NameMayChange { .. }
            | Self::DoesNotRun
            | Self::MayNotAsk
            | Self::NotStartedAtBoot => Verdict::Notice,
            _ => Verdict::Mend,
        }
    }

    /// The part of the machine.
    pub const fn about(&self, language: Language) -> &'static str {
        let (german, english) = match self {
            Self::FilesHaveErrors(_) => ("Dateien", "files"),
            Self::ClockBefore { .. }
            | Self::ClockIsSet(_)
            | Self::ClockNotSet(_)
            | Self::ClockUnknown(_)
            | Self::NoBattery => ("Uhr", "clock"),
            Self::OtherZone { .. } => ("Zeitzone", "time zone"),
            Self::MayNotWrite { .. }
            | Self::Unreadable(..)
            | Self::DiskFull { .. }
            | Self::DiskScarce { .. }
            | Self::DiskHasRoom { .. }
            | Self::ReadOnlyDisk(_)
            | Self::DiskForgets(_)
            | Self::DiskIsElsewhere(_) => ("Datenordner", "data folder"),
            Self::NoSerialLine(_)
            | Self::NotSerial(_)
            | Self::SerialIsThere(_)
            | Self::MayNotOpen { .. }
            | Self::NameMayChange { .. } => ("Schnittstelle", "serial line"),
            Self::NotOurAddress { .. }
            | Self::PortIsFree { .. }
            | Self::PortInUse { .. }
            | Self::PortNotOurs { .. }
            | Self::NoSuchHost { .. }
            | Self::TakesConnections { .. }
            | Self::NoConnection { .. } => ("Netz", "network"),
            Self::Runs
            | Self::DoesNotRun
            | Self::MayNotAsk
            | Self::DoesNotAnswer
            | Self::NotStartedAtBoot => ("Dienst", "service"),
            Self::Listening(_) => ("HTTP-API", "HTTP API"),
        };
        match language {
            Language::De => german,
            Language::En => english,
        }
    }

    pub fn words(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::FilesHaveErrors(path) => (
                format!("{} oder ihre Regeln haben Fehler", path.display()),
                format!("{} or its rules have errors", path.display()),
            ),
            Self::ClockBefore { now, built } => (
                format!("die Uhr zeigt {}, das Programm ist vom {}", day(*now), day(*built)),
                format!("the clock shows {}, the program is of {}", day(*now), day(*built)),
            ),
            Self::ClockIsSet(now) => (
                format!("ein Zeitserver stellt sie; es ist {} UTC", minute(*now)),
                format!("a time server sets it; it is {} UTC", minute(*now)),
            ),
            Self::ClockNotSet(now) => (
                format!("kein Zeitserver stellt sie; sie zeigt {} UTC", minute(*now)),
                format!("no time server sets it; it shows {} UTC", minute(*now)),
            ),
            Self::ClockUnknown(now) => (
                format!("ob ein Zeitserver sie stellt, ist nicht zu erfahren; sie zeigt {} UTC", minute(*now)),
                format!("whether a time server sets it cannot be told; it shows {} UTC", minute(*now)),
            ),
            Self::NoBattery => (
                "keine Uhr mit Batterie: nach einem Stromausfall sind Zeitpläne unbekannt, bis ein Zeitserver antwortet".into(),
                "no clock with a battery: after a power cut schedules are unknown until a time server answers".into(),
            ),
            Self::OtherZone { machine, own } => (
                format!("der Rechner steht auf {machine}; Zeitpläne gelten in {own}, nur das Journal zeigt andere Zeiten"),
                format!("the machine is set to {machine}; schedules count in {own}, the journal alone shows other times"),
            ),
            Self::MayNotWrite { folder, account } => (
                format!("{account} darf in {} nicht schreiben", folder.display()),
                format!("{account} may not write in {}", folder.display()),
            ),
            Self::Unreadable(folder, why) => {
                let why = system_words(&io::Error::from(*why), language);
                (format!("{}: {why}", folder.display()), format!("{}: {why}", folder.display()))
            }
            Self::DiskFull { folder, free } | Self::DiskScarce { folder, free } => (
                format!("nur {} frei bei {}", size(*free), folder.display()),
                format!("only {} free at {}", size(*free), folder.display()),
            ),
            Self::DiskHasRoom { folder, free } => (
                format!("{} frei bei {}", size(*free), folder.display()),
                format!("{} free at {}", size(*free), folder.display()),
            ),
            Self::ReadOnlyDisk(folder) => (
                format!("{} liegt auf einem Datenträger, der nur gelesen werden kann", folder.display()),
                format!("{} lies on a disk that can only be read", folder.display()),
            ),
            Self::DiskForgets(folder) => (
                format!("{} liegt im Arbeitsspeicher und ist nach jedem Neustart leer", folder.display()),
                format!("{} lies in memory and is empty after each restart", folder.display()),
            ),
            Self::DiskIsElsewhere(folder) => (
                format!("{} liegt auf einem Netzlaufwerk: ohne Netz läuft nichts, und Stromausfälle überlebt dort nichts sicher", folder.display()),
                format!("{} lies on a network drive: nothing runs without the network, and nothing there surely survives a power cut", folder.display()),
            ),
            Self::NoSerialLine(line) => (format!("{line} gibt es nicht"), format!("there is no {line}")),
            Self::NotSerial(line) => (
                format!("{line} ist keine serielle Schnittstelle"),
                format!("{line} is no serial line"),
            ),
            Self::SerialIsThere(line) => (
                format!("{line} ist da und darf benutzt werden"),
                format!("{line} is there and may be used"),
            ),
            Self::MayNotOpen { line, account } => (
                format!("{account} darf {line} nicht öffnen"),
                format!("{account} may not open {line}"),
            ),
            Self::NameMayChange { line, .. } => (
                format!("{line} kann nach einem Neustart ein anderer Adapter sein"),
                format!("{line} may be another adapter after a restart"),
            ),
            Self::NotOurAddress { connection, address } => (
                format!("{connection}: {address} ist keine Adresse dieses Rechners"),
                format!("{connection}: {address} is no address of this machine"),
            ),
            Self::PortIsFree { connection, address } => (
                format!("{connection}: UDP {address} ist frei"),
                format!("{connection}: UDP {address} is free"),
            ),
            Self::PortInUse { connection, address } => (
                format!("{connection}: UDP {address} hat schon ein anderes Programm"),
                format!("{connection}: another program has UDP {address}"),
            ),
            Self::PortNotOurs { connection, address, why } => {
                let why = system_words(&io::Error::from(*why), language);
                (
                    format!("{connection}: UDP {address} lässt sich nicht öffnen: {why}"),
                    format!("{connection}: UDP {address} cannot be opened: {why}"),
                )
            }
            Self::NoSuchHost { connection, place } => (
                format!("{connection}: {place} hat keine Adresse"),
                format!("{connection}: {place} has no address"),
            ),
            Self::TakesConnections { connection, place } => (
                format!("{connection}: {place} nimmt Verbindungen an"),
                format!("{connection}: {place} takes connections"),
            ),
            Self::NoConnection { connection, place, why } => {
                let why = system_words(&io::Error::from(*why), language);
                (
                    format!("{connection}: {place} nimmt keine Verbindung an: {why}"),
                    format!("{connection}: {place} takes no connection: {why}"),
                )
            }
            Self::Runs => ("hauswart läuft".into(), "hauswart runs".into()),
            Self::DoesNotRun => ("hauswart läuft nicht".into(), "hauswart does not run".into()),
            Self::MayNotAsk => (
                "hauswart läuft, aber Sie dürfen es nicht fragen".into(),
                "hauswart runs, but you may not ask it".into(),
            ),
            Self::DoesNotAnswer => (
                "hauswart antwortet nicht".into(),
                "hauswart does not answer".into(),
            ),
            Self::NotStartedAtBoot => (
                "hauswart startet nicht von selbst mit dem Rechner".into(),
                "hauswart is not started with the machine".into(),
            ),
            Self::Listening(WebStatus { listen, why_not: None, tls }) => {
                let open = if *tls { "" } else { language.pick(", ohne TLS", ", without TLS") };
                (format!("erreichbar auf {listen}{open}"), format!("listens on {listen}{open}"))
            }
            Self::Listening(WebStatus { listen, why_not: Some(why), .. }) => (
                format!("auf {listen} nicht erreichbar: {why}"),
                format!("does not listen on {listen}: {why}"),
            ),
        };
        language.pick(german, english)
    }

    /// What to do; `None` where nothing needs to be.
    pub fn remedy(&self, language: Language) -> Option<String> {
        let (german, english): (String, String) = match self {
            Self::FilesHaveErrors(path) => {
                let command = format!("hauswart check {}", path.display());
                (command.clone(), command)
            }
            Self::ClockBefore { .. } | Self::ClockNotSet(_) => (
                "timedatectl set-ntp true (ohne Internet: NTP=Adresse des Routers in /etc/systemd/timesyncd.conf)".into(),
                "timedatectl set-ntp true (without internet: NTP=the router's address in /etc/systemd/timesyncd.conf)".into(),
            ),
            Self::NoBattery => (
                "einen Zeitserver im Haus nutzen, oder eine Uhr mit Batterie nachrüsten".into(),
                "use a time server in the house, or add a clock with a battery".into(),
            ),
            Self::OtherZone { own, .. } => {
                let command = format!("timedatectl set-timezone {own}");
                (command.clone(), command)
            }
            Self::MayNotWrite { folder, account } => {
                let command = format!("chown -R {account}: {}", folder.display());
                (command.clone(), command)
            }
            Self::DiskFull { .. } | Self::DiskScarce { .. } => (
                "Platz schaffen; die Aufzeichnung eines Jahres braucht bis zu 1 GiB".into(),
                "make room; a year's history takes up to 1 GiB".into(),
            ),
            Self::ReadOnlyDisk(_) => (
                "mount und dmesg zeigen, warum; nach einem Fehler den Datenträger prüfen (fsck) oder tauschen".into(),
                "mount and dmesg show why; after an error check the disk (fsck) or replace it".into(),
            ),
            Self::DiskForgets(_) | Self::DiskIsElsewhere(_) => (
                "data = \"/var/lib/hauswart\" in der Anlagendatei, auf einem Datenträger dieses Rechners".into(),
                "data = \"/var/lib/hauswart\" in the site file, on a disk of this machine".into(),
            ),
            Self::NoSerialLine(_) | Self::NotSerial(_) => (
                "Adapter einstecken; ls -l /dev/serial/by-id zeigt, welche da sind".into(),
                "plug in the adapter; ls -l /dev/serial/by-id shows which are there".into(),
            ),
            Self::MayNotOpen { account, .. } => {
                let command = format!("usermod -aG dialout {account}");
                (command.clone(), command)
            }
            Self::NameMayChange { lasting: Some(lasting), .. } => {
                let line = format!("address = \"{lasting}\"");
                (line.clone(), line)
            }
            Self::NameMayChange { lasting: None, .. } => (
                "einen Namen aus /dev/serial/by-id oder /dev/serial/by-path nehmen".into(),
                "take a name of /dev/serial/by-id or /dev/serial/by-path".into(),
            ),
            Self::NotOurAddress { .. } => (
                "ip -4 addr zeigt die Adressen; bind in der Anlagendatei anpassen".into(),
                "ip -4 addr shows the addresses; adapt bind in the site file".into(),
            ),
            Self::PortInUse { address, .. } => {
                let command = format!("ss -ulpn 'sport = {}'", address.port());
                (
                    format!("{command} zeigt, welches; beenden oder einen anderen Port nehmen"),
                    format!("{command} shows which; end it or take another port"),
                )
            }
            Self::NoSuchHost { .. } | Self::NoConnection { .. } => (
                "Kabel, Adresse und Port prüfen; ping zeigt, ob das Gerät da ist".into(),
                "check cable, address and port; ping shows whether the device is there".into(),
            ),
            Self::DoesNotRun => ("systemctl start hauswart".into(), "systemctl start hauswart".into()),
            Self::MayNotAsk => (
                "usermod -aG hauswart NAME, dann neu anmelden".into(),
                "usermod -aG hauswart NAME, then log in again".into(),
            ),
            Self::DoesNotAnswer => (
                "journalctl -u hauswart -n 50 zeigt, was es tut".into(),
                "journalctl -u hauswart -n 50 shows what it does".into(),
            ),
            Self::NotStartedAtBoot => {
                ("systemctl enable --now hauswart".into(), "systemctl enable --now hauswart".into())
            }
            _ => return None,
        };
        Some(language.pick(german, english))
    }
}

fn day(at: Timestamp) -> String {
    at.strftime("%d.%m.%Y").to_string()
}

fn minute(at: Timestamp) -> String {
    at.strftime("%d.%m.%Y %H:%M").to_string()
}

fn size(bytes: u64) -> String {
    match bytes {
        0..0x4000_0000 => format!("{} MiB", bytes >> 20),
        _ => format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30)),
    }
}
