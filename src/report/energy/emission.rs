//! What energy emitted: greenhouse gases by the set that the site chose, its own sets of
//! the same kind before it and shipped ones behind, and air pollutants at the building. Sets of CO2 and of CO2e
//! are never mixed; fuels are converted to the net calorific value first.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::model::Language;
use crate::report::benchmark::Benchmarks;
use crate::report::factors::{self, Air, Calorific, FactorError, Gas, GramsFor, Greenhouse, Per};
use crate::site::{Carrier, Meter, Site};

use super::used::Used;

/// The names of pollutants, in the order of tables.
pub const POLLUTANTS: [&str; 5] = ["nox", "co", "so2", "pm10", "nmvoc"];

/// All sets that count for a site.
#[derive(Debug)]
pub struct Sets {
    /// The chosen one.
    pub greenhouse: Greenhouse,
    /// The site's own, of the same gas: asked first.
    pub own: Vec<Greenhouse>,
    /// Shipped ones of the same gas, for what the chosen one has not.
    others: Vec<Greenhouse>,
    pub air: Air,
    pub calorific: Calorific,
    pub benchmarks: Benchmarks,
}

/// Why sets cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SetsError {
    #[error("cannot read {path}")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Form(#[from] FactorError),
    #[error("there is no set of factors {name}")]
    Unknown { name: String, known: Vec<String> },
}

impl SetsError {
    /// The sentence for people.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::Read { path, source } => {
                let (path, why) = (path.display(), crate::model::system_words(source, language));
                language.pick(
                    format!("die Faktorendatei {path} ist nicht zu lesen: {why}"),
                    format!("the file of factors {path} cannot be read: {why}"),
                )
            }
            Self::Form(FactorError::Form { file, source }) => language.pick(
                format!("{file} ist kein Faktorensatz: {}", source.message()),
                format!("{file} is no set of factors: {}", source.message()),
            ),
            Self::Form(FactorError::Value { file, what, value }) => language.pick(
                format!("{file}: {what} kann nicht {value} sein"),
                format!("{file}: {what} cannot be {value}"),
            ),
            Self::Unknown { name, known } => {
                let known = known.join(", ");
                language.pick(
                    format!("[report] greenhouse: den Faktorensatz „{name}“ gibt es nicht; es gibt {known}"),
                    format!("[report] greenhouse: there is no set of factors \"{name}\"; there are {known}"),
                )
            }
        }
    }
}

impl Sets {
    /// Of a site: the shipped ones and its own.
    ///
    /// # Errors
    /// A file that cannot be read or is no set; a name that none has.
    pub fn of(site: &Site) -> Result<Self, SetsError> {
        let (mut own, mut air) = (Vec::new(), Air::shipped());
        for path in &site.report.factor_files {
            match read(path)? {
                Own::Greenhouse(set) => own.push(*set),
                Own::Air(set) => air = *set,
            }
        }
        let [geg, bafa, grid] = Greenhouse::shipped();
        let mut known =
            vec![("geg".to_owned(), geg), ("bafa".to_owned(), bafa), ("grid".to_owned(), grid)];
        known.extend(own.iter().map(|set| (set.name.clone(), set.clone())));
        let wanted = site.report.greenhouse.as_deref().unwrap_or("geg");
        let names: Vec<String> = known.iter().map(|(name, _)| name.clone()).collect();
        let chosen = known.into_iter().find(|(name, _)| name == wanted);
        let Some((_, greenhouse)) = chosen else {
            return Err(SetsError::Unknown { name: wanted.to_owned(), known: names });
        };
        let same = |set: &Greenhouse| set.gas == greenhouse.gas && set.name != greenhouse.name;
        own.retain(same);
        let others = Greenhouse::shipped().into_iter().filter(same).collect();
        let (calorific, benchmarks) = (Calorific::shipped(), Benchmarks::shipped());
        Ok(Self { greenhouse, own, others, air, calorific, benchmarks })
    }

    /// What the grams are of: `CO₂` or `CO₂e`.
    #[must_use]
    pub const fn gas(&self) -> &'static str {
        match self.greenhouse.gas {
            Gas::Co2 => "CO₂",
            Gas::Co2e => "CO₂e",
        }
    }

    fn factor(&self, word: &str, year: i16) -> Option<(&Greenhouse, &GramsFor)> {
        let mut sets = self.own.iter().chain([&self.greenhouse]).chain(&self.others);
        sets.find_map(|set| Some((set, set.factor(word, year)?)))
    }

    /// Of what was counted in a year. `top`: the meter that it comes through at last, over
    /// buildings. `None`: it is none that emits (water, heat made of others).
    #[must_use]
    pub fn emitted(&self, top: &Meter, used: &Used, year: i16) -> Option<Emitted> {
        let carrier = top.carrier;
        let made = matches!(carrier, Carrier::Water | Carrier::Heat | Carrier::Cold);
        if made && top.made_of.is_none() {
            return None;
        }
        let word = top.made_of.as_deref().or_else(|| factors::word(carrier))?;
        let found = self.factor(word, year);
        let net = used.amount.and_then(|gross| self.calorific.net(gross, carrier));
        let of = |per: Per| if per == Per::Net { net } else { used.amount };
        let kg = found.and_then(|(set, factor)| of(set.per).map(|kwh| kwh * factor.grams / 1000.0));
        let grams = of(self.air.per).and_then(|kwh| self.air.grams(kwh, word));
        // What is supplied is burnt elsewhere.
        let supplied = !carrier.is_fuel();
        let air = match grams {
            None if supplied => used.amount.map(|_| POLLUTANTS.map(|name| (name, 0.0)).into()),
            grams => grams,
        };
        Some(Emitted {
            net_kwh: net,
            kg,
            grams_a_kwh: found.map(|(_, factor)| factor.grams),
            set: found.map(|(set, factor)| Source {
                name: set.name.clone(),
                edition: set.edition.clone(),
                year: set.year,
                of: factor.of,
                note: factor.note.clone(),
            }),
            word: word.to_owned(),
            air,
        })
    }
}

/// Where a factor is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub name: String,
    pub edition: String,
    pub year: i16,
    /// The year that it describes, if it is of one.
    pub of: Option<i16>,
    pub note: Option<String>,
}

/// What was emitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Emitted {
    /// By the net calorific value.
    pub net_kwh: Option<f64>,
    /// CO2 or CO2e; `None`: the amount is unknown, or no set has a factor.
    pub kg: Option<f64>,
    /// `None` also where meters have different ones.
    pub grams_a_kwh: Option<f64>,
    pub set: Option<Source>,
    /// As sets call it.
    pub word: String,
    /// g of each; `None`: unknown.
    pub air: Option<BTreeMap<&'static str, f64>>,
}

impl Emitted {
    /// With another meter of the same carrier, with a sign.
    #[must_use]
    pub fn plus(mut self, other: Self, sign: f64) -> Self {
        let sum =
            |one: Option<f64>, two: Option<f64>| one.zip(two).map(|(one, two)| one + sign * two);
        self.net_kwh = sum(self.net_kwh, other.net_kwh);
        self.kg = sum(self.kg, other.kg);
        if self.grams_a_kwh != other.grams_a_kwh || self.word != other.word {
            self.grams_a_kwh = None;
        }
        self.air = self.air.zip(other.air).map(|(mut air, more)| {
            for (name, grams) in more {
                *air.entry(name).or_insert(0.0) += sign * grams;
            }
            air
        });
        self
    }
}

enum Own {
    Greenhouse(Box<Greenhouse>),
    Air(Box<Air>),
}

/// One of the site's files: of greenhouse gases where it says of which gas.
fn read(path: &Path) -> Result<Own, SetsError> {
    let text = fs::read_to_string(path)
        .map_err(|source| SetsError::Read { path: path.to_owned(), source })?;
    let file = path.display().to_string();
    let of_gas = text.lines().any(|line| line.trim_start().starts_with("gas"));
    Ok(if of_gas {
        let set: Greenhouse = factors::parse(&file, &text)?;
        Own::Greenhouse(Box::new(set.check(&file)?))
    } else {
        Own::Air(Box::new(factors::parse(&file, &text)?))
    })
}
