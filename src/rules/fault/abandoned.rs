//! The fault of a command that would do harm if this program died and left it
//! standing.

use crate::model::Language;
use crate::model::diagnostic::Fault;

/// What a command that stays can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// Rooms or pipes freeze.
    Freeze,
    /// Hot water scalds.
    Scald,
    /// Hot water breeds legionella.
    Hygiene,
}

/// A command stays if this PC fails, and could do harm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbandonedFault {
    pub point: String,
    /// As people read it.
    pub value: String,
    pub harm: Harm,
}

impl Fault for AbandonedFault {
    fn code(&self) -> &'static str {
        "stays"
    }

    fn reason(&self, language: Language) -> String {
        let Self { point, value, .. } = self;
        let harm = match self.harm {
            Harm::Freeze => language.pick("könnte etwas einfrieren", "something could freeze"),
            Harm::Scald => {
                language.pick("könnte sich jemand verbrühen", "somebody could be scalded")
            }
            Harm::Hygiene => language.pick("könnten Legionellen wachsen", "legionella could grow"),
        };
        language.pick(
            format!("fällt dieser PC aus, bleibt {point} auf {value}, und dann {harm}"),
            format!("if this PC fails, {point} stays at {value}, and then {harm}"),
        )
    }

    fn help(&self, language: Language) -> Option<String> {
        Some(language.pick(
            "fällt das Gerät von selbst zurück, in der Anlagendatei beim Punkt: falls_back = \"30 min\"\n\
             nimmt jemand es hin: stays = { by = \"Name\", on = \"2026-10-01\", why = \"Grund\" }"
                .to_owned(),
            "if the device falls back by itself, at the point in the site file: falls_back = \"30 min\"\n\
             if somebody accepts it: stays = { by = \"Name\", on = \"2026-10-01\", why = \"reason\" }"
                .to_owned(),
        ))
    }
}
