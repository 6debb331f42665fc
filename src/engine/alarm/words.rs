//! Alarms in words: the sentence that says what is wrong, and the one that
//! says what hauswart does about it meanwhile.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::cause::{Cause, Subject};
use crate::control::{Event, Note};
use crate::model::Language;
use crate::rules::{AlarmCause, AlarmClass};
use crate::site::{Site, shown};

/// A class as people read it.
#[must_use]
pub const fn class_words(class: AlarmClass, language: Language) -> &'static str {
    let (german, english) = match class {
        AlarmClass::Urgent => ("dringend", "urgent"),
        AlarmClass::Fault => ("Störung", "fault"),
        AlarmClass::Notice => ("Hinweis", "notice"),
    };
    match language {
        Language::De => german,
        Language::En => english,
    }
}

/// A class by its keyword; one that is not known counts as a fault.
#[must_use]
pub fn class_of(keyword: &str) -> AlarmClass {
    let all = [AlarmClass::Notice, AlarmClass::Fault, AlarmClass::Urgent];
    all.into_iter().find(|class| class.keyword() == keyword).unwrap_or(AlarmClass::Fault)
}

impl Cause {
    /// What is wrong.
    #[must_use]
    pub fn words(&self, subject: &Subject, language: Language, site: &Site) -> String {
        match (self, subject) {
            (Self::Rule(alarm), _) => {
                let text = alarm.text(language, &site.points);
                match alarm.cause {
                    AlarmCause::Written(_) => format!("{}: {text}", alarm.rule),
                    _ => text,
                }
            }
            (Self::Silent(why), Subject::Device(name)) => language.pick(
                format!("Gerät {name} antwortet nicht ({why})"),
                format!("device {name} does not answer ({why})"),
            ),
            (Self::Command(event), _) => event.words(language, &site.points, &site.time_zone),
            (Self::Decision(note), Subject::Decision(name)) => {
                let point = site.points.find(name).map(|point| site.points.get(point));
                let note = point.map(|point| note.words(language, &point.kind));
                format!("{name}: {}", note.unwrap_or_default())
            }
            (Self::Revived, Subject::Driver(connection)) => language.pick(
                format!("Verbindung {connection}: der Treiber ist abgebrochen und neu gestartet"),
                format!("connection {connection}: its driver had died and was started anew"),
            ),
            (Self::JournalFailed(why), _) => language.pick(
                format!("Befehle können nicht gesichert werden: {why}"),
                format!("commands cannot be recorded: {why}"),
            ),
            (Self::NotOurs(points), _) => language.pick(
                format!("{points}: von einem früheren Lauf gestellt und von hier nicht freizugeben; bitte von Hand zurücknehmen"),
                format!("{points}: commanded by a former run and not to be released from here; please take back by hand"),
            ),
            (Self::RulesNotTaken(why), _) => {
                let why = why.words(language);
                language.pick(
                    format!("geänderte Regeln nicht übernommen: {why}"),
                    format!("changed rules not taken up: {why}"),
                )
            }
            (Self::RulesWait { points }, _) => language.pick(
                format!("geänderte Regeln warten auf „hauswart reload“ (es ändern sich dann {points} Punkte); sonst gelten sie ab dem nächsten Start"),
                format!("changed rules wait for \"hauswart reload\" ({points} points change then); else they count from the next start on"),
            ),
            (Self::ClockDoubtful(shown, expected), _) => {
                doubtful(*shown, *expected, language, &site.time_zone)
            }
            (Self::Unsent(why), Subject::Post(to)) => {
                let (why, to) = (why.words(language), shown(to));
                language.pick(
                    format!("Nachrichten an {to} gehen nicht hinaus: {why}"),
                    format!("messages to {to} do not go out: {why}"),
                )
            }
            (
                Self::NotReported(why) | Self::ReportWaits(why) | Self::ReportHangs(why),
                Subject::Job(name),
            ) => language.pick(
                format!("Bericht „{name}“: {why}"),
                format!("report \"{name}\": {why}"),
            ),
            (Self::Unsent(why), _) => {
                let why = why.words(language);
                language.pick(
                    format!("das Lebenszeichen kommt nicht durch: {why}"),
                    format!("the life sign does not get through: {why}"),
                )
            }
            (
                Self::Store(what)
                | Self::NotListening(what)
                | Self::History(what)
                | Self::Silent(what)
                | Self::NotReported(what)
                | Self::ReportWaits(what)
                | Self::ReportHangs(what)
                | Self::Former { text: what, .. },
                _,
            ) => what.clone(),
            (Self::Revived | Self::Decision(_), _) => String::new(),
        }
    }

    /// What hauswart does about it meanwhile.
    #[must_use]
    pub fn done(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::Rule(alarm) => match &alarm.cause {
                AlarmCause::Written(_) => (
                    "gemeldet; gestellt wird weiter nach den Regeln",
                    "told; the rules go on commanding",
                ),
                AlarmCause::RuleUnknown { .. } => (
                    "die Regel entscheidet wieder, sobald ihre Eingänge da sind",
                    "the rule decides again as soon as its inputs are there",
                ),
                AlarmCause::Substituted { .. } => (
                    "die Regeln laufen mit dem Ersatzwert weiter",
                    "the rules go on with the substitute",
                ),
            },
            Self::Silent(_) => (
                "es wird weiter versucht; Regeln, denen seine Werte fehlen, geben nach der Karenzzeit frei",
                "it is tried on; rules that lack its values let go after their grace",
            ),
            Self::Command(event) => of_command(event),
            Self::Decision(note) => of_decision(note),
            Self::Revived => (
                "die Verbindung läuft wieder und wird überwacht",
                "the connection runs again and is watched",
            ),
            Self::JournalFailed(_) => (
                "die Regelung läuft weiter; nach einem Stromausfall wären die letzten Befehle unbekannt",
                "control goes on; after a power cut the last commands would be unknown",
            ),
            Self::Store(_) => {
                ("es geht mit dem weiter, was lesbar ist", "it goes on with what can be read")
            }
            Self::History(_) => (
                "geregelt wird weiter; aufgezeichnet wird, was der Datenträger annimmt",
                "control goes on; what the disk takes is recorded",
            ),
            Self::NotOurs(_) => (
                "dort wird nichts geschrieben; die Punkte bleiben vermerkt",
                "nothing is written there; the points stay recorded",
            ),
            Self::RulesNotTaken(_) | Self::RulesWait { .. } => {
                ("die bisherigen Regeln laufen weiter", "the rules so far go on")
            }
            Self::ClockDoubtful(..) => (
                "Regeln ohne Zeitplan laufen weiter; mit der richtigen Zeit gelten die Zeitpläne wieder",
                "rules without schedules go on; once the time is right schedules count again",
            ),
            Self::Unsent(_) => (
                "es wird weiter versucht; was wartet, ist gesichert",
                "it is tried on; what waits is kept",
            ),
            Self::NotListening(_) => (
                "geregelt und aufgezeichnet wird weiter; es wird weiter versucht, sie zu öffnen",
                "control and recording go on; opening it is tried on",
            ),
            Self::NotReported(_) => (
                "es wird weiter versucht, bis der nächste Bericht an der Reihe ist",
                "it is tried on until the next report is due",
            ),
            Self::ReportWaits(_) => (
                "er wird erst wieder versucht, wenn der nächste an der Reihe ist; „hauswart jobs“ sagt, wann",
                "it is not tried again before the next one is due; \"hauswart jobs\" says when",
            ),
            Self::ReportHangs(_) => (
                "geregelt wird weiter; bis er fertig ist, beginnt kein anderer Bericht",
                "control goes on; no other report begins before it is ready",
            ),
            Self::Former { done, .. } => return done.clone(),
        };
        language.pick(german, english).to_owned()
    }
}

const fn of_command(event: &Event) -> (&'static str, &'static str) {
    match event {
        Event::SafetyWaits { .. } => (
            "es wird geschrieben, sobald am Gerät niemand mehr stellt",
            "it is written as soon as nobody holds it at the device",
        ),
        Event::Spared { .. } => (
            "Änderungen werden gesammelt; Sicherheit und Freigabe gehen sofort hinaus",
            "changes are gathered; safety and release go out at once",
        ),
        Event::NotReleased { .. } => (
            "das Freigeben wird weiter versucht, auch nach einem Neustart",
            "letting go is tried on, also after a restart",
        ),
        Event::CannotRelease { .. } => (
            "dort wird nichts geschrieben; der Befehl bleibt vermerkt",
            "nothing is written there; the command stays recorded",
        ),
        _ => ("es wird in wachsenden Abständen weiter versucht", "it is tried on, ever less often"),
    }
}

const fn of_decision(note: &Note) -> (&'static str, &'static str) {
    match note {
        Note::KeepsContradict { .. } => ("die Obergrenze gilt", "the upper limit counts"),
        Note::BaseUnknown { .. } => (
            "der Punkt wird nicht gestellt, bis bekannt ist, was das Gerät von sich aus täte",
            "the point is not commanded until it is known what the device would do by itself",
        ),
        Note::SetTwice { .. } => {
            ("die genannte Vorgabe gilt, die andere ruht", "the one named counts, the other rests")
        }
        _ => ("diese Vorgabe wird übergangen", "this claim is passed over"),
    }
}

fn doubtful(
    shown: Timestamp,
    expected: Option<Timestamp>,
    language: Language,
    zone: &TimeZone,
) -> String {
    let local =
        |at: Timestamp| at.to_zoned_datetime(zone.clone()).strftime("%d.%m.%Y %H:%M").to_string();
    let (shown, expected) = (local(shown), expected.map(local));
    match expected {
        Some(expected) => language.pick(
            format!("die Uhr zeigt {shown}, es müsste {expected} sein: Zeitpläne sind unbekannt. Uhr stellen; geht sie richtig: „hauswart reload“"),
            format!("the clock shows {shown}, it should be {expected}: schedules are unknown. Set the clock; if it is right: \"hauswart reload\""),
        ),
        None => language.pick(
            format!("die Uhr zeigt {shown}, das kann nicht sein: Zeitpläne sind unbekannt. Uhr stellen"),
            format!("the clock shows {shown}, which cannot be: schedules are unknown. Set the clock"),
        ),
    }
}
