//! From figures to a document: every figure stands in one table, over all buildings; the
//! sections show them to people, the town first and then building by building.

mod building;
mod data;
mod energy;
mod first_page;
mod indicator;
mod measures;
mod money;
mod saving;
mod say;
mod town;

use std::collections::BTreeMap;

use jiff::civil::DateTime;

use super::{Building, Energy, OfSite};
use crate::model::Language;
use crate::report::document::{Block, Cell, Document, Section, Table, View};
use crate::site::{self, Carrier, Direction};

/// Words a report. `made`: local time, for the foot of its pages.
#[must_use]
pub fn document(energy: &Energy<'_>, language: Language, made: Option<DateTime>) -> Document {
    let mut composer =
        Composer { energy, language, tables: BTreeMap::new(), places: BTreeMap::new() };
    composer.overview();
    composer.indicators();
    composer.consumption();
    composer.parts();
    composer.heat();
    composer.weather();
    composer.emissions();
    composer.costs();
    composer.peaks();
    composer.savings();
    composer.measures();
    composer.rules();
    composer.comfort();
    composer.operation();
    composer.meters();
    composer.findings();
    composer.sources();
    let sections = composer.sections();
    let subject = match (energy.buildings.as_slice(), energy.sites.as_slice()) {
        ([one], _) => composer.of(one).title.clone(),
        (_, sites) => sites.iter().map(|it| it.site.title.as_str()).collect::<Vec<_>>().join(", "),
    };
    let order = Composer::ORDER.iter();
    let tables = order.filter_map(|key| composer.tables.remove(key)).collect();
    Document {
        language,
        title: language.pick(
            format!("Energiebericht {}", energy.period.words(language)),
            format!("Energy report {}", energy.period.words(language)),
        ),
        subject,
        first: energy.period.first,
        last: energy.period.last,
        made,
        tables,
        sections,
    }
}

/// What is being composed.
struct Composer<'a> {
    energy: &'a Energy<'a>,
    language: Language,
    tables: BTreeMap<&'static str, Table>,
    /// Rows of a table that are of a building (its place in the report).
    places: BTreeMap<(&'static str, usize), Vec<usize>>,
}

impl<'a> Composer<'a> {
    /// As machines and spreadsheets get them.
    const ORDER: [&'static str; 17] = [
        "overview",
        "indicators",
        "consumption",
        "parts",
        "heat",
        "weather",
        "emissions",
        "costs",
        "peaks",
        "savings",
        "measures",
        "rules",
        "comfort",
        "operation",
        "meters",
        "findings",
        "sources",
    ];

    fn pick(&self, german: &'static str, english: &'static str) -> String {
        self.language.pick(german, english).to_owned()
    }

    fn of(&self, building: &Building) -> &'a site::Building {
        &self.energy.sites[building.site].site.buildings[building.building]
    }

    fn site(&self, building: &Building) -> &'a OfSite<'a> {
        &self.energy.sites[building.site]
    }

    /// A building's name in keys and first columns; of several towns with theirs.
    fn name(&self, building: &Building) -> String {
        let name = &self.of(building).name;
        match self.energy.sites.len() {
            1 => name.clone(),
            _ => format!("{}.{name}", self.site(building).site.name),
        }
    }

    fn add(&mut self, table: Table) {
        self.tables.insert(table.key, table);
    }

    /// Adds a row of a building to a table that was added before.
    fn push(&mut self, table: &'static str, building: usize, key: String, cells: Vec<Cell>) {
        let Some(rows) = self.tables.get_mut(table) else { return };
        let place = rows.push(key, cells);
        self.places.entry((table, building)).or_default().push(place);
    }

    /// The rows of a building, without its name; `None`: it has none.
    fn view(
        &self,
        table: &'static str,
        building: usize,
        columns: &[&'static str],
    ) -> Option<Block> {
        let rows = self.places.get(&(table, building))?.clone();
        Some(Block::Table(View {
            table,
            title: None,
            rows: Some(rows),
            columns: Some(columns.to_vec()),
            notes: false,
        }))
    }

    fn sections(&self) -> Vec<Section> {
        let mut sections = vec![self.first_page()];
        if self.energy.buildings.len() > 1 {
            sections.extend(self.town());
        }
        for place in 0..self.energy.buildings.len() {
            sections.push(self.building(place));
        }
        sections.push(self.data_section());
        sections.push(self.method_section());
        sections
    }

    /// What a carrier is called, with its direction where it is not used here.
    fn carrier(&self, building: &Building, carrier: Carrier, direction: Direction) -> String {
        let supplies = |place: &usize| building.groups[*place].group.carrier == Carrier::Heat;
        let made_here = !building.supply.is_empty() && !building.supply.iter().any(supplies);
        let word = crate::report::carrier(carrier, self.language);
        let word: String =
            word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
        match direction {
            // Where a fuel is metered too, it is made of that.
            Direction::Import if carrier == Carrier::Heat && made_here => {
                format!("{word}, {}", self.pick("im Haus erzeugt", "made here"))
            }
            Direction::Import => word,
            Direction::Export => format!("{word}, {}", self.pick("eingespeist", "fed back")),
            Direction::Generation => format!("{word}, {}", self.pick("erzeugt", "generated")),
        }
    }
}

/// A share as per cent.
pub(super) fn percent(share: f64, language: Language) -> String {
    say::percent(share, 1, language)
}

/// The unit of a carrier's amounts in reports.
pub(super) const fn unit(carrier: Carrier) -> &'static str {
    if matches!(carrier, Carrier::Water) { "m³" } else { "kWh" }
}

/// A carrier and direction as a part of a row's key.
pub(super) fn key(carrier: Carrier, direction: Direction) -> String {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let carrier = serde_json::to_value(carrier).map(word).unwrap_or_default();
    match direction {
        Direction::Import => carrier,
        Direction::Export => format!("{carrier}-export"),
        Direction::Generation => format!("{carrier}-generation"),
    }
}
