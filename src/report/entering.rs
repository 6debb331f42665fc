//! Entering readings by hand: each is held against those around it, by the same
//! judgement that counts them later. What that would find fault with is refused,
//! unless the person says that it is so.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::counter::{Counter, judge};
use super::finding::What;
use super::readings::{Entry, Held, Readings, ReadingsError};
use crate::history::Sample;
use crate::model::{Language, Unit};
use crate::site::{Meter, MeterSource, Site};

/// Clocks of a PC and of whoever reads may differ by this.
const AHEAD_S: i64 = 300;

/// A reading that somebody wants kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewReading {
    /// By name.
    pub meter: String,
    pub at: Timestamp,
    /// Canonical; `None`: the one of this moment is withdrawn.
    pub reading: Option<f64>,
    pub by: String,
}

/// What became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    pub added: usize,
    /// They were there already, just so.
    pub known: usize,
}

/// Why a reading is not taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    NoSuchMeter {
        meter: String,
    },
    /// It has a counter that is read without us.
    HasCounter {
        meter: String,
    },
    Ahead {
        at: Timestamp,
    },
    NotOnDial {
        shown: String,
        most: Option<String>,
    },
    /// Of this moment there is another one.
    Other {
        shown: String,
    },
    /// Nothing to withdraw.
    NoneThere {
        at: Timestamp,
    },
    /// What counting would say of it.
    Implausible {
        what: What,
        unit: Unit,
    },
}

impl Refusal {
    /// Whether a person may insist.
    #[must_use]
    pub const fn can_be_overruled(&self) -> bool {
        matches!(self, Self::Other { .. } | Self::Implausible { .. })
    }

    /// The sentence for people, with the way out.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let (german, english) = match self {
            Self::NoSuchMeter { meter } => (
                format!(
                    "den Zähler „{meter}“ gibt es nicht; ist er neu in der Anlagendatei: hauswart neu starten"
                ),
                format!(
                    "there is no meter \"{meter}\"; if it is new in the site file, restart hauswart"
                ),
            ),
            Self::HasCounter { meter } => (
                format!(
                    "der Zähler „{meter}“ wird von hauswart gelesen; von Hand geht das nur bei Zählern mit unit = … statt point = …"
                ),
                format!(
                    "the meter \"{meter}\" is read by hauswart; by hand goes only with meters that have unit = … instead of point = …"
                ),
            ),
            Self::Ahead { at } => {
                (format!("{at} liegt in der Zukunft"), format!("{at} lies in the future"))
            }
            Self::NotOnDial { shown, most: Some(most) } => (
                format!("{shown} kann dieser Zähler nicht zeigen; er geht bis {most}"),
                format!("this meter cannot show {shown}; it goes up to {most}"),
            ),
            Self::NotOnDial { shown, .. } => (
                format!("{shown} kann kein Zählerstand sein"),
                format!("{shown} cannot be a reading"),
            ),
            Self::Other { shown } => (
                format!(
                    "für diesen Zeitpunkt ist schon {shown} eingetragen; mit --yes wird es berichtigt"
                ),
                format!("{shown} is already entered for this moment; --yes corrects it"),
            ),
            Self::NoneThere { at } => (
                format!("für {at} ist keine Ablesung eingetragen"),
                format!("no reading is entered for {at}"),
            ),
            Self::Implausible { what, unit } => {
                let (german, english) =
                    (why(what, unit, Language::De), why(what, unit, Language::En));
                (
                    format!(
                        "{german}. Stimmt es trotzdem: --yes; wurde der Zähler getauscht: [[meter.replaced]] in der Anlagendatei"
                    ),
                    format!(
                        "{english}. If it is right all the same: --yes; if the meter was replaced: [[meter.replaced]] in the site file"
                    ),
                )
            }
        };
        language.pick(german, english)
    }
}

/// What is wrong with readings that follow each other.
fn why(what: &What, unit: &Unit, language: Language) -> String {
    let show = |value: f64| unit.display(value);
    match what {
        What::Reset { from, to, .. } | What::Fell { from, to } | What::RolledOver { from, to } => {
            let (from, to) = (show(*from), show(*to));
            language.pick(
                format!("der Zähler ginge zurück: erst {from}, dann {to}"),
                format!("the meter would go back: first {from}, then {to}"),
            )
        }
        What::Jump { from, to, most } => {
            let [from, to, most] = [from, to, most].map(|value| show(*value));
            language.pick(
                format!("in dieser Zeit kann der Zähler nicht von {from} auf {to} kommen, höchstens auf {most}"),
                format!("in this time the meter cannot get from {from} to {to}, to {most} at most"),
            )
        }
        other => other.words(unit, language),
    }
}

/// Keeps readings, all or none: on the disk when this returns. `yes`: also what is
/// implausible.
///
/// # Errors
/// The readings cannot be kept; or, within, the places of those refused and why.
pub fn enter(
    site: &Site,
    data: &Path,
    new: &[NewReading],
    yes: bool,
    now: Timestamp,
) -> Result<Result<Entered, Vec<(usize, Refusal)>>, ReadingsError> {
    let mut held = Held::open(data)?;
    let mut refused = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    let mut readings = held.readings.clone();
    let mut known = 0;
    // In order of time, so that an old list is judged as it grew.
    let mut order: Vec<usize> = (0..new.len()).collect();
    order.sort_by_key(|place| new[*place].at);
    for place in order {
        let Verdict { entry, refusal } = judged(site, &readings, &new[place], now);
        match (entry, refusal.filter(|refusal| !(yes && refusal.can_be_overruled()))) {
            (_, Some(refusal)) => refused.push((place, refusal)),
            (Some(entry), None) => {
                readings.put(entry.clone());
                entries.push(entry);
            }
            (None, None) => known += 1,
        }
    }
    if !refused.is_empty() {
        refused.sort_by_key(|(place, _)| *place);
        return Ok(Err(refused));
    }
    held.add(&entries)?;
    Ok(Ok(Entered { added: entries.len(), known }))
}

/// The line for it, and what speaks against it; neither: it is there already.
struct Verdict {
    entry: Option<Entry>,
    refusal: Option<Refusal>,
}

fn judged(site: &Site, readings: &Readings, new: &NewReading, now: Timestamp) -> Verdict {
    let refuse = |refusal| Verdict { entry: None, refusal: Some(refusal) };
    let take = |entry| Verdict { entry: Some(entry), refusal: None };
    let Some(meter) = site.meters.iter().find(|meter| meter.name == new.meter) else {
        return refuse(Refusal::NoSuchMeter { meter: new.meter.clone() });
    };
    if meter.source != MeterSource::Dial {
        return refuse(Refusal::HasCounter { meter: new.meter.clone() });
    }
    if new.at.as_second() > now.as_second() + AHEAD_S {
        return refuse(Refusal::Ahead { at: new.at });
    }
    let there = readings.of(&meter.name).find(|entry| entry.at == new.at);
    let unit = &meter.unit;
    let entry = Entry {
        meter: meter.name.clone(),
        at: new.at,
        // Digits as they were typed, not what is left of them after a conversion.
        reading: new.reading.map(|value| round(unit.shown(value))),
        unit: unit.symbol.clone(),
        by: new.by.clone(),
        entered: now,
    };
    let Some(value) = new.reading else {
        return match there {
            Some(_) => take(entry),
            None => refuse(Refusal::NoneThere { at: new.at }),
        };
    };
    if !value.is_finite() || value < 0.0 || meter.rolls_over.is_some_and(|most| value > most) {
        let most = meter.rolls_over.map(|most| unit.display(most));
        return refuse(Refusal::NotOnDial { shown: unit.display(value), most });
    }
    if let Some(other) = there.and_then(Entry::sample).and_then(|sample| sample.value) {
        let same = (other - value).abs() <= 1e-9 * value.abs().max(1.0);
        let shown = unit.display(other);
        return match same {
            true => Verdict { entry: None, refusal: None },
            false => Verdict { entry: Some(entry), refusal: Some(Refusal::Other { shown }) },
        };
    }
    let what = implausible(meter, readings, new.at, value);
    let refusal = what.map(|what| Refusal::Implausible { what, unit: unit.clone() });
    Verdict { entry: Some(entry), refusal }
}

/// To a millionth: what dials do not show.
fn round(shown: f64) -> f64 {
    (shown * 1e6).round() / 1e6
}

/// What counting would find fault with that it does not without this reading.
fn implausible(meter: &Meter, readings: &Readings, at: Timestamp, value: f64) -> Option<What> {
    let at_ms = at.as_millisecond();
    let mut samples = readings.samples(&meter.name);
    let before = faults(meter, &samples);
    let place = samples.partition_point(|sample| sample.at_ms < at_ms);
    let quality = crate::model::Quality::Good;
    samples.insert(place, Sample { at_ms, value: Some(value), quality });
    faults(meter, &samples).into_iter().find(|what| !before.contains(what))
}

fn faults(meter: &Meter, samples: &[Sample]) -> Vec<What> {
    let until_ms = samples.last().map_or(0, |last| last.at_ms);
    let judged = judge(samples, until_ms, &Counter::of(meter));
    let found = judged.findings.into_iter().map(|finding| finding.what);
    // In a year any fall can be a dial that rolled over, and a slip of the finger, too:
    // only from near its end to near zero it goes without saying.
    let near_its_end = |from: f64, to: f64| {
        meter.rolls_over.is_some_and(|end| from >= 0.9 * end && to <= 0.1 * end)
    };
    let fine = |what: &What| match what {
        What::RolledOver { from, to } => near_its_end(*from, *to),
        What::Replaced { .. } | What::Gap { .. } => true,
        _ => false,
    };
    found.filter(|what| !fine(what)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnostic::Source;
    use crate::site;

    fn site() -> Site {
        let text = r#"
format = 1
[site]
name = "Test"
[[building]]
name = "Schule"
[[meter]]
name = "Gas"
unit = "m³"
carrier = "natural-gas"
load = "25 m³/h"
rolls_over = "100000 m³"
[[meter.replaced]]
at = "2026-03-12"
end = "5000 m³"
start = "10 m³"
"#;
        let source = Source { file: "site.toml".into(), text: text.into() };
        site::load(&source, Path::new("/anlage"), &[]).site.unwrap()
    }

    fn reading(day: &str, value: f64) -> NewReading {
        let at = format!("{day}T12:00:00Z").parse().unwrap();
        NewReading { meter: "Gas".into(), at, reading: Some(value), by: "K. Meier".into() }
    }

    fn now() -> Timestamp {
        "2026-06-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_meter_does_not_go_back_unless_it_was_replaced_or_somebody_insists() {
        let folder = tempfile::tempdir().unwrap();
        let site = site();
        let enter_all = enter;
        let enter = |new: &[NewReading], yes| {
            enter_all(&site, folder.path(), new, yes, now()).unwrap().map_err(|refused| {
                refused
                    .into_iter()
                    .map(|(place, why)| (place, why.words(Language::En)))
                    .collect::<Vec<_>>()
            })
        };
        let first = [reading("2026-01-01", 4000.0), reading("2026-02-01", 4500.0)];
        assert_eq!(enter(&first, false), Ok(Entered { added: 2, known: 0 }));
        // Entered twice, it is there once.
        assert_eq!(enter(&first, false), Ok(Entered { added: 0, known: 2 }));
        let refused = enter(&[reading("2026-02-10", 4400.0)], false).unwrap_err();
        assert!(refused[0].1.contains("go back: first 4500 m³, then 4400 m³"), "{refused:?}");
        // Between two others it must fit to both; one bad line, and none is taken.
        let pair = [reading("2026-02-20", 4700.0), reading("2026-01-15", 4600.0)];
        assert_eq!(enter(&pair, false).unwrap_err()[0].0, 1);
        assert_eq!(Readings::read(folder.path()).unwrap().of("Gas").count(), 2);
        // The replacement explains it.
        let new_meter = [reading("2026-04-01", 300.0)];
        assert_eq!(enter(&new_meter, false), Ok(Entered { added: 1, known: 0 }));
        let refused = enter(&[reading("2026-04-02", 2000.0)], false).unwrap_err();
        assert!(refused[0].1.contains("cannot get from 300 m³ to 2000 m³"), "{refused:?}");
        // A slip is corrected only by who says so.
        let slip = [reading("2026-01-01", 4001.0)];
        assert!(enter(&slip, false).unwrap_err()[0].1.contains("4000 m³ is already entered"));
        assert_eq!(enter(&slip, true), Ok(Entered { added: 1, known: 0 }));
        let withdrawn = NewReading { reading: None, ..reading("2026-01-01", 0.0) };
        assert!(enter(std::slice::from_ref(&withdrawn), false).is_ok());
        assert!(enter(&[withdrawn], false).is_err(), "there is nothing left");
    }

    #[test]
    fn a_lower_reading_after_a_year_is_no_rolling_over_unless_somebody_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let site = site();
        let enter = |new: NewReading, yes| enter(&site, folder.path(), &[new], yes, now()).unwrap();
        enter(reading("2022-01-01", 48_210.0), false).unwrap();
        let typed = reading("2023-01-01", 42_810.0);
        let refused = enter(typed.clone(), false).unwrap_err();
        let words = refused[0].1.words(Language::En);
        assert!(words.contains("go back: first 48210 m³, then 42810 m³"), "{words}");
        assert!(words.contains("--yes") && refused[0].1.can_be_overruled(), "{words}");
        assert!(enter(typed, true).is_ok(), "a year can bring it round");
        // From near its end to near zero nobody is asked.
        enter(reading("2024-01-01", 95_000.0), false).unwrap();
        enter(reading("2025-01-01", 4_000.0), false).unwrap();
    }

    #[test]
    fn what_no_dial_shows_is_refused_whoever_insists() {
        let folder = tempfile::tempdir().unwrap();
        let site = site();
        let wrong = [
            reading("2026-06-02", 1.0),
            reading("2026-01-01", -1.0),
            reading("2026-01-01", 100_001.0),
            NewReading { meter: "Gsa".into(), ..reading("2026-01-01", 1.0) },
        ];
        let refused = enter(&site, folder.path(), &wrong, true, now()).unwrap().unwrap_err();
        assert_eq!(refused.len(), 4, "{refused:?}");
        assert!(refused.iter().all(|(_, why)| !why.can_be_overruled()));
    }
}
