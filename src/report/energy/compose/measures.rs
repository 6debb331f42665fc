//! Tables of measures with evidence and money, of comfort, and of machines.

use super::Composer;
use crate::report::benchmark::Medium;
use crate::report::document::{Block, Cell, Column, Table};
use crate::report::energy::Building;
use crate::report::measures::{Air, Measure, Sure, What, missed};
use crate::site::Carrier;

impl Composer<'_> {
    /// What the data show, and benchmarks that are missed; those worth most first.
    pub(super) fn all_measures(&self, building: &Building) -> Vec<(Measure, Option<f64>)> {
        let span = self.energy.period.span(&self.site(building).site.time_zone);
        let missed =
            [Medium::Heat, Medium::Electricity, Medium::Water].into_iter().filter_map(|medium| {
                let it = self.indicator(building, medium)?;
                let coverage = self.coverage_of(building)?;
                let place = (building.building, span);
                missed(place, medium, (it.value?, coverage), it.benchmark?, it.area_m2?)
            });
        let all = building.found.measures.iter().cloned().chain(missed);
        let priced = all.map(|measure| {
            let price = measure.saving.and_then(|it| self.price(building, it.of));
            let worth = measure.saving.and_then(|it| it.euros_a_year(price));
            (measure, worth)
        });
        let mut all: Vec<(Measure, Option<f64>)> = priced.collect();
        all.sort_by(|(_, one), (_, other)| other.unwrap_or(-1.0).total_cmp(&one.unwrap_or(-1.0)));
        all
    }

    /// € for each kWh (or m³ of water) at the end of the period, of what supplies it.
    fn price(&self, building: &Building, medium: Medium) -> Option<f64> {
        let mut groups = building.groups.iter().enumerate();
        let supplies = |place: usize, carrier: Carrier| match medium {
            Medium::Heat => building.supply.contains(&place),
            Medium::Electricity => carrier == Carrier::Electricity,
            Medium::Water => carrier == Carrier::Water,
        };
        groups.find_map(|(place, it)| it.price.filter(|_| supplies(place, it.group.carrier)))
    }

    pub(super) fn measures(&mut self) {
        let mut table = Table::new(
            "measures",
            self.pick("Was sich tun lässt", "What can be done"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("code", self.pick("Art", "Kind")),
                Column::text("title", self.pick("Befund", "Finding")),
                Column::text("evidence", self.pick("Beleg", "Evidence")),
                Column::text("advice", self.pick("Was zu tun ist", "What to do")),
                Column::text("sure", self.pick("Wie sicher", "How sure")),
                Column::number("saving", self.pick("Ersparnis", "Saving"), "kWh/a", 0),
                Column::number("worth", self.pick("Wert", "Worth"), "€/a", 0),
                Column::percent("coverage", self.pick("Datenlage", "Coverage"), 0),
                Column::text("points", self.pick("Punkte", "Points")),
            ],
        );
        table.notes.push(self.pick(
            "Aus den Messwerten abgeleitet (GEG § 71a: Überwachung, Analyse gegen Sollwerte, Effizienzverlust). Ersparnisse sind Schätzungen für ein Jahr und zählen nicht zusammen: zwei Befunde können dieselbe Kilowattstunde meinen.",
            "Derived from the readings (GEG § 71a: monitoring, analysis against set values, loss of efficiency). Savings are estimates for a year and do not add up: two findings may mean the same kilowatt-hour.",
        ));
        self.add(table);
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            for (number, (measure, worth)) in self.all_measures(building).into_iter().enumerate() {
                let water = measure.saving.is_some_and(|it| it.of == Medium::Water);
                let saving = measure.saving.filter(|_| !water).map(|it| it.a_year);
                let cells = vec![
                    Cell::text(&name),
                    Cell::text(measure.what.code()),
                    Cell::text(measure.title(self.language)),
                    Cell::text(measure.evidence(self.language)),
                    Cell::text(measure.advice(self.language)),
                    Cell::text(match measure.sure {
                        Sure::Hint => self.pick("Hinweis", "hint"),
                        Sure::Likely => self.pick("wahrscheinlich", "likely"),
                        Sure::Certain => self.pick("gemessen", "measured"),
                    }),
                    if water { Cell::nothing() } else { Cell::number(saving) },
                    Cell::number(worth),
                    Cell::number(Some(measure.coverage)),
                    Cell::text(measure.points.join(", ")),
                ];
                let key = format!("{name}/{}/{}", measure.what.code(), number + 1);
                self.push("measures", place, key, cells);
            }
        }
    }

    /// In a section: title and evidence in sentences, money behind.
    pub(super) fn measure_blocks(&self, building: &Building) -> Vec<Block> {
        let all = self.all_measures(building);
        if all.is_empty() {
            return Vec::new();
        }
        let line = |(measure, worth): &(Measure, Option<f64>)| {
            let mut text = format!(
                "{}: {} {}",
                measure.title(self.language),
                measure.evidence(self.language),
                measure.advice(self.language),
            );
            if let Some(saving) = measure.saving {
                let saving = saving.words(self.language);
                text.push_str(
                    &self
                        .language
                        .pick(format!(" Ersparnis {saving}."), format!(" Saving {saving}.")),
                );
            }
            if let Some(euros) = worth {
                let euros = super::say::euros(*euros, self.language);
                text.push_str(&self.language.pick(
                    format!(" Wert etwa {euros} im Jahr."),
                    format!(" Worth about {euros} a year."),
                ));
            }
            text
        };
        vec![
            Block::Heading(self.pick("Was sich tun lässt", "What can be done")),
            Block::List(all.iter().map(line).collect()),
        ]
    }

    /// Of all buildings the few that are worth most: for the first page.
    pub(super) fn best_measures(&self) -> Vec<Block> {
        const FEW: usize = 3;
        let all = self.energy.buildings.iter().flat_map(|building| {
            self.all_measures(building).into_iter().map(move |it| (building, it))
        });
        // What uses more than its like is no measure yet.
        let all = all.filter(|(_, (it, _))| !matches!(it.what, What::BenchmarkMissed { .. }));
        let mut all: Vec<_> =
            all.filter_map(|(building, (it, worth))| Some((building, it, worth?))).collect();
        all.sort_by(|one, other| other.2.total_cmp(&one.2));
        let many = self.energy.buildings.len() > 1;
        let line = |(building, measure, worth): &(&Building, Measure, f64)| {
            let euros = super::say::euros(*worth, self.language);
            let place = if many { format!("{}: ", self.of(building).title) } else { String::new() };
            let title = measure.title(self.language);
            let hint = match measure.sure {
                Sure::Hint => self.pick(" (Hinweis)", " (hint)"),
                _ => String::new(),
            };
            self.language.pick(
                format!("{place}{title}, etwa {euros} im Jahr{hint}"),
                format!("{place}{title}, about {euros} a year{hint}"),
            )
        };
        let lines: Vec<String> = all.iter().take(FEW).map(line).collect();
        if lines.is_empty() {
            return Vec::new();
        }
        vec![
            Block::Heading(self.pick("Wo am meisten zu holen ist", "Where there is most to gain")),
            Block::List(lines),
        ]
    }

    pub(super) fn comfort(&mut self) {
        let mut table = Table::new(
            "comfort",
            self.pick("Raumluft während der Nutzung", "Air of rooms while occupied"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("point", self.pick("Fühler", "Sensor")),
                Column::text("what", self.pick("Größe", "Quantity")),
                Column::number("lower", self.pick("ab", "From"), "", 0),
                Column::number("upper", self.pick("bis", "To"), "", 0),
                Column::text("unit", self.pick("Einheit", "Unit")),
                Column::number("below", self.pick("darunter", "Below"), "h", 0),
                Column::number("within", self.pick("dazwischen", "Between"), "h", 0),
                Column::number("above", self.pick("darüber", "Above"), "h", 0),
                Column::percent("coverage", self.pick("Datenlage", "Coverage"), 0),
            ],
        );
        table.notes.push(self.pick(
            "Raumtemperatur nach ASR A3.5 (höchstens 26 °C), CO₂ nach ASR A3.6 (unter 1000 ppm gut, über 2000 ppm muss gelüftet werden), Feuchte 25–60 % (EN 16798-1). Nur Stunden, in denen das Gebäude laut Belegungsplan genutzt war.",
            "Room temperature by ASR A3.5 (26 °C at most), CO₂ by ASR A3.6 (below 1000 ppm good, above 2000 ppm one must ventilate), humidity 25–60 % (EN 16798-1). Only hours in which the building was occupied by its schedule.",
        ));
        self.add(table);
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            let prefix = format!("{}.", self.of(building).name);
            for comfort in &building.found.comfort {
                let known = comfort.known_h() > 0.0;
                let hours = |place: usize| Cell::number(known.then(|| comfort.hours[place]));
                let (what, unit) = match comfort.air {
                    Air::Temperature => (self.pick("Temperatur", "temperature"), "°C"),
                    Air::Co2 => ("CO₂".to_owned(), "ppm"),
                    Air::Humidity => (self.pick("Feuchte", "humidity"), "%"),
                };
                let point = comfort.point.strip_prefix(&prefix).unwrap_or(&comfort.point);
                let cells = vec![
                    Cell::text(&name),
                    Cell::text(point),
                    Cell::text(what),
                    Cell::number(Some(comfort.limits.0)),
                    Cell::number(Some(comfort.limits.1)),
                    Cell::text(unit),
                    hours(0),
                    hours(1),
                    hours(2),
                    comfort.coverage().map_or_else(Cell::nothing, |it| Cell::number(Some(it))),
                ];
                self.push("comfort", place, format!("{name}/{point}"), cells);
            }
        }
    }

    pub(super) fn operation(&mut self) {
        self.add(Table::new(
            "operation",
            self.pick("Betriebsstunden und Starts", "Operating hours and starts"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("point", self.pick("Punkt", "Point")),
                Column::number("hours", self.pick("Betrieb", "Operation"), "h", 0),
                Column::number(
                    "unoccupied",
                    self.pick("davon ohne Nutzung", "Of it unoccupied"),
                    "h",
                    0,
                ),
                Column::number("starts", self.pick("Starts", "Starts"), "", 0),
                Column::text("starts_note", self.pick("Zählung", "Count")),
                Column::percent("coverage", self.pick("Datenlage", "Coverage"), 0),
            ],
        ));
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            let prefix = format!("{}.", self.of(building).name);
            for unit in &building.found.operation {
                let known = unit.known_h > 0.0;
                let point = unit.point.strip_prefix(&prefix).unwrap_or(&unit.point);
                let note =
                    if unit.at_least { self.pick("mindestens", "at least") } else { String::new() };
                let cells = vec![
                    Cell::text(&name),
                    Cell::text(point),
                    Cell::number(known.then_some(unit.hours)),
                    Cell::number(known.then_some(unit.unoccupied_h)),
                    Cell::number(known.then(|| f64::from(unit.starts))),
                    Cell::text(note),
                    Cell::number(Some(unit.coverage())),
                ];
                self.push("operation", place, format!("{name}/{point}"), cells);
            }
        }
    }
}
