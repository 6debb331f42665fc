//! Faults of meters.

use crate::model::{Fault, Language};

#[derive(Debug, Clone)]
pub enum MeterFault {
    OfStates {
        point: String,
    },
    /// `power`: it is one.
    Quantity {
        point: String,
        found: String,
        wanted: &'static str,
        power: bool,
    },
    BelowItself {
        meter: String,
    },
    OtherCarrier {
        meter: String,
        parent: String,
    },
    TwoSources {
        meter: String,
        first: &'static str,
        second: &'static str,
    },
    /// `energy`: the carrier is counted in kWh.
    NoPower {
        point: String,
        found: String,
        energy: bool,
    },
    DialUnit {
        found: String,
        wanted: &'static str,
    },
    /// Its point is not kept in the history.
    NotKept {
        point: String,
    },
    /// A derived energy has no counter.
    NotCounted {
        key: &'static str,
    },
    NotPositive {
        key: &'static str,
    },
    Factor {
        found: f64,
    },
    NotAMoment {
        found: String,
    },
    NotADate {
        found: String,
    },
    ReplacedTwice {
        meter: String,
    },
    RunsBackward {
        end: String,
        start: String,
    },
    NotOnCounter {
        key: &'static str,
        shown: String,
        most: Option<String>,
    },
    NothingToConvert {
        meter: String,
        energy: bool,
    },
    ConvertedTwice {
        from: String,
    },
    NoStateNumber,
    StateNumber {
        found: f64,
    },
    CalorificForm {
        found: String,
    },
    /// kWh/m³
    CalorificRange {
        found: f64,
        least: f64,
        most: f64,
    },
}

impl Fault for MeterFault {
    fn code(&self) -> &'static str {
        match self {
            Self::OfStates { .. } | Self::Quantity { .. } => "meter-quantity",
            Self::NoPower { .. } | Self::DialUnit { .. } => "meter-quantity",
            Self::BelowItself { .. } => "meter-circle",
            Self::OtherCarrier { .. } => "meter-carrier",
            Self::TwoSources { .. } | Self::NotCounted { .. } | Self::NotKept { .. } => {
                "meter-source"
            }
            Self::NotPositive { .. } | Self::Factor { .. } => "meter-counting",
            Self::NotAMoment { .. }
            | Self::ReplacedTwice { .. }
            | Self::RunsBackward { .. }
            | Self::NotOnCounter { .. } => "meter-replaced",
            Self::NotADate { .. }
            | Self::NothingToConvert { .. }
            | Self::ConvertedTwice { .. }
            | Self::NoStateNumber
            | Self::StateNumber { .. }
            | Self::CalorificForm { .. }
            | Self::CalorificRange { .. } => "meter-conversion",
        }
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) = self.of_sources().unwrap_or_else(|| self.of_counting());
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        let (german, english) = self.way_out();
        Some(language.pick(german, english).to_owned())
    }
}

impl MeterFault {
    fn of_sources(&self) -> Option<(String, String)> {
        Some(match self {
            Self::OfStates { point } => (
                format!("Der Punkt „{point}“ hat Zustände und kann kein Zählerstand sein."),
                format!("The point \"{point}\" has states and cannot be a counter."),
            ),
            Self::Quantity { point, found, wanted, .. } => (
                format!(
                    "Der Punkt „{point}“ wird in {found} gemessen; ein Zählerstand dieser Art braucht {wanted}."
                ),
                format!(
                    "The point \"{point}\" is measured in {found}; such a counter needs {wanted}."
                ),
            ),
            Self::NoPower { point, found, energy: true } => (
                format!("Der Punkt „{point}“ wird in {found} gemessen und ist keine Leistung."),
                format!("The point \"{point}\" is measured in {found} and is no power."),
            ),
            Self::NoPower { .. } => (
                "Aus einer Leistung wird Energie; hier wird aber ein Volumen gezählt.".to_owned(),
                "A power becomes energy; but what is counted here is a volume.".to_owned(),
            ),
            Self::DialUnit { found, wanted } => (
                format!("So ein Zähler wird nicht in {found} abgelesen, sondern in {wanted}."),
                format!("Such a meter is not read in {found} but in {wanted}."),
            ),
            Self::BelowItself { meter } => (
                format!("Der Zähler „{meter}“ liegt hinter sich selbst."),
                format!("The meter \"{meter}\" lies behind itself."),
            ),
            Self::OtherCarrier { meter, parent } => (
                format!(
                    "Der Zähler „{meter}“ zählt etwas anderes als sein Hauptzähler „{parent}“."
                ),
                format!(
                    "The meter \"{meter}\" counts something else than its parent \"{parent}\"."
                ),
            ),
            Self::TwoSources { meter, first, second } => (
                format!("Der Zähler „{meter}“ hat {first} und {second}; nur eines davon geht."),
                format!("The meter \"{meter}\" has {first} and {second}; only one can be."),
            ),
            Self::NotKept { point } => (
                format!("Vom Punkt „{point}“ wird nichts aufgezeichnet: Der Zähler wüsste nichts."),
                format!(
                    "Nothing of the point \"{point}\" is recorded: the meter would know nothing."
                ),
            ),
            Self::NotCounted { key } => (
                format!("„{key}“ gehört zu einem Zählwerk; Energie aus Leistung hat keines."),
                format!("\"{key}\" belongs to a counter; energy from a power has none."),
            ),
            _ => return None,
        })
    }

    fn of_counting(&self) -> (String, String) {
        match self {
            Self::NotPositive { key } => (
                format!("„{key}“ muss größer als 0 sein."),
                format!("\"{key}\" must be greater than 0."),
            ),
            Self::Factor { found } => (
                format!("{found} kann kein Faktor eines Zählers sein."),
                format!("{found} cannot be the factor of a meter."),
            ),
            Self::NotAMoment { found } => (
                format!("„{found}“ ist kein Zeitpunkt der Form 2026-03-12 10:00."),
                format!("\"{found}\" is no time of the form 2026-03-12 10:00."),
            ),
            Self::NotADate { found } => (
                format!("„{found}“ ist kein Datum der Form 2026-01-01."),
                format!("\"{found}\" is no date of the form 2026-01-01."),
            ),
            Self::ReplacedTwice { meter } => (
                format!("Der Zähler „{meter}“ ist zu diesem Zeitpunkt schon getauscht worden."),
                format!("The meter \"{meter}\" has already been replaced at this time."),
            ),
            Self::RunsBackward { end, start } => (
                format!("Der Zähler begann mit {start} und soll mit {end} geendet haben."),
                format!("The meter began at {start} and is said to have ended at {end}."),
            ),
            Self::NotOnCounter { key, shown, most: Some(most) } => (
                format!("„{key}“: {shown} kann dieses Zählwerk nicht zeigen; es geht bis {most}."),
                format!("\"{key}\": this counter cannot show {shown}; it goes up to {most}."),
            ),
            Self::NotOnCounter { key, shown, .. } => (
                format!("„{key}“: {shown} kann kein Zählerstand sein."),
                format!("\"{key}\": {shown} cannot be a reading."),
            ),
            _ => self.of_conversion(),
        }
    }

    fn of_conversion(&self) -> (String, String) {
        match self {
            Self::NothingToConvert { meter, energy: true } => (
                format!("Der Zähler „{meter}“ zählt schon Energie; umzurechnen ist nichts."),
                format!("The meter \"{meter}\" counts energy already; nothing is to convert."),
            ),
            Self::NothingToConvert { meter, .. } => (
                format!("Der Zähler „{meter}“ zählt Wasser; das hat keinen Brennwert."),
                format!("The meter \"{meter}\" counts water, which has no calorific value."),
            ),
            Self::ConvertedTwice { from } => (
                format!("Ab {from} gilt schon eine andere Umrechnung."),
                format!("From {from} on another conversion holds already."),
            ),
            Self::NoStateNumber => (
                "Die Zustandszahl fehlt: Der Zähler zählt Betriebs-, der Brennwert gilt für Normkubikmeter.".to_owned(),
                "The state number is missing: the meter counts operating, the calorific value is of normal cubic metres.".to_owned(),
            ),
            Self::StateNumber { found } => (
                format!("{found} kann keine Zustandszahl sein."),
                format!("{found} cannot be a state number."),
            ),
            Self::CalorificForm { found } => (
                format!("„{found}“ ist kein Brennwert."),
                format!("\"{found}\" is no calorific value."),
            ),
            Self::CalorificRange { found, least, most } => (
                format!("{found} kWh/m³ kann nicht stimmen: Möglich sind {least} bis {most}."),
                format!("{found} kWh/m³ cannot be right: {least} to {most} are possible."),
            ),
            _ => (String::new(), String::new()),
        }
    }

    const fn way_out(&self) -> (&'static str, &'static str) {
        match self {
            Self::Quantity { power: true, .. } => (
                "Den Zählerpunkt nennen; gibt es keinen, power = … statt point = … schreiben.",
                "Name the counter's point; if there is none, write power = … instead of point = ….",
            ),
            Self::Quantity { .. } => (
                "Leistung und Durchfluss sind keine Zählerstände; den Zählerpunkt nennen.",
                "Power and flow are no counters; name the counter's point.",
            ),
            Self::BelowItself { .. } => {
                ("parent prüfen oder löschen.", "Look at parent, or delete it.")
            }
            Self::OfStates { .. } => {
                ("Den Punkt mit dem Zählerstand nennen.", "Name the point with the counter.")
            }
            Self::OtherCarrier { .. } => {
                ("carrier und parent prüfen.", "Look at carrier and parent.")
            }
            Self::NoPower { .. } => (
                "Einen Punkt in kW nennen, oder mit point = … den Zählerstand.",
                "Name a point in kW, or the counter with point = ….",
            ),
            Self::DialUnit { .. } | Self::TwoSources { .. } => (
                "point = … für einen Zählerstand, power = … für eine Leistung, unit = … für einen Zähler, den jemand abliest.",
                "point = … for a counter, power = … for a power, unit = … for a meter that somebody reads.",
            ),
            Self::NotKept { .. } => (
                "Am Punkt history = \"on change\" angeben.",
                "Say history = \"on change\" at the point.",
            ),
            Self::NotCounted { .. } => ("Die Angabe löschen.", "Delete it."),
            Self::NotPositive { key } => match key.as_bytes() {
                b"load" => ("Zum Beispiel load = \"80 kW\"", "For example load = \"80 kW\""),
                _ => (
                    "Den Stand, nach dem wieder 0 kommt: rolls_over = \"100000 m³\"",
                    "The reading after which 0 comes again: rolls_over = \"100000 m³\"",
                ),
            },
            Self::Factor { .. } => (
                "Das Übersetzungsverhältnis der Wandler: factor = 40 bei 200/5 A.",
                "The ratio of the current transformers: factor = 40 for 200/5 A.",
            ),
            Self::NotAMoment { .. } => {
                ("Zum Beispiel at = \"2026-03-12 10:00\"", "For example at = \"2026-03-12 10:00\"")
            }
            Self::NotADate { .. } => {
                ("Zum Beispiel from = \"2026-01-01\"", "For example from = \"2026-01-01\"")
            }
            Self::ReplacedTwice { .. } | Self::ConvertedTwice { .. } => {
                ("Einen der beiden Einträge löschen.", "Delete one of the two entries.")
            }
            Self::RunsBackward { .. } | Self::NotOnCounter { .. } => (
                "Die Stände vom Austauschprotokoll abschreiben: end vom alten, start vom neuen Zähler.",
                "Copy the readings from the fitter's sheet: end of the old meter, start of the new.",
            ),
            Self::NothingToConvert { .. } => {
                ("[[meter.conversion]] löschen.", "Delete [[meter.conversion]].")
            }
            Self::NoStateNumber | Self::StateNumber { .. } => (
                "Sie steht auf der Gasrechnung: state_number = 0.9542",
                "It stands on the gas bill: state_number = 0.9542",
            ),
            Self::CalorificForm { .. } | Self::CalorificRange { .. } => (
                "Er steht auf der Gasrechnung: calorific_value = \"11.2 kWh/m³\"",
                "It stands on the gas bill: calorific_value = \"11.2 kWh/m³\"",
            ),
        }
    }
}
