//! Why a job is not done, where no maker of reports says so.

use crate::engine::jobs::Ended;
use crate::model::Language;

/// The process ended so often while it ran, and was not asked to.
pub fn died(times: u32, language: Language) -> String {
    language.pick(
        format!("hauswart ist {times}-mal abgestürzt oder beendet worden, während er entstand; fehlt Arbeitsspeicher? Aufträge mit weniger Gebäuden und Formen brauchen weniger"),
        format!("hauswart has crashed or was killed {times} times while it was made; is there too little memory? Jobs of fewer buildings and forms need less"),
    )
}

/// A bug, in the maker or around it.
pub fn bug(language: Language) -> String {
    let why = language.pick(
        "ein Programmfehler hat den Bericht abgebrochen; bitte melden",
        "a bug has ended the report; please tell us",
    );
    why.to_owned()
}

/// It runs for longer than it should.
pub fn late(since: &str, language: Language) -> String {
    language.pick(
        format!("läuft seit {since} und ist nach zwei Stunden nicht fertig; bleibt es dabei, hauswart neu starten"),
        format!("runs since {since} and is not ready after two hours; if it stays so, start hauswart anew"),
    )
}

/// The process ends while it runs, as it was asked to.
pub fn stopped(language: Language) -> String {
    language
        .pick("hauswart wurde währenddessen angehalten", "hauswart was stopped meanwhile")
        .to_owned()
}

/// What is not recorded as begun would be done, and mailed, again at the next start.
pub fn unrecorded(language: Language) -> Ended {
    let why = language.pick(
        "nicht begonnen, weil der Datenträger den Vermerk darüber nicht annimmt; ist er voll oder defekt?",
        "not begun, because the disk does not take the record of it; is it full or broken?",
    );
    Ended { files: Vec::new(), outcome: Err(why.to_owned()) }
}
