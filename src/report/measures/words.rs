//! What people read of a measure: a title, the evidence, what to do. For whoever runs
//! the building; a council member should understand the title.

use super::measure::{Measure, Saving, Sure, What};
use super::setback::{FALL_PER_K, LOWERED_K};
use crate::model::Language;
use crate::report::benchmark::Medium;

impl Measure {
    /// A short heading.
    #[must_use]
    pub fn title(&self, language: Language) -> &'static str {
        let (german, english) = match &self.what {
            What::SummerHeating { .. } => ("Heizung läuft im Sommer", "Heating runs in summer"),
            What::NoSetback { .. } => {
                ("Keine Absenkung in Nacht und Wochenende", "No setback at night and weekends")
            }
            What::SetbackNotReached { .. } => {
                ("Absenkung kommt im Raum nicht an", "The setback does not reach the room")
            }
            What::SetbackEndsEarly { .. } => {
                ("Raum ist viel zu früh wieder warm", "The room is warm again far too early")
            }
            What::HeatingAndCooling { .. } => {
                ("Heizen und Kühlen zugleich", "Heating and cooling at the same time")
            }
            What::NightLoad { .. } => {
                ("Hoher Stromverbrauch ohne Nutzung", "High electricity use while nobody is there")
            }
            What::CurveTooSteep { .. } => ("Heizkurve zu hoch", "Heating curve too high"),
            What::ReturnTooWarm { .. } => {
                ("Rücklauf bei mildem Wetter zu warm", "Return too warm in mild weather")
            }
            What::ShortCycling { .. } => ("Läuft in zu kurzen Takten", "Runs in too short cycles"),
            What::SensorStuck { .. } => ("Fühler steht", "Sensor is stuck"),
            What::OverrideForgotten { over: false, .. } => {
                ("Vergessene Handvorgabe", "Forgotten override")
            }
            What::OverrideForgotten { over: true, .. } => {
                ("Handvorgabe über lange Zeit", "Override over a long time")
            }
            What::BenchmarkMissed { medium, .. } => match medium {
                Medium::Heat => ("Wärme über dem Grenzwert", "Heat above the limit"),
                Medium::Electricity => ("Strom über dem Grenzwert", "Electricity above the limit"),
                Medium::Water => ("Wasser über dem Grenzwert", "Water above the limit"),
            },
        };
        language.pick(german, english)
    }

    /// What the data show, in a sentence with its numbers.
    #[must_use]
    pub fn evidence(&self, language: Language) -> String {
        let n = |value: f64, decimals: usize| number(value, decimals, language);
        let (german, english) = match &self.what {
            What::SummerHeating { .. } => summer(&self.what, language),
            What::NoSetback { .. }
            | What::SetbackNotReached { .. }
            | What::SetbackEndsEarly { .. } => setback(&self.what, language),
            What::CurveTooSteep { slope, excess_k } => {
                let (slope, excess) = (n(*slope, 1), n(*excess_k, 1));
                (
                    format!(
                        "Der Vorlauf steigt je Kelvin, das es draußen kälter wird, um {slope} K; morgens sind die Räume schon {excess} K wärmer als verlangt."
                    ),
                    format!(
                        "The flow rises by {slope} K for each kelvin that it gets colder; in the morning rooms are {excess} K warmer than asked for already."
                    ),
                )
            }
            What::ReturnTooWarm { slope, return_c } => {
                let (slope, back) = (n(*slope, 1), n(*return_c, 0));
                (
                    format!(
                        "Bei 5 bis 12 °C kommt das Heizwasser mit {back} °C zurück; der Vorlauf steigt je Kelvin Kälte um {slope} K."
                    ),
                    format!(
                        "At 5 to 12 °C outdoors the water returns at {back} °C; the flow rises by {slope} K for each kelvin of cold."
                    ),
                )
            }
            What::HeatingAndCooling { hours, open_h } => {
                let (hours, of) = (n(*hours, 0), n(*open_h, 0));
                (
                    format!(
                        "Heiz- und Kühlventil waren {hours} h zugleich offen, von {of} h, in denen eines es war."
                    ),
                    format!(
                        "Heating and cooling valve were open at once for {hours} h, of {of} h in which one of them was."
                    ),
                )
            }
            What::NightLoad { rest_w, occupied_w, kwh } => {
                let (rest, day) = (n(rest_w / 1000.0, 1), n(occupied_w / 1000.0, 1));
                let (share, kwh) = (n(rest_w / occupied_w * 100.0, 0), n(*kwh, 0));
                (
                    format!(
                        "Nachts ohne Nutzung laufen im Mittel {rest} kW, mit Nutzung {day} kW: {share} %. In Zeiten ohne Nutzung wurden {kwh} kWh verbraucht."
                    ),
                    format!(
                        "At night with nobody there {rest} kW run in the mean, with people {day} kW: {share} %. {kwh} kWh were used while nobody was there."
                    ),
                )
            }
            What::ShortCycling { starts, hours } => {
                let minutes = n(hours * 60.0 / f64::from((*starts).max(1)), 0);
                let (starts, hours) = (n(f64::from(*starts), 0), n(*hours, 0));
                (
                    format!(
                        "Mindestens {starts} Starts in {hours} Betriebsstunden: höchstens {minutes} min je Lauf."
                    ),
                    format!(
                        "At least {starts} starts in {hours} hours of operation: {minutes} min a run at most."
                    ),
                )
            }
            What::SensorStuck { .. } | What::OverrideForgotten { .. } => {
                standing(&self.what, language)
            }
            What::BenchmarkMissed { medium, indicator, benchmark } => {
                let unit = if *medium == Medium::Water { "l/m²a" } else { "kWh/m²a" };
                let [is, limit, target] =
                    [*indicator, benchmark.limit, benchmark.target].map(|value| n(value, 0));
                (
                    format!("{is} {unit}; Grenzwert {limit}, Zielwert {target}."),
                    format!("{is} {unit}; limit {limit}, target {target}."),
                )
            }
        };
        language.pick(german, english)
    }

    /// How it shows where it was found, and how much of it is known.
    #[must_use]
    pub fn basis(&self, language: Language) -> String {
        let percent = number(self.coverage * 100.0, 0, language);
        let (german, english) = match self.sure {
            Sure::Certain => ("gemessen", "measured"),
            Sure::Likely => ("wahrscheinlich", "likely"),
            Sure::Hint => ("Hinweis, bitte prüfen", "a hint, please check"),
        };
        language.pick(
            format!("{german}; {percent} % der Daten liegen vor"),
            format!("{english}; {percent} % of the data are there"),
        )
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self, language: Language) -> &'static str {
        let (german, english) = advice(&self.what);
        language.pick(german, english)
    }
}

impl Saving {
    /// "about 1,200 kWh a year": two figures, for it is no more exact.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let size = self.a_year.abs().max(1.0).log10().floor() - 1.0;
        let step = 10_f64.powf(size.max(0.0));
        let unit = if self.of == Medium::Water { "m³" } else { "kWh" };
        let rounded = number((self.a_year / step).round() * step, 0, language);
        language.pick(
            format!("etwa {rounded} {unit} im Jahr"),
            format!("about {rounded} {unit} a year"),
        )
    }
}

fn summer(what: &What, language: Language) -> (String, String) {
    let n = |value: f64, decimals: usize| number(value, decimals, language);
    let What::SummerHeating { days, hours_a_day, kwh } = what else { return Default::default() };
    let (ran, heat) = (hours_a_day.map(|hours| n(hours, 0)), kwh.map(|kwh| n(kwh, 0)));
    let told = |ran: String, heat: String| [ran, heat].concat();
    let german = told(
        ran.as_ref().map_or_else(String::new, |it| format!("lief die Heizung im Mittel {it} h")),
        match (&ran, &heat) {
            (Some(_), Some(kwh)) => format!("; {kwh} kWh Wärme gingen über das Warmwasser hinaus"),
            (None, Some(kwh)) => format!("gingen {kwh} kWh Wärme über das Warmwasser hinaus"),
            (_, None) => String::new(),
        },
    );
    let english = told(
        ran.as_ref().map_or_else(String::new, |it| format!("heating ran for {it} h in the mean")),
        match (&ran, &heat) {
            (Some(_), Some(kwh)) => format!("; {kwh} kWh of heat were used beyond hot water"),
            (None, Some(kwh)) => format!("{kwh} kWh of heat were used beyond hot water"),
            (_, None) => String::new(),
        },
    );
    (
        format!("An {days} Tagen über 15 °C Tagesmittel {german}."),
        format!("On {days} days with a mean above 15 °C {english}."),
    )
}

fn setback(what: &What, language: Language) -> (String, String) {
    let n = |value: f64, decimals: usize| number(value, decimals, language);
    match what {
        What::NoSetback { rests, of, circuits } => (
            format!(
                "In {rests} von {of} kalten Nächten und Wochenenden ohne Nutzung blieb die Heizung wie am Tag ({circuits} Heizkreise)."
            ),
            format!(
                "In {rests} of {of} cold nights and weekends with nobody there heating stayed as by day ({circuits} circuits)."
            ),
        ),
        What::SetbackNotReached { rests, of, lowered_k, fell_k, would_k } => {
            let [lowered, fell, would] = [*lowered_k, *fell_k, *would_k].map(|value| n(value, 1));
            (
                format!(
                    "In {rests} von {of} kalten Nächten war der Sollwert um {lowered} K gesenkt, der Raum kühlte nur um {fell} K ab; ohne Heizung wären es mindestens {would} K."
                ),
                format!(
                    "In {rests} of {of} cold nights the setpoint was lowered by {lowered} K, but the room cooled by {fell} K only; without heat it would be {would} K at least."
                ),
            )
        }
        What::SetbackEndsEarly { rests, of, early_h } => {
            let early = n(*early_h, 0);
            (
                format!(
                    "In {rests} von {of} kalten Nächten war der Raum im Mittel {early} h vor der Nutzung wieder warm."
                ),
                format!(
                    "In {rests} of {of} cold nights the room was warm again {early} h before anybody came, in the mean."
                ),
            )
        }
        _ => Default::default(),
    }
}

fn standing(what: &What, language: Language) -> (String, String) {
    let n = |value: f64| number(value, 0, language);
    match what {
        What::SensorStuck { shown, days, others } => {
            let days = n(*days);
            let comma = shown.replace('.', ",");
            let (german, english) = match others {
                Some(moved) => (
                    format!("; andere Fühler seiner Art bewegten sich um {moved}"),
                    format!("; others of its kind moved by {moved}"),
                ),
                None => Default::default(),
            };
            (
                format!("{days} Tage lang genau {comma}{german}."),
                format!("Exactly {shown} for {days} days{english}."),
            )
        }
        What::OverrideForgotten { shown, days, by, why, over } => {
            let days = n(*days);
            let comma = shown.replace('.', ",");
            let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
            if *over {
                (
                    format!("{by} gab {comma} vor{why}: {days} Tage lang."),
                    format!("{by} set {shown}{why}: for {days} days."),
                )
            } else {
                (
                    format!("{by} gibt {comma} vor{why}: seit {days} Tagen."),
                    format!("{by} sets {shown}{why}: for {days} days now."),
                )
            }
        }
        _ => Default::default(),
    }
}

const fn advice(what: &What) -> (&'static str, &'static str) {
    match what {
        What::SummerHeating { .. } => (
            "Heizgrenze auf 15 °C Tagesmittel einstellen, Umwälzpumpen über ihr abschalten; Warmwasser bleibt davon frei.",
            "Set the heating limit to a daily mean of 15 °C and stop the circulating pumps above it; hot water is not concerned.",
        ),
        What::NoSetback { .. } => (
            "Zeitprogramm einrichten: außerhalb der Nutzung absenken, am Wochenende durchgehend, und so früh vorheizen wie nötig.",
            "Set up a time programme: lower outside occupancy, weekends through, and heat up as early as needed.",
        ),
        What::SetbackNotReached { .. } => (
            "Prüfen, wer den Raum warm hält: Ventil schließt nicht, Kreis ohne Absenkung, Heizlüfter, Dauerlauf der Lüftung.",
            "Find out what keeps the room warm: a valve that does not close, a circuit without setback, a fan heater, ventilation that never stops.",
        ),
        What::SetbackEndsEarly { .. } => (
            "Vorheizzeit kürzen, oder nach Raum- und Außentemperatur rechnen lassen.",
            "Shorten the heat-up time, or have it computed by room and outdoor temperature.",
        ),
        What::HeatingAndCooling { .. } => (
            "Sollwerte von Heizen und Kühlen um 2 K trennen, undichte Ventile suchen. Wird entfeuchtet, kann es Absicht sein.",
            "Keep the setpoints of heating and cooling 2 K apart, look for leaking valves. Where air is dried it may be on purpose.",
        ),
        What::NightLoad { .. } => (
            "An einem Abend abschalten, was niemand braucht: Lüftung, Pumpen, Licht, Geräte in Bereitschaft; Großverbraucher einzeln messen.",
            "Switch off one evening what nobody needs: ventilation, pumps, light, devices in standby; measure the large ones by themselves.",
        ),
        What::CurveTooSteep { .. } => (
            "Heizkurve in kleinen Schritten senken, bis der ungünstigste Raum gerade noch warm wird.",
            "Lower the heating curve in small steps, until the room that is worst off just gets warm.",
        ),
        What::ReturnTooWarm { .. } => (
            "Heizkurve senken und hydraulisch abgleichen; Brennwertkessel nutzen erst unter 50 °C Rücklauf ihren Vorteil.",
            "Lower the heating curve and balance the circuits; condensing boilers gain only with a return below 50 °C.",
        ),
        What::ShortCycling { .. } => (
            "Schaltdifferenz und Mindestlaufzeit erhöhen, Leistung begrenzen; bei Kesseln die Größe prüfen.",
            "Widen the switching difference and the least run time, limit the power; of boilers check the size.",
        ),
        What::SensorStuck { .. } => (
            "Fühler und Anschluss prüfen, ersetzen; was nach ihm regelt, so lange von Hand prüfen.",
            "Check sensor and wiring, replace it; meanwhile check by hand what is controlled by it.",
        ),
        What::OverrideForgotten { over: false, .. } => (
            "Vorgabe beenden; wird der Wert auf Dauer gebraucht, gehört er in eine Regel.",
            "End the override; if the value is needed for good, it belongs in a rule.",
        ),
        What::OverrideForgotten { over: true, .. } => (
            "Kommt das wieder vor, gehört der Wert in eine Regel.",
            "If that happens again, the value belongs in a rule.",
        ),
        What::BenchmarkMissed { .. } => (
            "Gebäude begehen; die übrigen Hinweise dieses Berichts sind der Anfang.",
            "Walk through the building; the other findings of this report are where to begin.",
        ),
    }
}

/// How the saving of a kind is estimated, where it is no measurement.
#[must_use]
pub fn estimated(what: &What, language: Language) -> Option<String> {
    let (percent, lowered) = (FALL_PER_K * 100.0, LOWERED_K);
    match what {
        What::NoSetback { .. } => Some(language.pick(
            format!("geschätzt: {percent:.0} % Heizwärme je Kelvin, {lowered:.0} K kühler in Zeiten ohne Nutzung"),
            format!("estimated: {percent:.0} % of heat for each kelvin, {lowered:.0} K cooler while nobody is there"),
        )),
        What::SetbackNotReached { .. }
        | What::SetbackEndsEarly { .. }
        | What::CurveTooSteep { .. } => Some(language.pick(
            format!("geschätzt: {percent:.0} % Heizwärme je Kelvin"),
            format!("estimated: {percent:.0} % of heat for each kelvin"),
        )),
        _ => None,
    }
}

/// A number as the language writes it: 1.234,5 or 1,234.5.
fn number(value: f64, decimals: usize, language: Language) -> String {
    let (point, group) = language.pick((',', '.'), ('.', ','));
    let text = format!("{:.decimals$}", value.abs());
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let mut shown = String::new();
    if value < 0.0 && text.chars().any(|digit| ('1'..='9').contains(&digit)) {
        shown.push('-');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            shown.push(group);
        }
        shown.push(digit);
    }
    if !part.is_empty() {
        shown.push(point);
        shown.push_str(part);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::benchmark::Benchmark;

    /// One of each kind.
    fn all() -> Vec<What> {
        let benchmark = Benchmark { limit: 128.0, target: 72.0 };
        let text = str::to_owned;
        vec![
            What::SummerHeating { days: 80, hours_a_day: Some(8.2), kwh: Some(4_321.0) },
            What::SummerHeating { days: 80, hours_a_day: None, kwh: Some(4_321.0) },
            What::SummerHeating { days: 80, hours_a_day: Some(8.2), kwh: None },
            What::NoSetback { rests: 97, of: 99, circuits: 2 },
            What::SetbackNotReached { rests: 9, of: 10, lowered_k: 4.0, fell_k: 0.2, would_k: 0.9 },
            What::SetbackEndsEarly { rests: 9, of: 10, early_h: 5.6 },
            What::HeatingAndCooling { hours: 60.0, open_h: 720.0 },
            What::NightLoad { rest_w: 3_000.0, occupied_w: 9_300.0, kwh: 19_800.0 },
            What::CurveTooSteep { slope: 1.5, excess_k: 2.0 },
            What::ReturnTooWarm { slope: 1.5, return_c: 55.0 },
            What::ShortCycling { starts: 1_900, hours: 192.0 },
            What::SensorStuck { shown: text("20.3 °C"), days: 6.0, others: Some(text("5 K")) },
            What::SensorStuck { shown: text("430 ppm"), days: 15.0, others: None },
            What::OverrideForgotten {
                shown: text("23 °C"),
                days: 25.0,
                by: text("meier"),
                why: text("Basar"),
                over: false,
            },
            What::OverrideForgotten {
                shown: text("on"),
                days: 10.0,
                by: text("meier"),
                why: String::new(),
                over: true,
            },
            What::BenchmarkMissed { medium: Medium::Water, indicator: 250.0, benchmark },
        ]
    }

    #[test]
    fn each_kind_has_its_words_in_both_languages() {
        for what in all() {
            let measure = Measure {
                what,
                building: 0,
                points: Vec::new(),
                span: crate::history::Span { from_ms: 0, until_ms: 1 },
                coverage: 0.973,
                sure: Sure::Likely,
                saving: None,
            };
            let told = [Language::De, Language::En].map(|language| {
                let words = [measure.title(language), measure.advice(language)];
                let evidence = measure.evidence(language);
                assert!(words.iter().all(|it| !it.is_empty()) && evidence.ends_with('.'));
                assert!(!evidence.contains("  ") && !evidence.contains(" ."), "{evidence}");
                println!("{}: {evidence} {}", words[0], words[1]);
                evidence
            });
            assert_ne!(told[0], told[1]);
        }
        let what = What::NightLoad { rest_w: 3_060.0, occupied_w: 9_300.0, kwh: 19_823.0 };
        let night = Measure {
            what,
            building: 0,
            points: Vec::new(),
            span: crate::history::Span { from_ms: 0, until_ms: 1 },
            coverage: 0.973,
            sure: Sure::Likely,
            saving: None,
        };
        assert_eq!(
            night.evidence(Language::De),
            "Nachts ohne Nutzung laufen im Mittel 3,1 kW, mit Nutzung 9,3 kW: 33 %. In Zeiten ohne Nutzung wurden 19.823 kWh verbraucht."
        );
        assert_eq!(night.basis(Language::En), "likely; 97 % of the data are there");
    }

    #[test]
    fn numbers_as_each_language_writes_them() {
        assert_eq!(number(1234.56, 1, Language::De), "1.234,6");
        assert_eq!(number(1_234_567.0, 0, Language::En), "1,234,567");
        assert_eq!(number(-0.04, 1, Language::De), "0,0");
        assert_eq!(number(-12.0, 0, Language::En), "-12");
        let saving = |a_year| Saving { of: Medium::Heat, a_year }.words(Language::De);
        assert_eq!(saving(12_345.0), "etwa 12.000 kWh im Jahr");
        assert_eq!(saving(7.4), "etwa 7 kWh im Jahr");
    }
}
