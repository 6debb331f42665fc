//! Tables of what was used: by year, by month, heat with its hot water and weather.

use jiff::Timestamp;

use super::{Composer, key, unit};
use crate::report::document::{Cell, Column, Table, Value};
use crate::report::energy::building::parts_by;
use crate::report::energy::{Building, Group, HotWaterBy, Used};
use crate::report::period::{self, By};
use crate::report::weather::{Basis, HotWater};
use crate::site::{Carrier, Direction};

/// The amount of a period with what is to be said of it.
pub(super) fn amount(used: &Used) -> Cell {
    Cell::number(used.amount).marked(used.marks)
}

/// From here on a year is a leap day's difference away from the one before, and a
/// comparison in per cent still one of like with like.
fn change(now: &Used, before: &Used) -> Cell {
    let both = now.amount.zip(before.amount).filter(|(_, before)| *before > 0.0);
    let comparable = now.stands() && before.stands();
    Cell::number(both.filter(|_| comparable).map(|(now, before)| now / before - 1.0))
}

impl Composer<'_> {
    pub(super) fn consumption(&mut self) {
        let mut table = Table::new(
            "consumption",
            self.pick("Verbrauch", "Consumption"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("carrier", self.pick("Energieträger", "Carrier")),
                Column::text("period", self.pick("Zeitraum", "Period")),
                Column::number("amount", self.pick("Verbrauch", "Used"), "", 0),
                Column::text("unit", self.pick("Einheit", "Unit")),
                Column::number("volume", self.pick("gezählt", "Counted"), "m³", 0),
                Column::percent("change", self.pick("zum Vorjahr", "To the year before"), 1),
                Column::percent("estimated", self.pick("davon geschätzt", "Of it estimated"), 1),
                Column::percent("coverage", self.pick("Datenlage", "Coverage"), 1),
            ],
        );
        table.notes.push(self.pick(
            "Brennstoffe in kWh nach dem Brennwert, wie sie abgerechnet werden. Datenlage: Anteil der Zeit, in der die Zähler gehört wurden. In Übersicht und Kennwerten ist Strom der Bezug und, was davon gezählt wird, die eigene Erzeugung ohne die Einspeisung; Wärme, die als solche an ein anderes Gebäude geht, zählt dort.",
            "Fuels in kWh of the gross calorific value, as they are billed. Coverage: share of the time in which the meters were heard. In overview and indicators, electricity is what comes from the grid and, where it is metered, what is made here and not fed back; heat that goes to another building as such counts there.",
        ));
        self.add(table);
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            for carried in &building.groups {
                let group = &carried.group;
                for (number, period) in self.energy.compared.iter().enumerate() {
                    let used = &carried.used[number];
                    let before = number.checked_sub(1).map(|it| &carried.used[it]);
                    let share = used.amount.filter(|it| *it != 0.0).map(|it| used.estimated / it);
                    let fuel = group.carrier.is_fuel();
                    let cells = vec![
                        Cell::text(&name),
                        Cell::text(self.carrier(building, group.carrier, group.direction)),
                        Cell::text(period.text()),
                        amount(used),
                        Cell::text(unit(group.carrier)),
                        if fuel && used.volume.is_some() {
                            Cell::number(used.volume)
                        } else {
                            Cell::nothing()
                        },
                        before.map_or_else(Cell::nothing, |before| change(used, before)),
                        Cell::number(share.or(used.amount)),
                        Cell::number(Some(used.coverage)),
                    ];
                    let key =
                        format!("{name}/{}/{}", key(group.carrier, group.direction), period.text());
                    self.push("consumption", place, key, cells);
                }
            }
        }
    }

    pub(super) fn parts(&mut self) {
        let by_month = parts_by(self.energy.period) == By::Month;
        let title = if by_month {
            self.pick("Verbrauch nach Monaten", "Consumption by month")
        } else {
            self.pick("Verbrauch nach Tagen", "Consumption by day")
        };
        self.add(Table::new(
            "parts",
            title,
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("carrier", self.pick("Energieträger", "Carrier")),
                Column::date("from", self.pick("ab", "From")),
                Column::number("amount", self.pick("Verbrauch", "Used"), "", 0),
                Column::text("unit", self.pick("Einheit", "Unit")),
                Column::percent("coverage", self.pick("Datenlage", "Coverage"), 1),
            ],
        ));
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            let zone = &self.site(building).site.time_zone;
            for carried in &building.groups {
                let group = &carried.group;
                for (number, of) in self.energy.compared.iter().enumerate() {
                    let parts = period::parts(of.span(zone), parts_by(*of), zone);
                    for (part, used) in parts.iter().zip(&carried.parts[number]) {
                        let at = Timestamp::from_millisecond(part.from_ms).unwrap_or_default();
                        let from = zone.to_datetime(at).date();
                        let cells = vec![
                            Cell::text(&name),
                            Cell::text(self.carrier(building, group.carrier, group.direction)),
                            Value::Date(from).into(),
                            amount(used),
                            Cell::text(unit(group.carrier)),
                            Cell::number(Some(used.coverage)),
                        ];
                        // Months that are cut off at both ends come twice.
                        let text = if by_month && of.first.day() == 1 {
                            from.strftime("%Y-%m").to_string()
                        } else {
                            from.to_string()
                        };
                        let key = format!("{name}/{}/{text}", key(group.carrier, group.direction));
                        self.push("parts", place, key, cells);
                    }
                }
            }
        }
    }

    pub(super) fn heat(&mut self) {
        let mut table = Table::new(
            "heat",
            self.pick("Wärme und Witterung", "Heat and weather"),
            vec![
                Column::text("building", self.pick("Gebäude", "Building")),
                Column::text("period", self.pick("Zeitraum", "Period")),
                Column::number("heat", self.pick("Wärme", "Heat"), "kWh", 0),
                Column::number(
                    "hot_water",
                    self.pick("davon Warmwasser", "Of it hot water"),
                    "kWh",
                    0,
                ),
                Column::text("hot_water_by", self.pick("Warmwasser nach", "Hot water by")),
                Column::number(
                    "corrected",
                    self.pick("witterungsbereinigt", "Weather-corrected"),
                    "kWh",
                    0,
                ),
                Column::text("note", self.pick("Bemerkung", "Note")),
            ],
        );
        table.notes.push(self.pick(
            "Bereinigt wird nur der Teil, der vom Wetter abhängt: (Wärme − Warmwasser) × langjährige durch wirkliche Gradtage (oder × Klimafaktor des DWD) + Warmwasser.",
            "Only what depends on the weather is corrected: (heat − hot water) × usual over actual degree days (or × the DWD's climate factor) + hot water.",
        ));
        self.add(table);
        for place in 0..self.energy.buildings.len() {
            let building = &self.energy.buildings[place];
            let name = self.name(building);
            for (number, period) in self.energy.compared.iter().enumerate() {
                let Some(heat) = &building.heat[number] else { continue };
                let hot_water = match heat.hot_water {
                    HotWater::None => Cell::nothing(),
                    HotWater::Kwh(kwh) => {
                        let marks = crate::report::document::Marks {
                            estimated: heat.by == HotWaterBy::Summer,
                            ..Default::default()
                        };
                        Cell::number(Some(kwh)).marked(marks)
                    }
                    HotWater::Unknown => Cell::number(None),
                };
                let corrected = heat.corrected.as_ref().ok().copied();
                let why = heat.corrected.as_ref().err().map(|why| why.words(self.language));
                let cells = vec![
                    Cell::text(&name),
                    Cell::text(period.text()),
                    amount(&heat.used),
                    hot_water,
                    Cell::text(self.hot_water_by(heat.by)),
                    Cell::number(corrected).marked(heat.used.marks),
                    Cell::text(why.unwrap_or_default()),
                ];
                self.push("heat", place, format!("{name}/{}", period.text()), cells);
            }
        }
    }

    fn hot_water_by(&self, by: HotWaterBy) -> String {
        match by {
            HotWaterBy::None => self.pick("keines", "none"),
            HotWaterBy::Meter => self.pick("Wärmezähler", "heat meter"),
            HotWaterBy::Volume => {
                self.pick("Wasserzähler (HeizkostenV § 9)", "water meter (HeizkostenV § 9)")
            }
            HotWaterBy::Summer => self.pick("Sommertagen (geschätzt)", "summer days (estimate)"),
            HotWaterBy::Unknown => self.pick("unbekannt", "unknown"),
        }
    }

    pub(super) fn weather(&mut self) {
        self.add(Table::new(
            "weather",
            self.pick("Gradtage", "Degree days"),
            vec![
                Column::text("site", self.pick("Anlage", "Site")),
                Column::text("station", self.pick("Station oder Fühler", "Station or sensor")),
                Column::text("period", self.pick("Zeitraum", "Period")),
                Column::number(
                    "degree_days",
                    self.pick("Gradtage G20/15", "Degree days G20/15"),
                    "K·d",
                    0,
                ),
                Column::number("heating_days", self.pick("Heiztage", "Heating days"), "d", 0),
                Column::percent("coverage", self.pick("Tage bekannt", "Days known"), 1),
                Column::number("norm", self.pick("langjährig", "Usual year"), "K·d", 0),
                Column::text("norm_source", self.pick("Quelle", "Source")),
                Column::number("factor", self.pick("Faktor", "Factor"), "", 3),
                Column::text("factor_by", self.pick("Faktor nach", "Factor by")),
            ],
        ));
        for of in &self.energy.sites {
            for period in &self.energy.compared {
                let days = of.climate.degree_days(*period);
                let norm = of.climate.norm();
                let (factor, by) = match of.climate.basis(*period) {
                    Ok(Basis::ClimateFactor(factor)) => {
                        (Some(factor), self.pick("Klimafaktor des DWD", "DWD climate factor"))
                    }
                    Ok(Basis::DegreeDays { norm, actual, norm_station, station }) => {
                        let sound = norm_station == station && actual.g20_15 > 0.0;
                        let factor = norm * actual.coverage() / actual.g20_15;
                        (Some(factor).filter(|_| sound), self.pick("Gradtagen", "degree days"))
                    }
                    Err(why) => (None, why.words(self.language)),
                };
                let cells = vec![
                    Cell::text(&of.site.title),
                    Cell::text(&of.climate.days.station),
                    Cell::text(period.text()),
                    Cell::number(days.filter(|it| it.known_days > 0).map(|it| it.g20_15)),
                    Cell::number(
                        days.filter(|it| it.known_days > 0).map(|it| f64::from(it.heating_days)),
                    ),
                    Cell::number(days.map(|it| it.coverage())),
                    Cell::number(norm.map(|it| it.degree_days)),
                    Cell::text(norm.map_or("", |it| it.source.as_str())),
                    Cell::number(factor),
                    Cell::text(by),
                ];
                let key = format!("{}/{}", of.site.name, period.text());
                if let Some(table) = self.tables.get_mut("weather") {
                    table.push(key, cells);
                }
            }
        }
    }
}

/// Of a carrier in one of the compared periods; `None`: it has no meter of it.
pub(super) fn used_in(building: &Building, period: usize, wanted: Carrier) -> Option<Used> {
    directed(building, period, wanted, Direction::Import)
}

/// Electricity that was used: what came from the grid, and what was made here and not fed
/// back. Where only what is fed back is metered, nobody knows that part.
pub(super) fn electricity_in(building: &Building, period: usize) -> Option<Used> {
    let of = |direction| directed(building, period, Carrier::Electricity, direction);
    let bought = of(Direction::Import)?;
    let Some(made) = of(Direction::Generation) else { return Some(bought) };
    let parts = [(bought, 1.0), (made, 1.0)];
    Some(Used::sum(parts.into_iter().chain(of(Direction::Export).map(|it| (it, -1.0)))))
}

fn directed(
    building: &Building,
    period: usize,
    carrier: Carrier,
    direction: Direction,
) -> Option<Used> {
    let of = |group: &Group| group.carrier == carrier && group.direction == direction;
    let mut used = building.groups.iter().filter(|it| of(&it.group)).peekable();
    used.peek()?;
    Some(Used::sum(used.map(|it| (it.used[period], 1.0))))
}
