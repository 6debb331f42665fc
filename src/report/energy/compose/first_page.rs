//! The first page: what a council member reads. A few sentences, a few large figures with
//! the change to the year before, and how sure they are.

use super::energy::{electricity_in, used_in};
use super::money::{cost_in, greenhouse_in};
use super::{Composer, say};
use crate::report::document::{Block, KeyFigure, Section, Standing};
use crate::report::energy::{Building, Claim, Medium};
use crate::site::Carrier;

/// A figure of all buildings, now and in the period before.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Together {
    pub now: Option<f64>,
    /// Of the buildings whose figure is known in both.
    change: Option<f64>,
    /// Some building's figure is not known, or part of it is not.
    incomplete: bool,
    /// So many buildings have such a figure at all.
    many: usize,
}

impl Together {
    /// `of`: a building's figure and whether it is whole; `None`: it has none.
    fn of<'a>(
        buildings: impl Iterator<Item = &'a Building>,
        last: usize,
        of: impl Fn(&Building, usize) -> Option<(Option<f64>, bool)>,
    ) -> Self {
        let (mut together, mut both) = (Self::default(), (0.0, 0.0));
        for building in buildings {
            let Some((now, whole)) = of(building, last) else { continue };
            together.incomplete |= !whole || now.is_none();
            together.many += 1;
            if let Some(now) = now {
                together.now = Some(together.now.unwrap_or(0.0) + now);
            }
            let before = last.checked_sub(1).and_then(|it| of(building, it));
            if let (Some(now), true, Some((Some(before), true))) = (now, whole, before) {
                both = (both.0 + now, both.1 + before);
            }
        }
        together.change = (both.1 > 0.0).then(|| both.0 / both.1 - 1.0);
        together
    }
}

impl Composer<'_> {
    fn together(&self, of: impl Fn(&Building, usize) -> Option<(Option<f64>, bool)>) -> Together {
        let last = self.energy.compared.len() - 1;
        Together::of(self.energy.buildings.iter(), last, of)
    }

    pub(super) fn first_page(&self) -> Section {
        let heat = self.together(|building, period| {
            let heat = building.heat[period].as_ref()?;
            Some((heat.used.amount, heat.used.stands()))
        });
        let corrected = self.together(|building, period| {
            let heat = building.heat[period].as_ref()?;
            let corrected = heat.corrected.as_ref().ok().copied();
            Some((corrected, corrected.is_some()))
        });
        let electricity = self.together(|building, period| {
            let used = electricity_in(building, period)?;
            Some((used.amount, used.stands()))
        });
        let water = self.together(|building, period| {
            let used = used_in(building, period, Carrier::Water)?;
            Some((used.amount, used.stands()))
        });
        let cost = self.together(cost_in);
        let greenhouse = self.together(greenhouse_in);
        let figures = vec![
            self.heat_tile(heat, corrected),
            self.tile(self.pick("Strom", "Electricity"), electricity, say::energy),
            self.tile(self.pick("Wasser", "Water"), water, |m3, language| {
                format!("{} m³", say::number(m3, 0, language))
            }),
            self.tile(self.pick("Kosten", "Cost"), cost, say::euros),
            self.tile(self.gas().to_owned(), greenhouse, say::mass),
            self.saved_tile(),
        ];
        let figures = figures.into_iter().flatten().collect();
        let mut blocks = vec![
            Block::Lead(self.lead(corrected, heat, electricity, cost, greenhouse)),
            Block::Figures(figures),
        ];
        blocks.extend(self.saved_words());
        blocks.extend(self.best_measures());
        blocks.extend(self.yearly_picture());
        blocks.extend(self.sure());
        Section {
            key: "overview".to_owned(),
            title: self.pick("Auf einen Blick", "At a glance"),
            new_page: false,
            blocks,
        }
    }

    pub(super) fn gas(&self) -> &'static str {
        self.energy.sites.first().map_or("CO₂e", |it| it.sets.gas())
    }

    fn lead(
        &self,
        corrected: Together,
        heat: Together,
        electricity: Together,
        cost: Together,
        greenhouse: Together,
    ) -> String {
        let language = self.language;
        let many = self.energy.buildings.len();
        let period = self.energy.period.words(language);
        let who = match many {
            1 => {
                let title = &self.of(&self.energy.buildings[0]).title;
                language.pick(format!("{title} verbrauchte"), format!("{title} used"))
            }
            _ => language
                .pick(format!("{many} Gebäude verbrauchten"), format!("{many} buildings used")),
        };
        let mut used = Vec::new();
        if let Some(kwh) = heat.now {
            let change = corrected.change.or(heat.change);
            used.push(self.with_change(
                heat,
                language.pick(
                    format!("{} Wärme", say::energy(kwh, language)),
                    format!("{} of heat", say::energy(kwh, language)),
                ),
                change.map(|it| match corrected.change {
                    Some(_) => language.pick(
                        format!("witterungsbereinigt {}", say::change(it, language)),
                        format!("weather-corrected {}", say::change(it, language)),
                    ),
                    None => say::change(it, language),
                }),
            ));
        }
        if let Some(kwh) = electricity.now {
            used.push(self.with_change(
                electricity,
                language.pick(
                    format!("{} Strom", say::energy(kwh, language)),
                    format!("{} of electricity", say::energy(kwh, language)),
                ),
                electricity.change.map(|it| say::change(it, language)),
            ));
        }
        if used.is_empty() {
            return language.pick(
                format!("Für {period} ist kein Verbrauch bekannt."),
                format!("No consumption is known of {period}."),
            );
        }
        let and = language.pick(" und ", " and ");
        let mut text = language.pick(
            format!("{who} im Zeitraum {period} {}.", used.join(and)),
            format!("{who} {} in {period}.", used.join(and)),
        );
        let gas = self.gas();
        let euros = cost.now.map(|it| self.with_change(cost, say::euros(it, language), None));
        let emitted = greenhouse.now.map(|it| {
            let mass = say::mass(it, language);
            let text = language.pick(format!("{mass} {gas}"), format!("{mass} of {gas}"));
            self.with_change(greenhouse, text, None)
        });
        let consequences = match (euros, emitted) {
            (Some(euros), Some(emitted)) => language.pick(
                format!(" Das kostete {euros} und verursachte {emitted}."),
                format!(" That cost {euros} and emitted {emitted}."),
            ),
            (None, Some(emitted)) => language
                .pick(format!(" Das verursachte {emitted}."), format!(" That emitted {emitted}.")),
            (Some(euros), None) => {
                language.pick(format!(" Das kostete {euros}."), format!(" That cost {euros}."))
            }
            (None, None) => String::new(),
        };
        text.push_str(&consequences);
        text
    }

    /// A figure in the sentence: of how many buildings, if not of all; whether it is
    /// whole; how it changed.
    fn with_change(&self, figure: Together, mut text: String, change: Option<String>) -> String {
        let all = self.energy.buildings.len();
        let mut said = Vec::new();
        if figure.many < all {
            let many = figure.many;
            said.push(self.language.pick(
                format!("aus {many} von {all} Gebäuden"),
                format!("of {many} of {all} buildings"),
            ));
        }
        if figure.incomplete {
            said.push(self.pick("unvollständig", "incomplete"));
        }
        said.extend(change);
        if !said.is_empty() {
            text.push_str(&format!(" ({})", said.join(", ")));
        }
        text
    }

    fn heat_tile(&self, heat: Together, corrected: Together) -> Option<KeyFigure> {
        let mut tile = self.tile(self.pick("Wärme", "Heat"), heat, say::energy)?;
        if let Some(kwh) = corrected.now {
            let kwh = say::energy(kwh, self.language);
            let change = corrected.change.map(|it| self.to_before(it)).unwrap_or_default();
            tile.note = self.language.pick(
                format!("witterungsbereinigt {kwh}{change}"),
                format!("weather-corrected {kwh}{change}"),
            );
            tile.standing = standing(corrected.change);
            if corrected.incomplete {
                tile.note.push_str(&self.pick(", nicht alle Gebäude", ", not all buildings"));
            }
        } else {
            // A cold January is nobody's merit or fault.
            tile.standing = Standing::Plain;
            let uncorrected = self.pick("nicht witterungsbereinigt", "not weather-corrected");
            tile.note = match tile.note.as_str() {
                "" => uncorrected,
                note => format!("{note}; {uncorrected}"),
            };
        }
        Some(tile)
    }

    fn tile(
        &self,
        label: String,
        figure: Together,
        show: impl Fn(f64, crate::model::Language) -> String,
    ) -> Option<KeyFigure> {
        let value = show(figure.now?, self.language);
        let mut note = figure
            .change
            .map(|it| self.to_before(it).trim_start_matches(", ").to_owned())
            .unwrap_or_default();
        if figure.incomplete {
            let incomplete = self.pick("unvollständig", "incomplete");
            note = if note.is_empty() { incomplete } else { format!("{note}; {incomplete}") };
        }
        Some(KeyFigure { label, value, note, standing: standing(figure.change) })
    }

    /// `, −4,2 % zu 2025`
    fn to_before(&self, change: f64) -> String {
        let before = &self.energy.compared[self.energy.compared.len() - 2];
        let (change, before) = (say::change(change, self.language), before.words(self.language));
        self.language.pick(format!(", {change} zu {before}"), format!(", {change} on {before}"))
    }

    /// kWh saved by what is proven, of both energies.
    fn proven(&self) -> Vec<(&Building, &crate::report::energy::Saving, f64, f64)> {
        let all = self.energy.buildings.iter();
        all.flat_map(|building| building.savings.iter().map(move |saving| (building, saving)))
            .filter_map(|(building, saving)| match &saving.claim {
                Claim::Saved(saved) if saved.saving.is_certain() => {
                    Some((building, saving, saved.saving.saved(), saved.saving.band))
                }
                _ => None,
            })
            .collect()
    }

    fn saved_tile(&self) -> Option<KeyFigure> {
        let proven = self.proven();
        if proven.is_empty() {
            return None;
        }
        let saved: f64 = proven.iter().map(|it| it.2).sum();
        // Independent of one another, bands add as squares.
        let band = proven.iter().map(|it| it.3 * it.3).sum::<f64>().sqrt();
        let worth: Option<f64> = proven.iter().map(|it| it.1.worth).sum();
        let (value, mut note) = say::with_band(saved.abs(), band, self.language);
        if let Some(euros) = worth {
            note = format!("{note}; {}", say::euros(euros.abs(), self.language));
        }
        Some(KeyFigure {
            label: match saved < 0.0 {
                true => self.pick("Mehrverbrauch", "More used"),
                false => self.pick("Eingespart", "Saved"),
            },
            value,
            note,
            standing: if saved > band {
                Standing::Good
            } else if saved < -band {
                Standing::Bad
            } else {
                Standing::Plain
            },
        })
    }

    fn saved_words(&self) -> Option<Block> {
        let claims = self.energy.buildings.iter().flat_map(|it| &it.savings);
        let any = claims.clone().any(|it| matches!(it.claim, Claim::Saved(_)));
        let proven = self.proven();
        if proven.is_empty() {
            let text = if any {
                self.pick(
                    "Eine Einsparung ist für diesen Zeitraum nicht nachweisbar: sie wäre kleiner als ihre Unsicherheit.",
                    "No saving is proven for this period: it would be smaller than its uncertainty.",
                )
            } else {
                let first = claims.map(|it| &it.claim).next()?;
                let text = self.no_claim(first);
                let mut letters = text.chars();
                let upper = letters.next()?.to_uppercase().chain(letters).collect::<String>();
                self.language.pick(format!("Einsparung: {upper}."), format!("Savings: {upper}."))
            };
            return Some(Block::Text(text));
        }
        let kg: Option<f64> =
            proven.iter().map(|it| it.1.avoided.as_ref().and_then(|it| it.kg)).sum();
        let avoided = kg.map(|kg| {
            let (mass, gas) = (say::mass(kg.abs(), self.language), self.gas());
            if kg < 0.0 {
                return self.language.pick(
                    format!(" Zusätzlich verursacht wurden damit {mass} {gas}."),
                    format!(" That emitted {mass} of {gas} more."),
                );
            }
            self.language.pick(
                format!(" Vermieden wurden damit {mass} {gas}."),
                format!(" That avoided {mass} of {gas}."),
            )
        });
        let avoided = avoided.unwrap_or_default();
        let saved: Vec<f64> = proven.iter().map(|it| it.2).collect();
        let what = if saved.iter().all(|kwh| *kwh > 0.0) {
            self.pick("eine Einsparung", "a saving")
        } else if saved.iter().all(|kwh| *kwh < 0.0) {
            self.pick("ein Mehrverbrauch", "a higher consumption")
        } else {
            self.pick("eine Änderung", "a change")
        };
        let of = [
            (Medium::Heat, self.pick("bei Wärme", "for heat")),
            (Medium::Electricity, self.pick("bei Strom", "for electricity")),
        ];
        let of = of.into_iter().filter_map(|(medium, name)| {
            let many = proven.iter().filter(|it| it.1.medium == medium).count();
            (many > 0).then(|| format!("{name}{}", self.in_buildings(many)))
        });
        let of = of.collect::<Vec<_>>().join(&self.pick(" und ", " and "));
        Some(Block::Text(self.language.pick(
            format!("Gegenüber der Vergleichszeit ist {what} nachgewiesen: {of}.{avoided}"),
            format!("Against the reference period {what} is proven: {of}.{avoided}"),
        )))
    }

    /// ` in 3 Gebäuden`; of a report on one building nothing.
    fn in_buildings(&self, many: usize) -> String {
        match (self.energy.buildings.len(), many) {
            (1, _) => String::new(),
            (_, 1) => self.pick(" in 1 Gebäude", " in 1 building"),
            _ => {
                self.language.pick(format!(" in {many} Gebäuden"), format!(" in {many} buildings"))
            }
        }
    }

    /// One sentence on how sure all this is.
    fn sure(&self) -> Option<Block> {
        let all: Vec<f64> =
            self.energy.buildings.iter().filter_map(|it| self.coverage_of(it)).collect();
        if all.is_empty() {
            return None;
        }
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let percent = say::percent(mean, 1, self.language);
        let found: usize = self
            .energy
            .buildings
            .iter()
            .flat_map(|building| &building.meters)
            .filter(|it| !it.findings.is_empty())
            .count();
        let mut text = self.language.pick(
            format!("Die Zähler wurden {percent} der Zeit gehört."),
            format!("The meters were heard {percent} of the time."),
        );
        if found == 1 {
            text.push_str(&self.pick(
                " Bei einem Zähler gab es Lücken, Tausch oder Auffälligkeiten: siehe Datenlage.",
                " Of one meter there were gaps, replacements or oddities: see Data.",
            ));
        } else if found > 1 {
            text.push_str(&self.language.pick(
                format!(" Bei {found} Zählern gab es Lücken, Tausch oder Auffälligkeiten: siehe Datenlage."),
                format!(" Of {found} meters there were gaps, replacements or oddities: see Data."),
            ));
        }
        Some(Block::Notes(vec![text]))
    }
}

fn standing(change: Option<f64>) -> Standing {
    match change {
        Some(change) if change <= -0.01 => Standing::Good,
        Some(change) if change >= 0.01 => Standing::Bad,
        _ => Standing::Plain,
    }
}
