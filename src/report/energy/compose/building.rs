//! The pages of one building.

use super::{Composer, say};
use crate::report::benchmark::{self, Medium};
use crate::report::document::{
    Block, Carpet, Chart, Dot, KeyFigure, Picture, Scatter, Section, Standing,
};
use crate::report::energy::{self, Building, Claim, Saved};

impl Composer<'_> {
    pub(super) fn building(&self, place: usize) -> Section {
        let building = &self.energy.buildings[place];
        let of = self.of(building);
        let mut blocks = vec![Block::Text(self.about(building))];
        let figures = self.key_figures(building);
        if !figures.is_empty() {
            blocks.push(Block::Figures(figures));
        }
        // On the first page already, where there is but one.
        if self.energy.buildings.len() > 1 {
            blocks.extend(self.bars(&[place], Medium::Heat));
            blocks.extend(self.bars(&[place], Medium::Electricity));
        }
        blocks.extend(self.measure_blocks(building));
        let mut table = |key: &'static str| {
            if let Some(view) = self.rows(key, place) {
                blocks.push(Block::Table(view));
            }
        };
        table("consumption");
        table("heat");
        table("indicators");
        table("emissions");
        table("costs");
        table("peaks");
        if let Some(block) = self.view("savings", place, &SAVINGS) {
            blocks.push(block);
        }
        for saving in &building.savings {
            if let Claim::Saved(saved) = &saving.claim {
                blocks.push(Block::Picture(self.fit(saving.medium, saved)));
            }
        }
        for (medium, days) in &building.carpets {
            blocks.push(Block::Picture(self.carpet(*medium, days)));
        }
        for key in ["comfort", "operation", "rules"] {
            if let Some(view) = self.rows(key, place) {
                blocks.push(Block::Table(view));
            }
        }
        let notes = self.data_notes(place);
        if !notes.is_empty() {
            blocks.push(Block::Heading(self.pick("Datenlage", "Data")));
            blocks.push(Block::List(notes));
        }
        Section { key: self.name(building), title: of.title.clone(), new_page: true, blocks }
    }

    /// `Verwaltung, 2.980 m², Baujahr 1974`
    fn about(&self, building: &Building) -> String {
        let of = self.of(building);
        let mut parts = Vec::new();
        let usage = self.usage(building);
        if !usage.is_empty() {
            parts.push(usage);
        }
        if let Some(area) = self.site(building).sets.benchmarks.area(&of.areas) {
            parts.push(format!("{} m²", say::number(area, 0, self.language)));
        }
        if let Some(year) = of.year {
            parts.push(self.language.pick(format!("Baujahr {year}"), format!("built {year}")));
        }
        parts.join(", ")
    }

    fn key_figures(&self, building: &Building) -> Vec<KeyFigure> {
        let mut figures = Vec::new();
        for medium in [Medium::Heat, Medium::Electricity, Medium::Water] {
            let Some(indicator) = self.indicator(building, medium) else { continue };
            let Some(value) = indicator.value else { continue };
            let unit = if medium == Medium::Water { "l/m²a" } else { "kWh/m²a" };
            let note = indicator.benchmark.map_or_else(String::new, |it| {
                let [limit, target] =
                    [it.limit, it.target].map(|it| say::number(it, 0, self.language));
                self.language.pick(
                    format!("Grenzwert {limit}, Zielwert {target}"),
                    format!("limit {limit}, target {target}"),
                )
            });
            figures.push(KeyFigure {
                label: self.medium(medium),
                value: format!("{} {unit}", say::number(value, 0, self.language)),
                note,
                standing: match indicator.standing() {
                    None => Standing::Plain,
                    Some(benchmark::Standing::Good) => Standing::Good,
                    Some(benchmark::Standing::Middling) => Standing::Middling,
                    Some(benchmark::Standing::AboveLimit) => Standing::Bad,
                },
            });
        }
        let plain = |label: String, value: String| KeyFigure {
            label,
            value,
            note: String::new(),
            standing: Standing::Plain,
        };
        if let (Some(euros), _) = self.cost_of(building) {
            figures.push(plain(self.pick("Kosten", "Cost"), say::euros(euros, self.language)));
        }
        if let (Some(kg), _) = self.greenhouse_of(building) {
            figures.push(plain(self.gas().to_owned(), say::mass(kg, self.language)));
        }
        figures
    }

    fn energy_word(&self, medium: energy::Medium) -> String {
        self.medium(match medium {
            energy::Medium::Heat => Medium::Heat,
            energy::Medium::Electricity => Medium::Electricity,
        })
    }

    /// Daily energy against outdoor temperature, with the baseline.
    fn fit(&self, medium: energy::Medium, saved: &Saved) -> Picture {
        let dot = |group: usize| {
            move |day: &crate::report::baseline::Day| Dot {
                x: day.mean_c,
                y: day.kwh,
                size: 0.1,
                name: String::new(),
                group,
            }
        };
        let dots: Vec<Dot> =
            saved.before.iter().map(dot(0)).chain(saved.after.iter().map(dot(1))).collect();
        let coldest = dots.iter().map(|it| it.x).fold(f64::INFINITY, f64::min);
        let warmest = dots.iter().map(|it| it.x).fold(f64::NEG_INFINITY, f64::max);
        let line = (0..=60)
            .map(|step| coldest + (warmest - coldest) * f64::from(step) / 60.0)
            .map(|x| (x, saved.baseline.expected(x, true).max(0.0)))
            .collect();
        let word = self.energy_word(medium);
        Picture {
            title: self.language.pick(
                format!("{word}: Tagesverbrauch und Außentemperatur"),
                format!("{word}: daily energy and outdoor temperature"),
            ),
            caption: self.language.pick(
                format!("Liegen die Punkte des Zeitraums unter der Linie, wurde weniger verbraucht als in der Vergleichszeit bei gleichem Wetter: {}.", self.claim(saved)),
                format!("Where the dots of the period lie below the line, less was used than in the reference period in the same weather: {}.", self.claim(saved)),
            ),
            chart: Chart::Scatter(Scatter {
                x_title: self.pick("Außentemperatur, Tagesmittel", "Outdoor temperature, daily mean"),
                y_title: word,
                x_unit: "°C".to_owned(),
                y_unit: "kWh/d".to_owned(),
                dots,
                cross: None,
                line,
                groups: vec![
                    saved.reference.words(self.language),
                    self.energy.period.words(self.language),
                ],
                line_name: self.pick("erwartet (bei Nutzung)", "expected (when occupied)"),
            }),
        }
    }

    fn carpet(&self, medium: energy::Medium, days: &[[Option<f32>; 24]]) -> Picture {
        let word = self.energy_word(medium);
        Picture {
            title: self.language.pick(format!("{word}: Tag für Tag, Stunde für Stunde"), format!("{word}: day by day, hour by hour")),
            caption: self.pick(
                "Dunkel: hohe Leistung. Ein dunkles Band in der Nacht oder am Wochenende zeigt eine Anlage, die durchläuft; weiß: nichts bekannt.",
                "Dark: high power. A dark band at night or at weekends shows a plant that runs through; white: nothing is known.",
            ),
            chart: Chart::Carpet(Carpet {
                first: self.energy.period.first,
                days: days.to_vec(),
                unit: "kW".to_owned(),
            }),
        }
    }
}

/// The columns of savings that fit a page.
const SAVINGS: [&str; 9] =
    ["medium", "reference", "expected", "actual", "saved", "band", "share", "worth", "note"];
