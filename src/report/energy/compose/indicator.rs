//! Indicators per m² and year against benchmarks, and the overview of all buildings.
//! Only of twelve months: a January times twelve is no year.

use super::Composer;
use super::energy::{electricity_in, used_in};
use crate::report::benchmark::{self, AreaOf, Benchmark, Medium, Ranked, Standing};
use crate::report::document::{Cell, Column, Marks, Table};
use crate::report::energy::{Building, Used};
use crate::site::Carrier;

/// An indicator of a building.
#[derive(Debug, Clone, Copy)]
pub(super) struct Indicator {
    /// kWh or l per m² and year; `None`: the period is none of a year, the area is
    /// unknown, or too little of the amount is known.
    pub value: Option<f64>,
    pub area_m2: Option<f64>,
    pub benchmark: Option<Benchmark>,
    pub marks: Marks,
}

impl Indicator {
    pub fn standing(&self) -> Option<Standing> {
        Some(self.benchmark?.standing(self.value?))
    }

    /// What is used above the target, a year, in the unit of the indicator without area.
    pub fn above_target(&self) -> Option<f64> {
        Some(((self.value? - self.benchmark?.target) * self.area_m2?).max(0.0))
    }
}

impl Composer<'_> {
    /// Heat that counts for comparisons: corrected where it can be.
    pub(super) fn heat_of(&self, building: &Building) -> Option<(Used, Option<f64>)> {
        let heat = building.heat.last()?.as_ref()?;
        Some((heat.used, heat.corrected.as_ref().ok().copied()))
    }

    pub(super) fn indicator(&self, building: &Building, medium: Medium) -> Option<Indicator> {
        let last = self.energy.compared.len() - 1;
        let (used, factor) = match medium {
            Medium::Heat => {
                let (used, corrected) = self.heat_of(building)?;
                (Used { amount: corrected.or(used.amount), ..used }, 1.0)
            }
            Medium::Electricity => (electricity_in(building, last)?, 1.0),
            Medium::Water => (used_in(building, last, Carrier::Water)?, 1000.0),
        };
        let of = self.of(building);
        let benchmarks = &self.site(building).sets.benchmarks;
        let area_m2 = benchmarks.area(&of.areas);
        let period = self.energy.period;
        let amount = used.amount.filter(|_| used.stands() && period.is_a_year());
        let value = amount.zip(area_m2).and_then(|(amount, area)| {
            benchmark::indicator(amount * factor, f64::from(period.days()), area)
        });
        let benchmark = of.usage.and_then(|usage| benchmarks.of(usage, medium));
        Some(Indicator { value, area_m2, benchmark, marks: used.marks })
    }

    pub(super) fn indicators(&mut self) {
        let mut table = Table::new(
            "indicators",
            self.pick("Kennwerte", "Indicators"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("usage", self.pick("Nutzung", "Use")),
                Column::text("medium", self.pick("Kennwert", "Indicator")),
                Column::number("area", self.pick("Fläche", "Area"), "m²", 0),
                Column::number("value", self.pick("Wert", "Value"), "", 1),
                Column::text("unit", self.pick("Einheit", "Unit")),
                Column::number("limit", self.pick("Grenzwert", "Limit"), "", 0),
                Column::number("target", self.pick("Zielwert", "Target"), "", 0),
                Column::text("standing", self.pick("Einordnung", "Standing")),
                Column::number("to_save", self.pick("über dem Zielwert", "Above target"), "", 0),
                Column::text("to_save_unit", self.pick("Einheit", "Unit")),
            ],
        );
        if let Some(of) = self.energy.sites.first() {
            let set = &of.sets.benchmarks;
            let area = self.area_word(set.area);
            table.notes.push(self.language.pick(
                format!("Vergleichswerte {}, {} ({}), bezogen auf {area}. Wärme witterungsbereinigt, wo das möglich ist. Kennwerte nur für zwölf ganze Monate mit mindestens 95 % der Daten.", set.name, set.edition, set.year),
                format!("Benchmarks {}, {} ({}), of {area}. Heat is weather-corrected where that is possible. Indicators only of twelve whole months with at least 95 % of the data.", set.name, set.edition, set.year),
            ));
        }
        self.add(table);
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            for medium in [Medium::Heat, Medium::Electricity, Medium::Water] {
                let Some(indicator) = self.indicator(building, medium) else { continue };
                let (unit, save_unit, save) = match medium {
                    Medium::Water => ("l/m²a", "m³/a", 0.001),
                    _ => ("kWh/m²a", "kWh/a", 1.0),
                };
                let benchmark = |of: fn(&Benchmark) -> f64| match &indicator.benchmark {
                    Some(benchmark) => Cell::number(Some(of(benchmark))),
                    None => Cell::nothing(),
                };
                let cells = vec![
                    Cell::text(&name),
                    Cell::text(self.usage(building)),
                    Cell::text(self.medium(medium)),
                    Cell::number(indicator.area_m2),
                    Cell::number(indicator.value).marked(indicator.marks),
                    Cell::text(unit),
                    benchmark(|it| it.limit),
                    benchmark(|it| it.target),
                    Cell::text(self.standing(indicator.standing())),
                    match indicator.benchmark {
                        Some(_) => Cell::number(indicator.above_target().map(|it| it * save)),
                        None => Cell::nothing(),
                    },
                    Cell::text(save_unit),
                ];
                let key = match medium {
                    Medium::Heat => "heat",
                    Medium::Electricity => "electricity",
                    Medium::Water => "water",
                };
                self.push("indicators", place, format!("{name}/{key}"), cells);
            }
        }
    }

    pub(super) fn medium(&self, medium: Medium) -> String {
        match medium {
            Medium::Heat => self.pick("Wärme", "Heat"),
            Medium::Electricity => self.pick("Strom", "Electricity"),
            Medium::Water => self.pick("Wasser", "Water"),
        }
    }

    pub(super) fn standing(&self, standing: Option<Standing>) -> String {
        match standing {
            None => String::new(),
            Some(Standing::Good) => self.pick("gut: Zielwert erreicht", "good: target reached"),
            Some(Standing::Middling) => self.pick("mittel", "middling"),
            Some(Standing::AboveLimit) => {
                self.pick("schlecht: über dem Grenzwert", "bad: above the limit")
            }
        }
    }

    fn area_word(&self, area: AreaOf) -> String {
        match area {
            AreaOf::Nuf => self.pick("die Nutzungsfläche (NUF)", "the net usable area (NUF)"),
            AreaOf::Ngf => self.pick("die Nettogrundfläche (NGF)", "the net floor area (NGF)"),
            AreaOf::Bgf => self
                .pick("die beheizte Bruttogrundfläche (BGF)", "the heated gross floor area (BGF)"),
        }
    }

    pub(super) fn usage(&self, building: &Building) -> String {
        use crate::site::Usage;
        let Some(usage) = self.of(building).usage else { return String::new() };
        match usage {
            Usage::Administration => self.pick("Verwaltung", "administration"),
            Usage::School => self.pick("Schule", "school"),
            Usage::Kindergarten => self.pick("Kindergarten", "kindergarten"),
            Usage::SportsHall => self.pick("Sporthalle", "sports hall"),
            Usage::SwimmingPool => self.pick("Hallenbad", "swimming pool"),
            Usage::Depot => self.pick("Bauhof", "depot"),
            Usage::FireStation => self.pick("Feuerwache", "fire station"),
            Usage::VolunteerFireHouse => self.pick("Feuerwehrhaus", "volunteer fire house"),
            Usage::CommunityHall => self.pick("Gemeindehaus", "community hall"),
            Usage::Library => self.pick("Bücherei", "library"),
            Usage::Museum => self.pick("Museum", "museum"),
            Usage::Housing => self.pick("Wohnen", "housing"),
            Usage::Other => self.pick("sonstige", "other"),
        }
    }

    /// Who has most heat to save comes first: places of buildings.
    pub(super) fn ranking(&self, medium: Medium) -> Vec<Ranked> {
        let buildings: Vec<(Option<f64>, Option<f64>, Option<Benchmark>)> = self
            .energy
            .buildings
            .iter()
            .map(|building| match self.indicator(building, medium) {
                Some(it) => (it.value, it.area_m2, it.benchmark),
                None => (None, None, None),
            })
            .collect();
        benchmark::ranking(&buildings)
    }

    pub(super) fn overview(&mut self) {
        let gas = self.energy.sites.first().map_or("CO₂e", |it| it.sets.gas());
        self.add(Table::new(
            "overview",
            self.pick("Übersicht", "Overview"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("title", self.pick("Bezeichnung", "Title")),
                Column::text("usage", self.pick("Nutzung", "Use")),
                Column::number("area", self.pick("Fläche", "Area"), "m²", 0),
                Column::number("heat", self.pick("Wärme", "Heat"), "kWh", 0),
                Column::number(
                    "heat_corrected",
                    self.pick("witterungsbereinigt", "Weather-corrected"),
                    "kWh",
                    0,
                ),
                Column::number("electricity", self.pick("Strom", "Electricity"), "kWh", 0),
                Column::number("water", self.pick("Wasser", "Water"), "m³", 0),
                Column::number("cost", self.pick("Kosten", "Cost"), "€", 0),
                Column::number("greenhouse", gas, "kg", 0),
                Column::percent("coverage", self.pick("Datenlage", "Coverage"), 1),
            ],
        ));
        let mut sums = [None::<f64>; 6];
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            let heat = self.heat_of(building);
            let last = self.energy.compared.len() - 1;
            let electricity = electricity_in(building, last);
            let water = used_in(building, last, Carrier::Water);
            let of = |used: Option<Used>| match used {
                Some(used) => super::energy::amount(&used),
                None => Cell::nothing(),
            };
            let (cost, cost_whole) = self.cost_of(building);
            let (kg, kg_whole) = self.greenhouse_of(building);
            let mark = |whole: bool| Marks { incomplete: !whole, ..Marks::default() };
            let coverage = self.coverage_of(building);
            let corrected = heat.and_then(|(_, corrected)| corrected);
            let figures = [
                heat.and_then(|it| it.0.amount),
                corrected,
                electricity.and_then(|it| it.amount),
                water.and_then(|it| it.amount),
                cost,
                kg,
            ];
            for (sum, figure) in sums.iter_mut().zip(figures) {
                *sum = match (*sum, figure) {
                    (Some(sum), Some(figure)) => Some(sum + figure),
                    (sum, figure) => sum.or(figure),
                };
            }
            let cells = vec![
                Cell::text(&name),
                Cell::text(&self.of(building).title),
                Cell::text(self.usage(building)),
                Cell::number(self.site(building).sets.benchmarks.area(&self.of(building).areas)),
                of(heat.map(|it| it.0)),
                if heat.is_some() { Cell::number(corrected) } else { Cell::nothing() },
                of(electricity),
                of(water),
                Cell::number(cost).marked(mark(cost_whole || cost.is_none())),
                Cell::number(kg).marked(mark(kg_whole || kg.is_none())),
                Cell::number(coverage),
            ];
            self.push("overview", place, name, cells);
        }
        self.total(sums);
    }

    /// The last row; of columns in which a building is unknown it says so.
    fn total(&mut self, sums: [Option<f64>; 6]) {
        if self.energy.buildings.len() < 2 {
            return;
        }
        let word = self.pick("Summe", "Total");
        let Some(table) = self.tables.get_mut("overview") else { return };
        let incomplete = |column: usize| {
            table.rows.iter().any(|row| {
                let cell = &row.cells[column];
                cell.value == crate::report::document::Value::Unknown || cell.marks.incomplete
            })
        };
        let sum = |place: usize| {
            let marks = Marks { incomplete: incomplete(place + 4), ..Marks::default() };
            match sums[place] {
                Some(sum) => Cell::number(Some(sum)).marked(marks),
                None => Cell::nothing(),
            }
        };
        let mut cells = vec![Cell::text(word), Cell::nothing(), Cell::nothing(), Cell::nothing()];
        cells.extend((0..6).map(sum));
        cells.push(Cell::nothing());
        let place = table.push("total", cells);
        table.rows[place].strong = true;
    }

    /// The mean of what its carriers were covered.
    pub(super) fn coverage_of(&self, building: &Building) -> Option<f64> {
        let all: Vec<f64> =
            building.groups.iter().filter_map(|it| it.used.last()).map(|it| it.coverage).collect();
        (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
    }
}
