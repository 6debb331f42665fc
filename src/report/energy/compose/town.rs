//! All buildings together: the ranking, the portfolio picture, the overview.

use super::{Composer, say};
use crate::report::benchmark::Medium;
use crate::report::document::{
    Bar, Bars, Block, Chart, Dot, Picture, Ranked, Scatter, Section, Series, View,
};
use crate::report::energy::building::parts_by;
use crate::report::period::By;

impl Composer<'_> {
    pub(super) fn town(&self) -> Vec<Section> {
        let mut blocks = Vec::new();
        if let Some(table) = self.tables.get("overview") {
            blocks.push(Block::Table(table.view()));
        }
        let overview = Section {
            key: "buildings".to_owned(),
            title: self.pick("Alle Gebäude", "All buildings"),
            new_page: true,
            blocks,
        };
        let mut blocks: Vec<Block> = self.portfolio().into_iter().collect();
        for medium in [Medium::Heat, Medium::Electricity] {
            blocks.extend(self.ranking_picture(medium));
        }
        if blocks.is_empty() {
            blocks.push(Block::Text(self.pick(
                "Kein Gebäude lässt sich vergleichen: es braucht zwölf ganze Monate, die Nutzung (usage) und die Fläche (area) in der Anlagendatei.",
                "No building can be compared: it takes twelve whole months, and use (usage) and area in the site file.",
            )));
        } else {
            blocks.extend(self.not_ranked());
        }
        let comparison = Section {
            key: "comparison".to_owned(),
            title: self.pick("Vergleich der Gebäude", "Comparison of buildings"),
            new_page: true,
            blocks,
        };
        vec![overview, comparison]
    }

    /// Who has no place in the ranking, and why.
    fn not_ranked(&self) -> Option<Block> {
        let ranked: Vec<usize> = self.ranking(Medium::Heat).iter().map(|it| it.building).collect();
        let missing = (0..self.energy.buildings.len()).filter(|place| !ranked.contains(place));
        let names: Vec<String> = missing
            .filter_map(|place| {
                let building = &self.energy.buildings[place];
                let title = &self.of(building).title;
                let indicator = self.indicator(building, Medium::Heat);
                let why = match indicator {
                    None => self.pick("keine Wärme gezählt", "no heat is metered"),
                    Some(it) if it.area_m2.is_none() => {
                        self.pick("Fläche unbekannt", "area unknown")
                    }
                    Some(it) if it.benchmark.is_none() => self
                        .pick("kein Vergleichswert für diese Nutzung", "no benchmark for this use"),
                    Some(it) if it.value.is_none() => {
                        self.pick("Daten unvollständig", "data incomplete")
                    }
                    Some(_) => return None,
                };
                Some(format!("{title} ({why})"))
            })
            .collect();
        if names.is_empty() {
            return None;
        }
        let names = names.join(", ");
        Some(Block::Notes(vec![self.language.pick(
            format!("Ohne Platz im Vergleich: {names}."),
            format!("Without a place in the comparison: {names}."),
        )]))
    }

    fn ranking_picture(&self, medium: Medium) -> Option<Block> {
        let ranked = self.ranking(medium);
        if ranked.is_empty() {
            return None;
        }
        let bars = ranked.iter().filter_map(|ranked| {
            let building = &self.energy.buildings[ranked.building];
            let indicator = self.indicator(building, medium)?;
            Some(Ranked {
                name: self.of(building).title.clone(),
                value: indicator.value?,
                limit: indicator.benchmark.map(|it| it.limit),
                target: indicator.benchmark.map(|it| it.target),
            })
        });
        let bars: Vec<Ranked> = bars.collect();
        let to_save: f64 = ranked.iter().map(|it| it.to_save).sum();
        let first = bars.first()?.name.clone();
        let (word, saved) = (self.medium(medium), say::energy(to_save, self.language));
        Some(Block::Picture(Picture {
            title: self.language.pick(format!("Rangliste {word}"), format!("Ranking {word}")),
            caption: self.language.pick(
                format!("Oben steht, wo am meisten zu holen ist: {first}. Erreichten alle ihren Zielwert, wären es {saved} im Jahr weniger."),
                format!("First comes who has most to save: {first}. If all reached their target, it would be {saved} a year less."),
            ),
            chart: Chart::Ranking(bars, "kWh/m²a".to_owned()),
        }))
    }

    /// Electricity against heat, both as multiples of their limit.
    fn portfolio(&self) -> Option<Block> {
        let of = |medium, place: usize| {
            let it = self.indicator(&self.energy.buildings[place], medium)?;
            Some(it.value? / it.benchmark?.limit)
        };
        let costs: Vec<f64> =
            self.energy.buildings.iter().map(|it| self.cost_of(it).0.unwrap_or(0.0)).collect();
        let most = costs.iter().copied().fold(0.0, f64::max);
        let dots = (0..self.energy.buildings.len()).filter_map(|place| {
            let (x, y) = (of(Medium::Electricity, place)?, of(Medium::Heat, place)?);
            let size = if most > 0.0 { costs[place] / most } else { 0.5 };
            let name = self.of(&self.energy.buildings[place]).title.clone();
            Some(Dot { x, y, size, name, group: 0 })
        });
        let dots: Vec<Dot> = dots.collect();
        let both = dots.iter().filter(|it| it.x > 1.0 && it.y > 1.0).count();
        if dots.is_empty() {
            return None;
        }
        Some(Block::Picture(Picture {
            title: self.pick("Portfolio: Strom gegen Wärme", "Portfolio: electricity against heat"),
            caption: self.language.pick(
                format!("Ein Punkt je Gebäude, so groß wie seine Kosten; 1 ist der Grenzwert seiner Nutzung. Rechts oben liegen die {both} Gebäude, die bei beidem darüber sind."),
                format!("A dot a building, as large as its cost; 1 is the limit of its use. At the top right lie the {both} buildings above it in both."),
            ),
            chart: Chart::Scatter(Scatter {
                x_title: self.pick("Strom, Vielfaches des Grenzwerts", "Electricity, multiple of the limit"),
                y_title: self.pick("Wärme, Vielfaches des Grenzwerts", "Heat, multiple of the limit"),
                cross: Some((1.0, 1.0)),
                dots,
                ..Scatter::default()
            }),
        }))
    }

    /// All buildings' heat and electricity by month, the years side by side.
    pub(super) fn yearly_picture(&self) -> Vec<Block> {
        if parts_by(self.energy.period) != By::Month {
            return Vec::new();
        }
        let all: Vec<usize> = (0..self.energy.buildings.len()).collect();
        [Medium::Heat, Medium::Electricity]
            .into_iter()
            .filter_map(|it| self.bars(&all, it))
            .collect()
    }

    /// Bars of these buildings by month or day, of each compared period.
    pub(super) fn bars(&self, places: &[usize], medium: Medium) -> Option<Block> {
        let groups: Vec<&crate::report::energy::Carried> = places
            .iter()
            .flat_map(|place| {
                let building = &self.energy.buildings[*place];
                let supply = &building.supply;
                building.groups.iter().enumerate().filter_map(move |(number, it)| match medium {
                    Medium::Heat => supply.contains(&number).then_some(it),
                    _ => (it.group.carrier == crate::site::Carrier::Electricity
                        && it.group.direction == crate::site::Direction::Import)
                        .then_some(it),
                })
            })
            .collect();
        if groups.is_empty() {
            return None;
        }
        let last = self.energy.compared.len() - 1;
        let many = groups.iter().map(|it| it.parts[last].len()).max()?;
        let series: Vec<Series> = self
            .energy
            .compared
            .iter()
            .enumerate()
            .map(|(number, period)| Series {
                name: period.words(self.language),
                bars: (0..many).map(|part| self.bar(&groups, number, part)).collect(),
            })
            .collect();
        if series.iter().flat_map(|it| &it.bars).all(|bar| bar.value.is_none()) {
            return None;
        }
        let title = self.medium(medium);
        Some(Block::Picture(Picture {
            caption: self.bars_caption(&title),
            title,
            chart: Chart::Bars(Bars {
                groups: self.bar_groups(many),
                series,
                unit: "MWh".to_owned(),
            }),
        }))
    }

    fn bars_caption(&self, title: &str) -> String {
        let by_month = parts_by(self.energy.period) == By::Month;
        match (by_month, self.energy.compared.len()) {
            (true, 1) => {
                self.language.pick(format!("{title} nach Monaten."), format!("{title} by month."))
            }
            (true, _) => self.language.pick(
                format!("{title} nach Monaten, die Jahre nebeneinander."),
                format!("{title} by month, the years side by side."),
            ),
            (false, _) => {
                self.language.pick(format!("{title} nach Tagen."), format!("{title} by day."))
            }
        }
    }

    fn bar(&self, groups: &[&crate::report::energy::Carried], period: usize, part: usize) -> Bar {
        let mut bar = Bar { value: None, incomplete: false };
        for carried in groups {
            let Some(used) = carried.parts[period].get(part) else { continue };
            bar.incomplete |= used.marks.incomplete;
            if let Some(kwh) = used.amount {
                bar.value = Some(bar.value.unwrap_or(0.0) + kwh / 1000.0);
            }
        }
        bar
    }

    /// Below the bars: months, or days.
    fn bar_groups(&self, many: usize) -> Vec<String> {
        let first = self.energy.period.first;
        let by_month = parts_by(self.energy.period) == By::Month;
        (0..many)
            .map(|number| {
                let number = i32::try_from(number).unwrap_or(0);
                if by_month {
                    let month = (i32::from(first.month()) - 1 + number) % 12 + 1;
                    let name = super::super::period::month(
                        i8::try_from(month).unwrap_or(1),
                        self.language,
                    );
                    name.chars().take(3).collect()
                } else {
                    let day = first.saturating_add(jiff::Span::new().days(number));
                    format!("{}.", day.day())
                }
            })
            .collect()
    }

    /// A view on rows of some buildings in all columns but the first.
    pub(super) fn rows(&self, table: &'static str, place: usize) -> Option<View> {
        let rows = self.places.get(&(table, place))?.clone();
        let columns = self.tables.get(table)?.columns.iter().map(|it| it.key).skip(1).collect();
        Some(View { table, title: None, rows: Some(rows), columns: Some(columns), notes: false })
    }
}
