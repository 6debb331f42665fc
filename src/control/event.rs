//! What the writer tells about the points it commands: typed, rendered last,
//! in German and English. The engine turns the alarms among them into alarms,
//! the rest into the journal and the history.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::action::Commanded;
use crate::model::priority::usual_meaning;
use crate::model::{Language, PointId, PointTable, Release};

/// Why a value goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It differs from what we last wrote, or the point is taken over.
    New,
    /// The last try was not confirmed.
    Retry,
    /// The device wants to hear it again.
    KeepAlive,
    /// The point was read with another value.
    Differs,
}

/// What went wrong with a write or a release.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Read back as this value.
    HeldElsewhere(f64),
    /// The point that hands control back does not hold its value.
    NotHandedBack,
    /// Accepted, not to be read back.
    NotReadBack(String),
    /// The device's words.
    Refused(String),
    /// The line's failure.
    Failed(String),
    /// Confirmed again and again, and each time changed to this by somebody
    /// else.
    DoesNotStay(f64),
}

/// One piece of news about one commanded point.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A value goes out.
    Commanded { point: PointId, value: f64, why: Why },
    /// The device holds it; ends an alarm `Unconfirmed`.
    Confirmed { point: PointId, value: f64 },
    /// Accepted, but the device holds another value; tried again. The journal's
    /// record has changed: store it again.
    HeldElsewhere { point: PointId, value: f64, held: f64 },
    /// An alarm: whether the device follows is not known, or it does not.
    Unconfirmed { point: PointId, value: f64, what: What },
    /// Read with another value; it is written again.
    Differs { point: PointId, ours: f64, found: f64 },
    /// Somebody set another value at the device: left alone until then.
    Yielded { point: PointId, ours: f64, found: f64, until: Timestamp },
    /// An alarm: `safety` asks for `target`, but somebody at the device holds
    /// the point.
    SafetyWaits { point: PointId, target: f64, found: f64 },
    /// The time for which somebody's value counted is over. Ends alarms.
    TakesAgain { point: PointId },
    /// The device's own switch stands by hand: nothing is written. Told daily.
    ByHand { point: PointId },
    /// An alarm: writing runs ahead of what the register endures, so that the
    /// next change waits. `writes` it had of us.
    Spared { point: PointId, writes: u64, endures: u32, until: Timestamp },
    /// Changes go out at once again. Ends that alarm.
    NoLongerSpared { point: PointId },
    /// Out of service until this day: let go of, and not commanded.
    OutOfService { point: PointId, until: Date },
    /// Commanded again like any other.
    InService { point: PointId },
    /// Our slot holds our value, the point another: somebody in a higher slot;
    /// which, and what it holds, where the device says so.
    Overruled { point: PointId, ours: f64, found: f64, above: Option<(u8, f64)> },
    /// Follows our slot again.
    NoLongerOverruled { point: PointId },
    /// Let go of; the journal's record can go. Ends alarms.
    Released { point: PointId },
    /// Let go of: somebody else's value stands there, left alone. The record
    /// can go. Ends alarms.
    NotOurs { point: PointId, ours: f64, held: f64 },
    /// An alarm: letting go has failed so far and is tried on.
    NotReleased { point: PointId, what: What },
    /// An alarm: what a former process left cannot be let go from here; by
    /// hand only.
    CannotRelease { point: PointId, value: f64, slot: Option<u8> },
}

impl Event {
    /// Of a record that cannot be let go from here.
    pub(super) const fn cannot_release(left: &Commanded) -> Self {
        let slot = if let Release::Slot(slot) = left.release { Some(slot) } else { None };
        Self::CannotRelease { point: left.point, value: left.value, slot }
    }

    /// The point that it is about.
    #[must_use]
    pub const fn point(&self) -> PointId {
        match self {
            Self::Commanded { point, .. }
            | Self::Confirmed { point, .. }
            | Self::HeldElsewhere { point, .. }
            | Self::Unconfirmed { point, .. }
            | Self::Differs { point, .. }
            | Self::Yielded { point, .. }
            | Self::SafetyWaits { point, .. }
            | Self::TakesAgain { point }
            | Self::ByHand { point }
            | Self::Spared { point, .. }
            | Self::NoLongerSpared { point }
            | Self::OutOfService { point, .. }
            | Self::InService { point }
            | Self::Overruled { point, .. }
            | Self::NoLongerOverruled { point }
            | Self::Released { point }
            | Self::NotOurs { point, .. }
            | Self::NotReleased { point, .. }
            | Self::CannotRelease { point, .. } => *point,
        }
    }

    /// Whether it raises an alarm.
    #[must_use]
    pub const fn is_alarm(&self) -> bool {
        matches!(
            self,
            Self::Unconfirmed { .. }
                | Self::SafetyWaits { .. }
                | Self::Spared { .. }
                | Self::NotReleased { .. }
                | Self::CannotRelease { .. }
        )
    }

    /// Whether it ends the alarms of its point.
    #[must_use]
    pub const fn ends_alarm(&self) -> bool {
        matches!(
            self,
            Self::Confirmed { .. }
                | Self::TakesAgain { .. }
                | Self::NoLongerSpared { .. }
                | Self::Released { .. }
                | Self::NotOurs { .. }
        )
    }

    /// Whether its alarm is about the register's wear, not the command.
    #[must_use]
    pub const fn is_of_wear(&self) -> bool {
        matches!(self, Self::Spared { .. } | Self::NoLongerSpared { .. })
    }

    /// Whether the journal's record of the point can go.
    #[must_use]
    pub const fn lets_go(&self) -> bool {
        matches!(self, Self::Released { .. } | Self::NotOurs { .. })
    }

    /// Whether the journal's record of the point ([`Writer::record`]) is to be
    /// stored again.
    ///
    /// [`Writer::record`]: super::Writer::record
    #[must_use]
    pub const fn changes_record(&self) -> bool {
        matches!(self, Self::HeldElsewhere { .. } | Self::Yielded { .. } | Self::TakesAgain { .. })
    }

    /// In words, with the point's name, values as people read them, and moments
    /// on the clock of `zone`.
    ///
    /// # Panics
    /// If the event is of another table's point.
    #[must_use]
    pub fn words(&self, language: Language, points: &PointTable, zone: &TimeZone) -> String {
        let point = points.get(self.point());
        let show = |value: &f64| point.kind.display(*value);
        let told = self
            .of_commanding(language, &show)
            .or_else(|| self.of_people(language, &show, zone))
            .or_else(|| self.of_sparing(language, zone))
            .or_else(|| self.of_release(language, &show));
        format!("{}: {}", point.name, told.unwrap_or_default())
    }

    fn of_commanding(&self, language: Language, show: &dyn Fn(&f64) -> String) -> Option<String> {
        let (german, english) = match self {
            Self::Commanded { value, why, .. } => {
                let (value, why) = (show(value), why.words(language));
                (format!("{value} wird geschrieben{why}"), format!("writing {value}{why}"))
            }
            Self::Confirmed { value, .. } => {
                let value = show(value);
                (format!("steht auf {value}"), format!("holds {value}"))
            }
            Self::HeldElsewhere { value, held, .. } => {
                let (value, held) = (show(value), show(held));
                (
                    format!("steht nach dem Schreiben von {value} auf {held}"),
                    format!("holds {held} after {value} was written"),
                )
            }
            Self::Unconfirmed { value, what, .. } => {
                let (value, what) = (show(value), what.words(language, show));
                (
                    format!("{value} ist nicht bestätigt: {what}"),
                    format!("{value} is not confirmed: {what}"),
                )
            }
            Self::Differs { ours, found, .. } => {
                let (ours, found) = (show(ours), show(found));
                (
                    format!("steht auf {found} statt auf {ours}; wird neu geschrieben"),
                    format!("holds {found} instead of {ours}; writing again"),
                )
            }
            Self::Overruled { ours, found, above, .. } => {
                let by = above_words(*above, &show(found), language, show);
                let ours = show(ours);
                (format!("{by}; unser {ours} wartet"), format!("{by}; our {ours} waits"))
            }
            Self::NoLongerOverruled { .. } => {
                ("folgt wieder uns".to_owned(), "follows us again".to_owned())
            }
            _ => return None,
        };
        Some(language.pick(german, english))
    }

    fn of_people(
        &self,
        language: Language,
        show: &dyn Fn(&f64) -> String,
        zone: &TimeZone,
    ) -> Option<String> {
        let (german, english) = match self {
            Self::Yielded { ours, found, until, .. } => {
                let (ours, found) = (show(ours), show(found));
                let until = until.to_zoned_datetime(zone.clone()).strftime("%d.%m.%Y %H:%M");
                (
                    format!(
                        "am Gerät von Hand auf {found} gestellt (statt {ours}); bleibt so bis \
                         {until}"
                    ),
                    format!(
                        "set to {found} by hand at the device (instead of {ours}); left so until \
                         {until}"
                    ),
                )
            }
            Self::SafetyWaits { target, found, .. } => {
                let (target, found) = (show(target), show(found));
                (
                    format!(
                        "die Sicherheit verlangt {target}, am Gerät ist aber von Hand {found} \
                         gestellt; bitte vor Ort nachsehen"
                    ),
                    format!(
                        "safety asks for {target}, but somebody has set {found} at the device; \
                         please look there"
                    ),
                )
            }
            Self::TakesAgain { .. } => (
                "die Zeit der Handverstellung am Gerät ist um".to_owned(),
                "the time of the value set by hand at the device is over".to_owned(),
            ),
            Self::ByHand { .. } => (
                "der Schalter am Gerät steht auf Hand; es wird nichts geschrieben".to_owned(),
                "the device's switch stands by hand; nothing is written".to_owned(),
            ),
            _ => return None,
        };
        Some(language.pick(german, english))
    }

    /// What spares the plant.
    fn of_sparing(&self, language: Language, zone: &TimeZone) -> Option<String> {
        let (german, english) = match self {
            Self::Spared { writes, endures, until, .. } => {
                let until = until.to_zoned_datetime(zone.clone()).strftime("%d.%m.%Y %H:%M");
                let over = *writes >= u64::from(*endures);
                let (of, than) = if over {
                    ("verbraucht", "used up")
                } else {
                    ("schneller verbraucht, als es sein darf", "used up faster than it should be")
                };
                (
                    format!(
                        "das Register ist {of} ({writes} von {endures} Schreibvorgängen); \
                         Änderungen warten bis {until}, Sicherheit und Freigabe nicht"
                    ),
                    format!(
                        "the register is {than} ({writes} of {endures} writes); changes wait \
                         until {until}, safety and release do not"
                    ),
                )
            }
            Self::NoLongerSpared { .. } => (
                "Änderungen werden wieder sofort geschrieben".to_owned(),
                "changes are written at once again".to_owned(),
            ),
            Self::OutOfService { until, .. } => {
                let until = until.strftime("%d.%m.%Y");
                (
                    format!("außer Betrieb bis {until}: freigegeben, wird nicht gestellt"),
                    format!("out of service until {until}: let go of, not commanded"),
                )
            }
            Self::InService { .. } => {
                ("wieder in Betrieb".to_owned(), "in service again".to_owned())
            }
            _ => return None,
        };
        Some(language.pick(german, english))
    }

    fn of_release(&self, language: Language, show: &dyn Fn(&f64) -> String) -> Option<String> {
        let (german, english) = match self {
            Self::Released { .. } => ("freigegeben".to_owned(), "released".to_owned()),
            Self::NotOurs { ours, held, .. } => {
                let (ours, held) = (show(ours), show(held));
                (
                    format!("steht auf {held} statt auf unserem {ours}; bleibt so, freigegeben"),
                    format!("holds {held}, not our {ours}; left alone, released"),
                )
            }
            Self::NotReleased { what, .. } => {
                let what = what.words(language, show);
                (format!("nicht freigegeben: {what}"), format!("not released: {what}"))
            }
            Self::CannotRelease { value, slot, .. } => {
                let value = show(value);
                let (in_german, in_english) = slot.map_or_else(Default::default, |slot| {
                    (format!(" in Priorität {slot}"), format!(" in priority slot {slot}"))
                });
                (
                    format!(
                        "{value}{in_german} ist von einem früheren Lauf übrig und von hier nicht \
                         mehr freizugeben; bitte von Hand zurücknehmen"
                    ),
                    format!(
                        "{value}{in_english} is left over from a former run and cannot be \
                         released from here any more; please take it back by hand"
                    ),
                )
            }
            _ => return None,
        };
        Some(language.pick(german, english))
    }
}

/// Who stands above our slot: `slot 5 holds 23 °C (critical equipment control,
/// such as frost)`. `found` is what the point reads.
#[must_use]
pub fn above_words(
    above: Option<(u8, f64)>,
    found: &str,
    language: Language,
    show: &dyn Fn(&f64) -> String,
) -> String {
    let Some((slot, value)) = above else {
        return language.pick(
            format!("ein höherer Vorrang stellt {found}"),
            format!("a higher priority commands {found}"),
        );
    };
    let value = show(&value);
    let meaning = usual_meaning(slot, language);
    let meaning = meaning.map_or_else(String::new, |meaning| format!(" ({meaning})"));
    language.pick(
        format!("Priorität {slot} hält {value}{meaning}"),
        format!("slot {slot} holds {value}{meaning}"),
    )
}

impl Why {
    fn words(self, language: Language) -> &'static str {
        let (german, english) = match self {
            Self::New => ("", ""),
            Self::Retry => (" (erneuter Versuch)", " (another try)"),
            Self::KeepAlive => (" (Auffrischung)", " (refresh)"),
            Self::Differs => (" (stand anders)", " (it held another)"),
        };
        language.pick(german, english)
    }
}

impl What {
    /// In words; `show` renders a value of the point.
    fn words(&self, language: Language, show: &dyn Fn(&f64) -> String) -> String {
        let (german, english) = match self {
            Self::HeldElsewhere(held) => {
                let held = show(held);
                (format!("das Gerät steht auf {held}"), format!("the device holds {held}"))
            }
            Self::NotHandedBack => (
                "die Rückgabe wurde nicht übernommen".to_owned(),
                "handing back was not taken".to_owned(),
            ),
            Self::NotReadBack(why) => {
                (format!("nicht zurückzulesen ({why})"), format!("could not be read back ({why})"))
            }
            Self::Refused(why) => {
                (format!("das Gerät lehnt ab ({why})"), format!("the device refuses ({why})"))
            }
            Self::Failed(why) => {
                (format!("keine Verbindung ({why})"), format!("the line failed ({why})"))
            }
            Self::DoesNotStay(found) => {
                let found = show(found);
                (
                    format!("es wird immer wieder auf {found} gestellt"),
                    format!("it is changed to {found} again and again"),
                )
            }
        };
        language.pick(german, english)
    }
}
