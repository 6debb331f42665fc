//! Faults of meaning: what contradicts itself, or is not safe.

use crate::model::{Fault, Language};

#[derive(Debug, Clone)]
pub enum Meaning {
    NotForBacnet {
        key: &'static str,
    },
    NotForModbus {
        key: &'static str,
    },
    OnlyForStates {
        key: &'static str,
    },
    NotForStates {
        key: &'static str,
    },
    UnitAndStates {
        point: String,
    },
    NoStates,
    StateTwice {
        state: String,
    },
    OneCodeForWriting,
    /// A difference below zero.
    Negative {
        key: &'static str,
    },
    /// The highest is not above the lowest.
    Reversed {
        key: &'static str,
        low: String,
        high: String,
    },
    NotCommandable {
        key: &'static str,
        point: String,
    },
    UnknownRelease {
        word: String,
    },
    NoRelease {
        point: String,
    },
    RestoreUnread {
        point: String,
    },
    SlotAndRelease,
    Slot {
        slot: i64,
    },
    StateNotWritten {
        point: String,
        state: String,
    },
    ActionNotWritable {
        point: String,
    },
    DoesNotFit {
        value: String,
    },
    WiderThanDevice {
        low: String,
        high: String,
    },
    MoreOftenThanDevice {
        least: String,
    },
    OutsideLimits {
        key: &'static str,
        value: String,
        low: String,
        high: String,
    },
    FloorAboveCeiling {
        floor: String,
        ceiling: String,
    },
    HeartbeatNotSwitch {
        point: String,
    },
    HeartbeatTwice {
        point: String,
        other: String,
    },
    /// A warning: it comes with the cycles only.
    HeartbeatBelowCycle {
        every: String,
        cycle: String,
    },
    /// Letting go writes what the site's floor or ceiling forbids.
    ReleaseBeyond {
        key: &'static str,
        value: String,
        bound: String,
    },
    /// Refreshed so often, the register is worn out after so many days.
    RefreshWears {
        days: u64,
        endures: u32,
    },
    /// A warning.
    GraceBelowPoll {
        point: String,
        poll: String,
        grace: String,
    },
    ByHandNumber {
        point: String,
    },
}

impl Fault for Meaning {
    fn code(&self) -> &'static str {
        match self {
            Self::NotForBacnet { .. } | Self::NotForModbus { .. } => "wrong-protocol",
            Self::NotForStates { .. } | Self::OnlyForStates { .. } | Self::UnitAndStates { .. } => {
                "states-or-number"
            }
            Self::NoStates | Self::StateTwice { .. } => "states",
            Self::OneCodeForWriting => "write-states",
            Self::Reversed { .. } => "reversed",
            Self::Negative { .. } => "negative",
            Self::NotCommandable { .. } => "not-commandable",
            Self::UnknownRelease { .. } | Self::NoRelease { .. } | Self::RestoreUnread { .. } => {
                "release"
            }
            Self::SlotAndRelease | Self::Slot { .. } => "slot",
            Self::StateNotWritten { .. } => "state-not-written",
            Self::ActionNotWritable { .. } => "action",
            Self::DoesNotFit { .. } => "does-not-fit",
            Self::WiderThanDevice { .. } | Self::MoreOftenThanDevice { .. } => "beyond-device",
            Self::OutsideLimits { .. } => "outside-limits",
            Self::FloorAboveCeiling { .. } => "floor-above-ceiling",
            Self::ReleaseBeyond { .. } => "release-beyond",
            Self::HeartbeatNotSwitch { .. }
            | Self::HeartbeatTwice { .. }
            | Self::HeartbeatBelowCycle { .. } => "heartbeat",
            Self::RefreshWears { .. } => "wears-out",
            Self::GraceBelowPoll { .. } => "grace-below-poll",
            Self::ByHandNumber { .. } => "by-hand",
        }
    }

    fn reason(&self, language: Language) -> String {
        self.reason_of_kinds(language)
            .or_else(|| self.reason_of_commands(language))
            .or_else(|| self.reason_of_rights(language))
            .unwrap_or_else(|| self.reason_of_values(language))
    }

    fn help(&self, language: Language) -> Option<String> {
        let (german, english) = self.way_out()?;
        Some(language.pick(german, english))
    }
}

impl Meaning {
    fn reason_of_kinds(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::NotForBacnet { key } => (
                format!("„{key}“ gibt es nur bei Modbus; dieses Gerät spricht BACnet."),
                format!("\"{key}\" exists for Modbus only; this device speaks BACnet."),
            ),
            Self::NotForModbus { key } => (
                format!("„{key}“ gibt es nur bei BACnet; dieses Gerät spricht Modbus."),
                format!("\"{key}\" exists for BACnet only; this device speaks Modbus."),
            ),
            Self::OnlyForStates { key } => (
                format!("„{key}“ gibt es nur bei Punkten mit Zuständen."),
                format!("\"{key}\" is only for points with states."),
            ),
            Self::NotForStates { key } => (
                format!("„{key}“ passt nur zu Zahlen; dieser Punkt hat Zustände."),
                format!("\"{key}\" fits numbers only; this point has states."),
            ),
            Self::UnitAndStates { point } => (
                format!(
                    "Der Punkt „{point}“ hat eine Einheit und Zustände; nur eins von beiden geht."
                ),
                format!("The point \"{point}\" has a unit and states; only one of them can be."),
            ),
            Self::NoStates => {
                ("Hier ist kein Zustand angegeben.".into(), "No state is given here.".into())
            }
            Self::StateTwice { state } => (
                format!("Der Zustand „{state}“ steht hier zweimal."),
                format!("The state \"{state}\" is here twice."),
            ),
            Self::OneCodeForWriting => (
                "Zum Schreiben braucht jeder Zustand genau einen Wert.".into(),
                "For writing each state needs exactly one code.".into(),
            ),
            Self::ByHandNumber { point } => (
                format!(
                    "Der Punkt „{point}“ hat keine Zustände, kann also nicht „von Hand“ bedeuten."
                ),
                format!("The point \"{point}\" has no states and so cannot mean \"by hand\"."),
            ),
            _ => return None,
        };
        Some(language.pick(german, english))
    }

    fn reason_of_commands(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::NotCommandable { key, point } => (
                format!("„{key}“ hat keinen Sinn: Der Punkt „{point}“ wird nur gelesen."),
                format!("\"{key}\" means nothing: the point \"{point}\" is read only."),
            ),
            Self::UnknownRelease { word } => (
                format!("„{word}“ ist keine Art, einen Punkt freizugeben."),
                format!("\"{word}\" is no way to let a point go."),
            ),
            Self::NoRelease { point } => (
                format!("Der Punkt „{point}“ sagt nicht, wie er freigegeben wird."),
                format!("The point \"{point}\" does not say how it is let go."),
            ),
            Self::RestoreUnread { point } => (
                format!(
                    "Der Punkt „{point}“ kann nicht gelesen werden; was vorher dort stand, weiß also niemand."
                ),
                format!(
                    "The point \"{point}\" cannot be read, so nobody knows what stood there before."
                ),
            ),
            Self::HeartbeatNotSwitch { point } => (
                format!(
                    "Ein Lebenszeichen wechselt zwischen zwei Zuständen; „{point}“ hat andere."
                ),
                format!("A heartbeat toggles between two states; \"{point}\" has others."),
            ),
            Self::HeartbeatTwice { point, other } => (
                format!("Das Gerät hat zwei Lebenszeichen: „{other}“ und „{point}“."),
                format!("The device has two heartbeats: \"{other}\" and \"{point}\"."),
            ),
            Self::HeartbeatBelowCycle { every, cycle } => (
                format!(
                    "Das Lebenszeichen soll alle {every} wechseln, Zyklen gibt es aber nur alle {cycle}."
                ),
                format!(
                    "The heartbeat shall toggle every {every}, but cycles come every {cycle} only."
                ),
            ),
            _ => return None,
        };
        Some(language.pick(german, english))
    }

    fn reason_of_rights(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::SlotAndRelease => (
                "Ein Punkt wird entweder über slot oder über release freigegeben.".into(),
                "A point is let go either by slot or by release.".into(),
            ),
            Self::Slot { slot } if !(1..=16).contains(slot) => (
                format!("Einen Platz {slot} hat die Prioritätenliste nicht."),
                format!("The priority array has no slot {slot}."),
            ),
            Self::Slot { slot } => (
                format!(
                    "Der Platz {slot} der Prioritätenliste gehört den Menschen und Schutzfunktionen am Regler."
                ),
                format!(
                    "Slot {slot} of the priority array belongs to the people and protections at the controller."
                ),
            ),
            Self::StateNotWritten { point, state } => (
                format!(
                    "Den Zustand „{state}“ des Punkts „{point}“ kann man nur lesen, nicht schreiben."
                ),
                format!(
                    "The state \"{state}\" of the point \"{point}\" can only be read, not written."
                ),
            ),
            Self::ActionNotWritable { point } => (
                format!(
                    "Auf den Punkt „{point}“ kann nicht geschrieben werden, also auch nicht zum Freigeben."
                ),
                format!(
                    "The point \"{point}\" cannot be written, so it cannot hand anything back."
                ),
            ),
            Self::WiderThanDevice { low, high } => (
                format!("Die Grenzen gehen über die des Geräts hinaus ({low} bis {high})."),
                format!("The limits go beyond the device's own ({low} to {high})."),
            ),
            Self::MoreOftenThanDevice { least } => (
                format!("Das Gerät verträgt höchstens einen Schreibvorgang alle {least}."),
                format!("The device bears at most one write in {least}."),
            ),
            Self::RefreshWears { days, endures } => (
                format!(
                    "So oft aufgefrischt, ist das Register nach {days} Tagen verbraucht: Es verträgt {endures} Schreibvorgänge."
                ),
                format!(
                    "Refreshed so often, the register is worn out after {days} days: it endures {endures} writes."
                ),
            ),
            _ => return None,
        };
        Some(language.pick(german, english))
    }

    fn reason_of_values(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::Reversed { key, low, high } => (
                format!(
                    "Bei „{key}“ ist der erste Wert ({low}) nicht kleiner als der zweite ({high})."
                ),
                format!("At \"{key}\" the first value ({low}) is not below the second ({high})."),
            ),
            Self::Negative { key } => (
                format!("„{key}“ darf nicht negativ sein."),
                format!("\"{key}\" must not be negative."),
            ),
            Self::DoesNotFit { value } => (
                format!("{value} passt nicht in das Register dieses Punkts."),
                format!("{value} does not fit into this point's register."),
            ),
            Self::OutsideLimits { key, value, low, high } => (
                format!(
                    "„{key}“ liegt mit {value} außerhalb der Grenzen des Punkts ({low} bis {high})."
                ),
                format!("\"{key}\" is {value}, outside the point's limits ({low} to {high})."),
            ),
            Self::GraceBelowPoll { point, poll, grace } => (
                format!(
                    "Regeln warten {grace} auf einen Wert, „{point}“ wird aber nur alle {poll} gelesen."
                ),
                format!(
                    "Rules wait {grace} for a value, but \"{point}\" is read every {poll} only."
                ),
            ),
            Self::FloorAboveCeiling { floor, ceiling } => (
                format!("Die Untergrenze ({floor}) liegt über der Obergrenze ({ceiling})."),
                format!("The floor ({floor}) is above the ceiling ({ceiling})."),
            ),
            Self::ReleaseBeyond { key, value, bound } => (
                format!("Freigeben stellt {value} und verletzt damit {key} = {bound}."),
                format!("Letting go sets {value} and so breaks {key} = {bound}."),
            ),
            _ => (String::new(), String::new()),
        };
        language.pick(german, english)
    }

    fn way_out(&self) -> Option<(String, String)> {
        let (german, english) = match self {
            Self::UnitAndStates { .. } => {
                ("unit löschen oder states löschen.", "Delete unit or delete states.")
            }
            Self::NoStates => (
                "Zum Beispiel states = [\"off\", \"on\"]",
                "For example states = [\"off\", \"on\"]",
            ),
            Self::OneCodeForWriting => (
                "Zum Beispiel write_states = { standby = 2, day = 4 }",
                "For example write_states = { standby = 2, day = 4 }",
            ),
            Self::FloorAboveCeiling { .. } => {
                ("floor muss kleiner sein als ceiling.", "floor must be below ceiling.")
            }
            Self::GraceBelowPoll { .. } => {
                ("grace verlängern oder poll verkürzen.", "Make grace longer or poll shorter.")
            }
            Self::HeartbeatNotSwitch { .. } => (
                "Zum Beispiel object = \"binary-value 1\", ein Coil, oder states = [\"off\", \"on\"].",
                "For example object = \"binary-value 1\", a coil, or states = [\"off\", \"on\"].",
            ),
            Self::HeartbeatTwice { .. } => ("Eines davon löschen.", "Delete one of them."),
            Self::HeartbeatBelowCycle { .. } => (
                "heartbeat verlängern oder in [site] cycle verkürzen; das Programm der Anlage muss länger warten.",
                "Make heartbeat longer or cycle in [site] shorter; the plant's program must wait longer.",
            ),
            Self::ReleaseBeyond { .. } => (
                "Einen Wert dazwischen nehmen, oder release = \"restore\".",
                "Take a value between them, or release = \"restore\".",
            ),
            Self::OutsideLimits { .. } => {
                ("Einen Wert innerhalb der Grenzen nehmen.", "Take a value within the limits.")
            }
            Self::NotForBacnet { .. }
            | Self::NotForModbus { .. }
            | Self::NotForStates { .. }
            | Self::OnlyForStates { .. } => ("Die Angabe löschen.", "Delete it."),
            Self::Reversed { .. } => ("Die beiden Werte tauschen.", "Swap the two values."),
            Self::NotCommandable { .. } => (
                "Soll der Punkt gestellt werden: commandable = true",
                "If the point is to be commanded: commandable = true",
            ),
            Self::UnknownRelease { .. } | Self::NoRelease { .. } | Self::RestoreUnread { .. } => (
                "release = \"restore\" (was vorher dort stand), release = { value = \"50 °C\" } oder release = { action = \"Ebene\", value = \"autonomous\" }",
                "release = \"restore\" (what stood there before), release = { value = \"50 °C\" } or release = { action = \"Ebene\", value = \"autonomous\" }",
            ),
            Self::SlotAndRelease => ("Eins von beiden löschen.", "Delete one of them."),
            Self::Slot { .. } => (
                "Erlaubt sind 9 bis 16; üblich ist slot = 13",
                "9 to 16 are allowed; slot = 13 is usual",
            ),
            Self::WiderThanDevice { .. } => (
                "Engere Grenzen sind erlaubt. Verträgt das Gerät mehr, gehört das in eine eigene Vorlage.",
                "Narrower limits are allowed. If the device bears more, write a template of your own.",
            ),
            Self::MoreOftenThanDevice { .. } => (
                "Öfter geschriebene Register nutzen sich ab: Die Angabe weglassen.",
                "Registers wear out when written more often: leave this out.",
            ),
            Self::RefreshWears { .. } => (
                "Ein flüchtiges Register nehmen oder keep_alive weglassen; flüchtig ist es ohne endures.",
                "Take a register that does not wear, or leave keep_alive out; one without endures does not wear.",
            ),
            Self::DoesNotFit { .. } => {
                ("scale, type und limits prüfen.", "Look at scale, type and limits.")
            }
            _ => return None,
        };
        Some((german.to_owned(), english.to_owned()))
    }
}
