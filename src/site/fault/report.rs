//! Faults of `[report]` and `[weather]`, of reference periods, of names.

use super::offer;
use crate::model::{Fault, Language};

#[derive(Debug, Clone, PartialEq)]
pub enum ReportFault {
    /// A tariff or job without a name that can be read.
    Nameless {
        example: &'static str,
    },
    NotADate {
        found: String,
    },
    Reversed {
        from: String,
        until: String,
    },
    /// A warning: too few days to tell weather from use.
    Short {
        days: i32,
    },
    /// A set of factors that is none of ours, and no file that could bring it.
    UnknownSet {
        word: String,
    },
    UnknownSensor {
        word: String,
        known: Vec<String>,
    },
    /// The sensor measures something else.
    NotCelsius {
        point: String,
    },
    SensorNotKept {
        point: String,
    },
    /// `too_warm` without a sensor.
    TooWarmOfNothing,
    /// K·d
    DegreeDays {
        found: f64,
    },
    NoYear {
        word: String,
    },
    ClimateFactor {
        found: f64,
    },
    /// Of what a carrier is made that is made of nothing.
    MadeOf {
        meter: String,
    },
}

impl Fault for ReportFault {
    fn code(&self) -> &'static str {
        match self {
            Self::Nameless { .. } => "bad-name",
            Self::NotADate { .. } | Self::Reversed { .. } => "reference",
            Self::Short { .. } => "short-reference",
            Self::UnknownSet { .. } => "unknown-factors",
            Self::UnknownSensor { .. } => "unknown-name",
            Self::NotCelsius { .. } | Self::SensorNotKept { .. } | Self::TooWarmOfNothing => {
                "weather-sensor"
            }
            Self::DegreeDays { .. } => "degree-days",
            Self::NoYear { .. } | Self::ClimateFactor { .. } => "climate-factor",
            Self::MadeOf { .. } => "made-of",
        }
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) = self.of_periods().unwrap_or_else(|| self.of_weather());
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        if let Self::UnknownSensor { word, known } = self {
            return offer(language, word, known, || None);
        }
        let (german, english) = self.way_out();
        Some(language.pick(german, english))
    }
}

impl ReportFault {
    fn of_periods(&self) -> Option<(String, String)> {
        Some(match self {
            Self::Nameless { .. } => {
                ("Hier fehlt der Name.".to_owned(), "The name is missing here.".to_owned())
            }
            Self::NotADate { found } => (
                format!("„{found}“ ist kein Datum der Form 2024-12-31."),
                format!("\"{found}\" is no date of the form 2024-12-31."),
            ),
            Self::Reversed { from, until } => (
                format!("Das Ende ({until}) liegt vor dem Anfang ({from})."),
                format!("The end ({until}) lies before the beginning ({from})."),
            ),
            Self::Short { days } => (
                format!(
                    "{days} Tage sind weniger als eine Heizperiode: Einsparungen lassen sich daran kaum messen."
                ),
                format!(
                    "{days} days are less than a heating period: savings can hardly be measured against them."
                ),
            ),
            Self::UnknownSet { word } => (
                format!("Emissionsfaktoren „{word}“ gibt es nicht."),
                format!("There are no emission factors \"{word}\"."),
            ),
            Self::MadeOf { meter } => (
                format!("„{meter}“ zählt etwas, das keine eigenen Emissionsfaktoren hat."),
                format!("\"{meter}\" counts something that has no emission factors of its own."),
            ),
            _ => return None,
        })
    }

    fn of_weather(&self) -> (String, String) {
        match self {
            Self::UnknownSensor { word, .. } => (
                format!("„sensor“ nennt den Punkt „{word}“, den es nicht gibt."),
                format!("\"sensor\" names the point \"{word}\", which does not exist."),
            ),
            Self::NotCelsius { point } => (
                format!("Der Punkt „{point}“ misst keine Temperatur in °C."),
                format!("The point \"{point}\" measures no temperature in °C."),
            ),
            Self::SensorNotKept { point } => (
                format!("Vom Punkt „{point}“ wird nichts aufgezeichnet: Gradtage gäbe es keine."),
                format!(
                    "Nothing of the point \"{point}\" is recorded: there would be no degree days."
                ),
            ),
            Self::TooWarmOfNothing => (
                "„too_warm“ gehört zu einem Fühler, und es ist keiner genannt.".to_owned(),
                "\"too_warm\" belongs to a sensor, and none is named.".to_owned(),
            ),
            Self::DegreeDays { found } => (
                format!("{found} K·d kann kein langjähriges Mittel der Gradtage sein."),
                format!("{found} K·d cannot be the degree days of a usual year."),
            ),
            Self::NoYear { word } => (
                format!("„{word}“ ist kein Kalenderjahr."),
                format!("\"{word}\" is no calendar year."),
            ),
            Self::ClimateFactor { found } => (
                format!("{found} kann kein Klimafaktor sein."),
                format!("{found} cannot be a climate factor."),
            ),
            _ => (String::new(), String::new()),
        }
    }

    fn way_out(&self) -> (String, String) {
        let (german, english) = match self {
            Self::Nameless { example } => {
                return (format!("Zum Beispiel {example}"), format!("For example {example}"));
            }
            Self::NotADate { .. } => {
                ("Zum Beispiel from = \"2024-01-01\"", "For example from = \"2024-01-01\"")
            }
            Self::Reversed { .. } => ("Die beiden Tage tauschen.", "Swap the two days."),
            Self::Short { .. } => (
                "Am besten ein ganzes Jahr, bevor etwas geändert wurde.",
                "Best is a whole year before anything was changed.",
            ),
            Self::UnknownSet { .. } => (
                "\"geg\" oder \"bafa\"; für eigene in factor_files die Datei nennen.",
                "\"geg\" or \"bafa\"; for your own name the file in factor_files.",
            ),
            Self::MadeOf { .. } => (
                "made_of löschen; es gehört zu Strom, Brennstoffen und Fernwärme.",
                "Delete made_of; it belongs to electricity, fuels and district heat.",
            ),
            Self::NotCelsius { .. } => {
                ("Den Außenfühler nennen.", "Name the outdoor temperature sensor.")
            }
            Self::SensorNotKept { .. } => (
                "Am Punkt history = \"on change\" angeben.",
                "Say history = \"on change\" at the point.",
            ),
            Self::TooWarmOfNothing => (
                "Zum Beispiel sensor = \"Rathaus.Kessel.Aussen\"",
                "For example sensor = \"Rathaus.Kessel.Aussen\"",
            ),
            Self::DegreeDays { .. } => (
                "Die Gradtagszahl G20/15 eines ganzen Jahres, in Deutschland 2500 bis 5000: degree_days = 3393",
                "G20/15 of a whole year, 2500 to 5000 in Germany: degree_days = 3393",
            ),
            Self::NoYear { .. } | Self::ClimateFactor { .. } => (
                "Vom DWD, nach Postleitzahl: climate_factors = { 2025 = 1.02 }",
                "Of the DWD, by postcode: climate_factors = { 2025 = 1.02 }",
            ),
            Self::UnknownSensor { .. } => ("", ""),
        };
        (german.to_owned(), english.to_owned())
    }
}
