//! Faults of tariffs and their prices.

use crate::model::{Fault, Language};

#[derive(Debug, Clone, PartialEq)]
pub enum TariffFault {
    NotAPrice {
        text: String,
        example: &'static str,
    },
    /// The price with the unit that was meant.
    PriceUnit {
        found: String,
        wanted: &'static str,
        mended: Option<String>,
        /// Fuels are billed by energy here, though they are sold by volume or weight.
        fuel: bool,
    },
    Negative {
        key: &'static str,
    },
    Absurd {
        shown: String,
        most: String,
    },
    NotADate {
        found: String,
    },
    SameDay {
        from: String,
    },
    NoMeter,
    OtherCarrier {
        meter: String,
    },
    /// Feed-in is no cost.
    FeedIn {
        meter: String,
    },
    MeterTwice {
        meter: String,
        other: String,
    },
    /// Both for all meters that no other names.
    TwoForAll {
        other: String,
    },
    /// A warning: the site has no meter of the carrier.
    NothingToBill {
        tariff: String,
    },
}

impl Fault for TariffFault {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAPrice { .. } | Self::Negative { .. } | Self::Absurd { .. } => "price",
            Self::PriceUnit { .. } => "price-unit",
            Self::NotADate { .. } | Self::SameDay { .. } => "price-from",
            Self::NothingToBill { .. } => "nothing-to-bill",
            _ => "tariff-meters",
        }
    }

    fn reason(&self, language: Language) -> String {
        let (german, english) = self.of_prices().unwrap_or_else(|| self.of_meters());
        language.pick(german, english)
    }

    fn help(&self, language: Language) -> Option<String> {
        let (german, english) = match self {
            Self::PriceUnit { mended: Some(mended), .. } => {
                (format!("So schreiben: \"{mended}\""), format!("Write \"{mended}\""))
            }
            Self::NotAPrice { example, .. } => {
                (format!("Zum Beispiel {example}"), format!("For example {example}"))
            }
            _ => {
                let (german, english) = self.way_out();
                (german.to_owned(), english.to_owned())
            }
        };
        Some(language.pick(german, english))
    }
}

impl TariffFault {
    fn of_prices(&self) -> Option<(String, String)> {
        Some(match self {
            Self::NotAPrice { text, .. } => {
                (format!("„{text}“ ist kein Preis."), format!("\"{text}\" is no price."))
            }
            Self::PriceUnit { found, wanted, .. } => (
                format!("Hier steht ein Preis in {found}, gebraucht wird einer in {wanted}."),
                format!("This is a price in {found}; one in {wanted} is needed."),
            ),
            Self::Negative { key } => (
                format!("„{key}“ ist negativ: Ein Tarif kostet etwas."),
                format!("\"{key}\" is negative: a tariff costs something."),
            ),
            Self::Absurd { shown, most } => (
                format!("{shown} kann nicht stimmen; bis {most} ist möglich."),
                format!("{shown} cannot be right; up to {most} is possible."),
            ),
            Self::NotADate { found } => (
                format!("„{found}“ ist kein Datum der Form 2025-01-01."),
                format!("\"{found}\" is no date of the form 2025-01-01."),
            ),
            Self::SameDay { from } => (
                format!("Ab {from} gilt schon ein anderer Preis."),
                format!("From {from} on another price holds already."),
            ),
            _ => return None,
        })
    }

    fn of_meters(&self) -> (String, String) {
        match self {
            Self::NoMeter => (
                "Die Liste der Zähler ist leer.".to_owned(),
                "The list of meters is empty.".to_owned(),
            ),
            Self::OtherCarrier { meter } => (
                format!("Der Zähler „{meter}“ zählt etwas anderes, als dieser Tarif abrechnet."),
                format!("The meter \"{meter}\" counts something else than this tariff bills."),
            ),
            Self::FeedIn { meter } => (
                format!("Der Zähler „{meter}“ zählt die Einspeisung: Die kostet nichts."),
                format!("The meter \"{meter}\" counts what is fed in, which costs nothing."),
            ),
            Self::MeterTwice { meter, other } => (
                format!("Der Zähler „{meter}“ steht schon im Tarif „{other}“."),
                format!("The meter \"{meter}\" is already in the tariff \"{other}\"."),
            ),
            Self::TwoForAll { other } => (
                format!(
                    "Auch „{other}“ gilt für alle übrigen Zähler: Welcher Preis wessen ist, steht nicht fest."
                ),
                format!("\"{other}\" too is for all other meters: whose price is which is open."),
            ),
            Self::NothingToBill { tariff } => (
                format!("Zum Tarif „{tariff}“ gibt es keinen Zähler."),
                format!("There is no meter for the tariff \"{tariff}\"."),
            ),
            _ => (String::new(), String::new()),
        }
    }

    const fn way_out(&self) -> (&'static str, &'static str) {
        match self {
            Self::PriceUnit { fuel: true, .. } => (
                "Brennstoffe werden nach Brennwert gerechnet; den Preis eines Liters oder Kilos durch seine kWh teilen (Heizöl 10.6 kWh/l, Pellets 5.3 kWh/kg).",
                "Fuels are counted by gross calorific value; divide the price of a litre or kilogram by its kWh (heating oil 10.6 kWh/l, pellets 5.3 kWh/kg).",
            ),
            Self::PriceUnit { .. } => (
                "work je kWh oder m³, base je Jahr (€/a, €/month, €/d), demand je kW und Jahr (€/kW).",
                "work by kWh or m³, base by year (€/a, €/month, €/d), demand by kW and year (€/kW).",
            ),
            Self::Negative { .. } => (
                "Vergütungen gehören nicht in einen Tarif.",
                "What is paid to you does not belong in a tariff.",
            ),
            Self::Absurd { .. } => ("ct oder €? kWh oder MWh?", "ct or €? kWh or MWh?"),
            Self::NotADate { .. } => {
                ("Zum Beispiel from = \"2025-01-01\"", "For example from = \"2025-01-01\"")
            }
            Self::SameDay { .. } => {
                ("Einen der beiden Preise löschen.", "Delete one of the two prices.")
            }
            Self::NoMeter => (
                "meters löschen: Dann gilt der Tarif für alle übrigen Zähler seines Energieträgers.",
                "Delete meters: then the tariff is for all other meters of its carrier.",
            ),
            Self::OtherCarrier { .. } => {
                ("carrier und meters prüfen.", "Look at carrier and meters.")
            }
            Self::FeedIn { .. } => (
                "Den Zähler weglassen; eine Vergütung ist eine Einnahme und kein Tarif.",
                "Leave the meter out; what is paid for it is income and no tariff.",
            ),
            Self::MeterTwice { .. } => (
                "Den Zähler in einem der beiden Tarife löschen; ein neuer Preis gehört mit from in denselben Tarif.",
                "Delete the meter in one of the two tariffs; a new price goes with from into the same tariff.",
            ),
            Self::TwoForAll { .. } => (
                "Bei einem der beiden meters = […] angeben; ein neuer Preis gehört mit from in denselben Tarif.",
                "Say meters = […] at one of the two; a new price goes with from into the same tariff.",
            ),
            Self::NothingToBill { .. } => (
                "Den Zähler als [[meter]] anlegen oder den Tarif löschen.",
                "Add the meter as [[meter]], or delete the tariff.",
            ),
            Self::NotAPrice { .. } => ("", ""),
        }
    }
}
