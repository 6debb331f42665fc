//! Faults of names: malformed, taken, unknown.

use super::{offer, quote};
use crate::model::{Fault, Language};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Building,
    Connection,
    Device,
    Point,
    Template,
    Variant,
    Meter,
    State,
    Schedule,
    Site,
    Tariff,
    Job,
}

impl What {
    /// With its article: nominative, accusative, and English.
    const fn forms(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Building => ("Das Gebäude", "das Gebäude", "building"),
            Self::Connection => ("Die Verbindung", "die Verbindung", "connection"),
            Self::Device => ("Das Gerät", "das Gerät", "device"),
            Self::Point => ("Der Punkt", "den Punkt", "point"),
            Self::Template => ("Die Vorlage", "die Vorlage", "template"),
            Self::Variant => ("Die Variante", "die Variante", "variant"),
            Self::Meter => ("Der Zähler", "den Zähler", "meter"),
            Self::State => ("Der Zustand", "den Zustand", "state"),
            Self::Schedule => ("Der Zeitplan", "den Zeitplan", "schedule"),
            Self::Site => ("Die Anlage", "die Anlage", "site"),
            Self::Tariff => ("Der Tarif", "den Tarif", "tariff"),
            Self::Job => ("Der Auftrag", "den Auftrag", "job"),
        }
    }

    /// The relative pronoun: „…, das es nicht gibt“.
    const fn that(self) -> &'static str {
        match self {
            Self::Building | Self::Device => "das",
            Self::Connection | Self::Template | Self::Variant | Self::Site => "die",
            Self::Point | Self::Meter | Self::State | Self::Schedule | Self::Tariff | Self::Job => {
                "den"
            }
        }
    }
}

impl What {
    /// What to say where there is none of the kind at all.
    const fn none_there(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Variant => {
                Some(("Diese Vorlage hat keine Varianten.", "This template has no variants."))
            }
            Self::Connection => Some((
                "Eine [[connection]] mit diesem Namen anlegen.",
                "Add a [[connection]] of this name.",
            )),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub enum Naming {
    /// Not made of letters, digits and `_`.
    BadName { what: What, name: String, mended: String },
    /// A word of the rule language.
    Keyword { what: What, name: String },
    /// The name is taken.
    Taken { what: What, name: String, line: usize },
    /// `who` names something that is not there.
    Unknown { who: What, name: String, what: What, word: String, known: Vec<String> },
    /// Several buildings, and none is named.
    WhichBuilding { name: String, known: Vec<String> },
    /// The site has none of what everything else needs.
    NoneAtAll { what: What, example: &'static str },
    /// A variant without a template.
    VariantOfNothing { name: String },
    /// An earlier name that is a present one.
    FormerlyPresent { name: String },
}

impl Fault for Naming {
    fn code(&self) -> &'static str {
        match self {
            Self::BadName { .. } => "bad-name",
            Self::Keyword { .. } => "keyword",
            Self::Taken { .. } => "duplicate-name",
            Self::Unknown { .. } => "unknown-name",
            Self::WhichBuilding { .. } => "which-building",
            Self::NoneAtAll { .. } => "missing-table",
            Self::VariantOfNothing { .. } => "variant-of-nothing",
            Self::FormerlyPresent { .. } => "formerly-present",
        }
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) = self.reason_of_names().unwrap_or_else(|| self.reason_of_links());
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        match self {
            Self::Unknown { what, word, known, .. } => offer(language, word, known, || {
                let (german, english) = what.none_there()?;
                Some(language.pick(german, english).to_owned())
            }),
            _ => {
                let (german, english) = self.way_out(language)?;
                Some(language.pick(german, english))
            }
        }
    }
}

impl Naming {
    fn reason_of_names(&self) -> Option<(String, String)> {
        Some(match self {
            Self::BadName { what, name, .. } => {
                let (_, _, english) = what.forms();
                (
                    format!(
                        "„{name}“ kann kein Name sein: Erlaubt sind Buchstaben, Ziffern und _, am Anfang keine Ziffer."
                    ),
                    format!(
                        "\"{name}\" cannot name a {english}: letters, digits and _ are allowed, no digit first."
                    ),
                )
            }
            Self::Keyword { what, name } => {
                let (german, _, english) = what.forms();
                (
                    format!(
                        "{german} darf nicht „{name}“ heißen: Das ist ein Wort der Regelsprache."
                    ),
                    format!(
                        "A {english} cannot be called \"{name}\": this is a word of the rule language."
                    ),
                )
            }
            Self::Taken { what, name, line } => {
                let (german, _, english) = what.forms();
                (
                    format!("{german} „{name}“ steht schon in Zeile {line}."),
                    format!("The {english} \"{name}\" is already in line {line}."),
                )
            }
            _ => return None,
        })
    }

    fn reason_of_links(&self) -> (String, String) {
        match self {
            Self::Unknown { who, name, what, word, .. } => {
                let (subject, _, who) = who.forms();
                let (_, object, english) = what.forms();
                (
                    format!(
                        "{subject} „{name}“ nennt {object} „{word}“, {} es nicht gibt.",
                        what.that()
                    ),
                    format!(
                        "The {who} \"{name}\" names the {english} \"{word}\", which does not exist."
                    ),
                )
            }
            Self::WhichBuilding { name, .. } => (
                format!("Zu welchem Gebäude „{name}“ gehört, steht hier nicht."),
                format!("This does not say which building \"{name}\" belongs to."),
            ),
            Self::NoneAtAll { what, .. } => {
                let (german, english) = match what {
                    What::Building => ("Kein Gebäude", "no building"),
                    What::Connection => ("Keine Verbindung", "no connection"),
                    _ => ("Kein Gerät", "no device"),
                };
                (format!("{german} ist angegeben."), format!("There is {english}."))
            }
            Self::VariantOfNothing { name } => (
                format!("Das Gerät „{name}“ nennt eine Variante, aber keine Vorlage."),
                format!("The device \"{name}\" names a variant but no template."),
            ),
            Self::FormerlyPresent { name } => (
                format!(
                    "„{name}“ soll ein früherer Name sein, aber so heißt ein anderer Punkt heute."
                ),
                format!("\"{name}\" is said to be an earlier name, but another point has it now."),
            ),
            _ => (String::new(), String::new()),
        }
    }

    fn way_out(&self, language: Language) -> Option<(String, String)> {
        Some(match self {
            Self::BadName { mended, .. } if !mended.is_empty() => {
                let mended = quote(language, mended);
                (format!("Zum Beispiel {mended}"), format!("For example {mended}"))
            }
            Self::Keyword { name, .. } => {
                let (first, rest) = name.split_at(name.chars().next().map_or(0, char::len_utf8));
                let mended = quote(language, &format!("{}{rest}", first.to_uppercase()));
                (
                    format!("Mit großem Anfangsbuchstaben geht es: {mended}"),
                    format!("With a capital letter it works: {mended}"),
                )
            }
            Self::Taken { .. } => {
                ("Einen der beiden Namen ändern.".into(), "Change one of the two names.".into())
            }
            Self::WhichBuilding { known, .. } => {
                let known = known.join(", ");
                (
                    format!("building = … hinzufügen; es gibt: {known}"),
                    format!("Add building = …; there are: {known}"),
                )
            }
            Self::NoneAtAll { example, .. } => {
                (format!("Zum Beispiel:\n{example}"), format!("For example:\n{example}"))
            }
            Self::VariantOfNothing { .. } => (
                "template = … hinzufügen oder variant löschen.".into(),
                "Add template = … or delete variant.".into(),
            ),
            Self::FormerlyPresent { .. } => (
                "Nur Namen nennen, die kein Punkt mehr hat.".into(),
                "Name only names that no point has any more.".into(),
            ),
            Self::BadName { .. } | Self::Unknown { .. } => return None,
        })
    }
}
