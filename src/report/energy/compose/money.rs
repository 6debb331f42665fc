//! Tables of what energy emitted and cost, and of peaks.

use jiff::Timestamp;

use super::{Composer, key};
use crate::report::document::{Cell, Column, Table, Value};
use crate::report::energy::{Building, POLLUTANTS};
use crate::report::factors::{Gas, Per};
use crate::site::{Carrier, Direction};

impl Composer<'_> {
    /// kg CO2 or CO2e of the report's period, and whether all of it is known.
    pub(super) fn greenhouse_of(&self, building: &Building) -> (Option<f64>, bool) {
        greenhouse_in(building, self.energy.compared.len() - 1).unwrap_or((None, true))
    }

    /// € of the report's period, and whether all of it is known.
    pub(super) fn cost_of(&self, building: &Building) -> (Option<f64>, bool) {
        cost_in(building, self.energy.compared.len() - 1).unwrap_or((None, true))
    }

    pub(super) fn emissions(&mut self) {
        let gas = self.energy.sites.first().map_or("CO₂e", |it| it.sets.gas());
        let mut columns = vec![
            Column::text("building", self.pick("Gebäude", "Building")),
            Column::text("carrier", self.pick("Energieträger", "Carrier")),
            Column::text("period", self.pick("Zeitraum", "Period")),
            Column::number("net", self.pick("Heizwert", "Net calorific value"), "kWh", 0),
            Column::number("factor", self.pick("Faktor", "Factor"), "g/kWh", 0),
            Column::number("greenhouse", gas, "kg", 0),
        ];
        let titles = ["NOx", "CO", "SO₂", "PM10", "NMVOC"];
        let names = ["nox", "co", "so2", "pm10", "nmvoc"];
        for (name, title) in names.into_iter().zip(titles) {
            columns.push(Column::number(name, title, "g", 0));
        }
        columns.push(Column::text("source", self.pick("Faktor nach", "Factor by")));
        let mut table = Table::new("emissions", self.pick("Emissionen", "Emissions"), columns);
        if let Some(of) = self.energy.sites.first() {
            let (set, air) = (&of.sets.greenhouse, &of.sets.air);
            let kind = match set.gas {
                Gas::Co2 => {
                    self.pick("nur CO₂, am Ort der Verbrennung", "CO₂ alone, where it is burnt")
                }
                Gas::Co2e => self.pick(
                    "alle Treibhausgase mit Vorkette",
                    "all greenhouse gases, with what comes before",
                ),
            };
            let per = match set.per {
                Per::Net => self.pick("je kWh Heizwert", "for each kWh of the net calorific value"),
                Per::Gross => {
                    self.pick("je kWh Brennwert", "for each kWh of the gross calorific value")
                }
            };
            table.notes.push(self.language.pick(
                format!("Treibhausgase nach {}, {} ({kind}; {per}). Luftschadstoffe am Gebäude nach {}, {}; Strom und Fernwärme emittieren sie nicht am Gebäude.", set.name, set.edition, air.name, air.edition),
                format!("Greenhouse gases by {}, {} ({kind}; {per}). Air pollutants at the building by {}, {}; electricity and district heat emit none there.", set.name, set.edition, air.name, air.edition),
            ));
        }
        self.add(table);
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            for carried in &building.groups {
                let group = &carried.group;
                for (number, period) in self.energy.compared.iter().enumerate() {
                    let Some(emitted) = &carried.emitted[number] else { continue };
                    let marks = carried.used[number].marks;
                    let mut cells = vec![
                        Cell::text(&name),
                        Cell::text(self.carrier(building, group.carrier, group.direction)),
                        Cell::text(period.text()),
                        Cell::number(emitted.net_kwh).marked(marks),
                        Cell::number(emitted.grams_a_kwh),
                        Cell::number(emitted.kg).marked(marks),
                    ];
                    for name in POLLUTANTS {
                        let grams = emitted.air.as_ref().and_then(|air| air.get(name).copied());
                        cells.push(Cell::number(grams).marked(marks));
                    }
                    let source = emitted.set.as_ref().map(|set| self.source(set));
                    cells.push(Cell::text(source.unwrap_or_else(|| {
                        let word = &emitted.word;
                        self.language.pick(
                            format!("kein Faktor für {word} in den Sätzen: [report] factor_files, oder [[meter]] made_of"),
                            format!("no factor of {word} in the sets: [report] factor_files, or [[meter]] made_of"),
                        )
                    })));
                    let key =
                        format!("{name}/{}/{}", key(group.carrier, group.direction), period.text());
                    self.push("emissions", place, key, cells);
                }
            }
        }
    }

    fn source(&self, set: &crate::report::energy::emission::Source) -> String {
        let mut text = format!("{}, {}", set.name, set.edition);
        if let Some(of) = set.of {
            text.push_str(
                &self.language.pick(format!(", Wert für {of}"), format!(", value of {of}")),
            );
        }
        if let Some(note) = &set.note {
            text.push_str(&format!(" ({note})"));
        }
        text
    }

    pub(super) fn costs(&mut self) {
        let mut table = Table::new(
            "costs",
            self.pick("Kosten", "Cost"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("carrier", self.pick("Energieträger", "Carrier")),
                Column::text("period", self.pick("Zeitraum", "Period")),
                Column::text("contract", self.pick("Vertrag", "Contract")),
                Column::number("work", self.pick("Arbeit", "Work"), "€", 2),
                Column::number("base", self.pick("Grundpreis", "Base"), "€", 2),
                Column::number("demand", self.pick("Leistung", "Demand"), "€", 2),
                Column::number("total", self.pick("Summe", "Total"), "€", 2),
                Column::text("note", self.pick("Bemerkung", "Note")),
            ],
        );
        table.notes.push(self.pick(
            "Grund- und Leistungspreise gelten für ein Jahr und zählen anteilig; Leistung nach der höchsten gehörten Viertelstunde. Preise wie in der Anlagendatei ([[tariff]]); ob mit Steuern, sagen diese.",
            "Base and demand prices are of a year and count by their share; demand by the highest quarter hour that was heard. Prices as in the site file ([[tariff]]); whether with taxes, they tell.",
        ));
        self.add(table);
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            for carried in &building.groups {
                let group = &carried.group;
                for (number, period) in self.energy.compared.iter().enumerate() {
                    let Some(costs) = &carried.costs[number] else { continue };
                    let marks = carried.used[number].marks;
                    let note = if costs.unpriced {
                        self.pick("für einen Teil fehlt der Preis", "part of it has no price")
                    } else {
                        String::new()
                    };
                    let cells = vec![
                        Cell::text(&name),
                        Cell::text(self.carrier(building, group.carrier, group.direction)),
                        Cell::text(period.text()),
                        Cell::text(costs.contracts.join(", ")),
                        Cell::number(costs.work).marked(marks),
                        Cell::number(Some(costs.base)),
                        Cell::number(costs.demand),
                        Cell::number(costs.total()).marked(marks),
                        Cell::text(note),
                    ];
                    let key =
                        format!("{name}/{}/{}", key(group.carrier, group.direction), period.text());
                    self.push("costs", place, key, cells);
                }
            }
        }
    }

    pub(super) fn peaks(&mut self) {
        self.add(Table::new(
            "peaks",
            self.pick("Höchste Leistung", "Peak loads"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("carrier", self.pick("Energieträger", "Carrier")),
                Column::text("period", self.pick("Zeitraum", "Period")),
                Column::number(
                    "peak",
                    self.pick("höchste Viertelstunde", "Highest quarter hour"),
                    "kW",
                    1,
                ),
                Column::moment("at", self.pick("ab", "From")),
                Column::number("hours", self.pick("Benutzungsstunden", "Hours of use"), "h", 0),
            ],
        ));
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            let zone = &self.site(building).site.time_zone;
            for carried in &building.groups {
                let group = &carried.group;
                for (number, period) in self.energy.compared.iter().enumerate() {
                    let Some((span, kw)) = carried.peaks[number] else { continue };
                    let at = Timestamp::from_millisecond(span.from_ms).unwrap_or_default();
                    let used = carried.used[number];
                    let hours =
                        used.amount.filter(|_| kw > 0.0 && used.stands()).map(|kwh| kwh / kw);
                    let cells = vec![
                        Cell::text(&name),
                        Cell::text(self.carrier(building, group.carrier, group.direction)),
                        Cell::text(period.text()),
                        Cell::number(Some(kw)).marked(used.marks),
                        Value::Moment(zone.to_datetime(at)).into(),
                        Cell::number(hours),
                    ];
                    let key =
                        format!("{name}/{}/{}", key(group.carrier, group.direction), period.text());
                    self.push("peaks", place, key, cells);
                }
            }
        }
    }
}

/// kg CO2 or CO2e of one of the compared periods, and whether all of it is known; `None`:
/// nothing of it emits here.
pub(super) fn greenhouse_in(building: &Building, period: usize) -> Option<(Option<f64>, bool)> {
    let mut emitted = building
        .groups
        .iter()
        .filter_map(|it| Some((it.emitted[period].as_ref()?.kg, it.used[period].stands())))
        .peekable();
    emitted.peek()?;
    Some(sum(emitted))
}

/// € of one of the compared periods, and whether all of it is known: a carrier without a
/// price is not free. `None`: nothing is bought here.
pub(super) fn cost_in(building: &Building, period: usize) -> Option<(Option<f64>, bool)> {
    let made_here = |carrier: Carrier| matches!(carrier, Carrier::Heat | Carrier::Cold);
    let bought = building.groups.iter().filter(|it| {
        // Heat made here is paid for as fuel.
        it.group.direction == Direction::Import
            && (it.costs[period].is_some() || !made_here(it.group.carrier))
    });
    let mut costs = bought
        .map(|it| {
            let total = it.costs[period].as_ref().and_then(|it| it.total());
            (total, it.used[period].stands())
        })
        .peekable();
    costs.peek()?;
    Some(sum(costs))
}

/// Of what is known, and whether it is all; `None`: nothing is.
fn sum(parts: impl Iterator<Item = (Option<f64>, bool)>) -> (Option<f64>, bool) {
    let mut whole = true;
    let mut sum = None;
    for (part, known) in parts {
        whole &= known && part.is_some();
        sum = match (sum, part) {
            (Some(sum), Some(part)) => Some(sum + part),
            (sum, part) => sum.or(part),
        };
    }
    (sum, whole)
}
